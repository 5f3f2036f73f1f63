//! The tables, and the steps that bring an older file up to date.
//!
//! A job is written once, into `job`, and its payload is never rewritten. Where it stands
//! is told by the small table that has its number: `lease` (running), else `ended`, else
//! `standing` (whatever it says), else it is available as it was pushed, at the place in
//! line that equals its number. So a job that runs once costs one short row in `ready`,
//! one in `lease` and one in `ended`, the first two soon deleted again.

/// Marks a file as ours: `PRAGMA application_id`. "Coff".
pub(super) const APPLICATION_ID: i64 = 0x436f_6666;

/// Step `i` brings a file from version `i` to `i + 1`. Steps are never changed, only added.
pub(super) const STEPS: &[&str] = &[FIRST, TURNS, HEARD];

const TURNS: &str = "
-- Of its last claim: one that comes later and was made before is of a call that was given up.
ALTER TABLE worker ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
";

const HEARD: &str = "
-- When any worker was heard last, in milliseconds since the Unix epoch.
ALTER TABLE head ADD COLUMN heard_at INTEGER NOT NULL DEFAULT 0;
";

const FIRST: &str = "
-- One row: what every transaction needs to know.
CREATE TABLE head (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    next      INTEGER NOT NULL,  -- the next number, of a job or of a place in line
    completed INTEGER NOT NULL,  -- completed jobs that are kept
    deploys   INTEGER NOT NULL,  -- grows with every deploy and rollback
    lanes     INTEGER NOT NULL,  -- grows with every change to `lane`
    pauses    INTEGER NOT NULL   -- grows with every change to `paused`
);
INSERT INTO head VALUES (1, 1, 0, 0, 0, 0);

CREATE TABLE job (
    n           INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    lane        INTEGER NOT NULL,  -- as pushed: names its queue and its kind
    enqueued_at INTEGER NOT NULL,
    parent      TEXT,
    input       BLOB NOT NULL
);

-- Jobs of one queue, one kind, one step of the memory ladder, whose checkpoint (if any)
-- was written by one module: what can be run alike stands in one line.
CREATE TABLE lane (
    lane    INTEGER PRIMARY KEY,
    queue   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    step    INTEGER NOT NULL,
    module  BLOB,
    version INTEGER
);

CREATE TABLE ready (
    lane    INTEGER NOT NULL,
    ord     INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    PRIMARY KEY (lane, ord)
) WITHOUT ROWID;

CREATE TABLE due (
    at INTEGER NOT NULL,
    n  INTEGER NOT NULL,
    PRIMARY KEY (at, n)
) WITHOUT ROWID;

CREATE TABLE lease (
    n          INTEGER PRIMARY KEY,
    worker     INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    nonce      INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    module     INTEGER NOT NULL,
    fresh      INTEGER NOT NULL,  -- it has no row in `standing`
    progressed INTEGER NOT NULL,
    cancel     INTEGER NOT NULL,
    started_at INTEGER NOT NULL
);

CREATE TABLE standing (
    n                  INTEGER PRIMARY KEY,
    state              INTEGER NOT NULL,
    lane               INTEGER NOT NULL,
    ord                INTEGER NOT NULL,
    at                 INTEGER NOT NULL,
    attempt            INTEGER NOT NULL,
    failures           INTEGER NOT NULL DEFAULT 0,
    interruptions      INTEGER NOT NULL DEFAULT 0,
    crashes            INTEGER NOT NULL DEFAULT 0,
    memory_traps       INTEGER NOT NULL DEFAULT 0,
    idle_interruptions INTEGER NOT NULL DEFAULT 0,
    idle_crashes       INTEGER NOT NULL DEFAULT 0,
    fuel_spent         INTEGER NOT NULL DEFAULT 0,
    wall_spent_ms      INTEGER NOT NULL DEFAULT 0
);

-- The end of a job, with its last attempt.
CREATE TABLE ended (
    n           INTEGER PRIMARY KEY,
    state       INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    bare        INTEGER NOT NULL,  -- nothing of it in any other table but `job`
    attempt     INTEGER NOT NULL,
    outcome     INTEGER,           -- none: it ended while no attempt was running
    nonce       INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    started_at  INTEGER,
    fuel        INTEGER NOT NULL,
    wall_ms     INTEGER NOT NULL,
    reason      TEXT,
    output      BLOB,
    report      BLOB NOT NULL
);
CREATE INDEX ended_by_state ON ended (state, finished_at);

-- The ended attempts that were not the end of their job.
CREATE TABLE attempt (
    n          INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    outcome    INTEGER NOT NULL,
    nonce      INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    report     BLOB NOT NULL,
    PRIMARY KEY (n, attempt)
) WITHOUT ROWID;

CREATE TABLE checkpoint (
    n           INTEGER PRIMARY KEY,
    next_effect INTEGER NOT NULL,
    module      BLOB NOT NULL,
    version     INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    state       BLOB NOT NULL
);
CREATE INDEX checkpoint_by_module ON checkpoint (module);

CREATE TABLE append (
    n      INTEGER NOT NULL,
    number INTEGER NOT NULL,
    part   TEXT NOT NULL,
    bytes  BLOB NOT NULL,
    PRIMARY KEY (n, number)
) WITHOUT ROWID;

CREATE TABLE progress (
    n       INTEGER PRIMARY KEY,
    done    INTEGER NOT NULL,
    total   INTEGER NOT NULL,
    message TEXT NOT NULL
);

CREATE TABLE log (
    n       INTEGER NOT NULL,
    place   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    level   TEXT NOT NULL,
    text    TEXT NOT NULL,
    PRIMARY KEY (n, place)
) WITHOUT ROWID;

CREATE TABLE worker (
    worker         INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    facts          TEXT NOT NULL,
    lease_ms       INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    wanted         INTEGER NOT NULL DEFAULT 0,
    quiet          INTEGER NOT NULL DEFAULT 0,
    running        INTEGER NOT NULL DEFAULT 0,
    reserved_bytes INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE paused (queue TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE module (
    module INTEGER PRIMARY KEY,
    hash   BLOB NOT NULL UNIQUE,
    bytes  INTEGER NOT NULL
);

CREATE TABLE module_chunk (
    module INTEGER NOT NULL,
    chunk  INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    PRIMARY KEY (module, chunk)
);

-- Every module that a kind has pointed to, each once; the history of the pointer is the
-- order of `turn`.
CREATE TABLE deployment (
    kind        TEXT NOT NULL,
    hash        BLOB NOT NULL,
    turn        INTEGER NOT NULL,  -- of the deploys of all kinds
    current     INTEGER NOT NULL,
    deployed_at INTEGER NOT NULL,
    manifest    TEXT NOT NULL,
    PRIMARY KEY (kind, hash)
) WITHOUT ROWID;
";
