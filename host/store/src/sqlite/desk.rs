//! Where the writer works: one transaction at a time, what it has read of the file so
//! far, and what others will have to hear when it is done.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cofferdam_queue::{JobId, Kind, ModuleHash, QueueName, Timestamp, Wake, WorkerId};
use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::config::SqliteConfig;
use super::error::Sql;
use super::lanes::{Lane, Lanes};
use super::proof::Proofs;
use super::settle::Lease;
use super::statements::Statements;

/// The one row that every transaction reads first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) next: i64,
    pub(super) completed: i64,
    pub(super) deploys: i64,
    pub(super) lanes: i64,
    pub(super) pauses: i64,
}

/// Copies of small tables, each valid for one number in the head.
#[derive(Default)]
struct Copies {
    deploys: Option<i64>,
    /// The deployed kinds, with the queue that each names.
    kinds: Arc<HashMap<Kind, QueueName>>,
    /// The numbers of modules, as far as they were asked for.
    modules: HashMap<ModuleHash, i64>,
    pauses: Option<i64>,
    paused: Arc<HashSet<QueueName>>,
}

pub(super) struct Desk<'c> {
    pub(super) conn: &'c Connection,
    /// Those of every job's way.
    pub(super) hot: Statements<'c>,
    pub(super) config: &'c SqliteConfig,
    pub(super) proofs: &'c Proofs,
    /// The time of this transaction, read when its turn came.
    pub(super) now: Timestamp,
    pub(super) head: Head,
    read: Head,
    pub(super) lanes: Lanes,
    copies: Copies,
    /// The leases that were given out here: a hint that saves looking them up. What is proven
    /// is proven by the row; a job's number is never given twice, so a stale hint finds none.
    pub(super) given: HashMap<JobId, Lease>,
    /// What this transaction gives others to do.
    pub(super) wake: Wake,
    /// The workers whose leases it ended because they were lost.
    pub(super) lost: Vec<WorkerId>,
    /// A worker signed on or off in it.
    pub(super) workers_changed: bool,
}

impl<'c> Desk<'c> {
    pub(super) fn new(conn: &'c Connection, config: &'c SqliteConfig, proofs: &'c Proofs) -> Sql<Desk<'c>> {
        Ok(Desk {
            conn,
            hot: Statements::prepare(conn)?,
            config,
            proofs,
            now: Timestamp(0),
            head: Head::default(),
            read: Head::default(),
            lanes: Lanes::default(),
            copies: Copies::default(),
            given: HashMap::new(),
            wake: Wake::default(),
            lost: Vec::new(),
            workers_changed: false,
        })
    }

    pub(super) fn begin(&mut self) -> Sql<()> {
        self.hot.begin.execute([])?;
        self.now = self.config.clock.now();
        self.wake = Wake::default();
        self.lost.clear();
        self.workers_changed = false;
        self.head = self.hot.read_head.query_row([], |row| {
            Ok(Head {
                next: row.get(0)?,
                completed: row.get(1)?,
                deploys: row.get(2)?,
                lanes: row.get(3)?,
                pauses: row.get(4)?,
            })
        })?;
        self.read = self.head;
        self.lanes.refresh(self.conn, self.head.lanes)
    }

    /// All that the transaction still has to write, before its end.
    pub(super) fn write_head(&mut self) -> Sql<()> {
        if self.head != self.read {
            let Head { next, completed, deploys, lanes, pauses } = self.head;
            self.hot.write_head.execute([next, completed, deploys, lanes, pauses])?;
        }
        Ok(())
    }

    pub(super) fn commit(&mut self) -> Sql<()> {
        self.hot.commit.execute([]).map(drop)
    }

    /// Undo it all, also what was learnt.
    pub(super) fn roll_back(&mut self) {
        self.lanes.forget();
        self.given.clear();
        self.copies = Copies::default();
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    /// A statement, prepared once.
    pub(super) fn sql(&self, text: &str) -> Sql<CachedStatement<'c>> {
        self.conn.prepare_cached(text)
    }

    /// The next number: of a job, or of a place at the end of the line.
    pub(super) fn next(&mut self) -> i64 {
        let next = self.head.next;
        self.head.next += 1;
        next
    }

    pub(super) fn lane_number(&mut self, lane: Lane) -> Sql<i64> {
        self.lanes.number(self.conn, &mut self.head.lanes, lane)
    }

    /// The number of a job.
    pub(super) fn number_of(&self, id: &JobId) -> Sql<Option<i64>> {
        self.sql("SELECT n FROM job WHERE id = ?")?.query_row([id.as_str()], |row| row.get(0)).optional()
    }

    /// The deployed kinds, with the queue that each is pushed to.
    pub(super) fn kinds(&mut self) -> Sql<Arc<HashMap<Kind, QueueName>>> {
        if self.copies.deploys != Some(self.head.deploys) {
            let mut kinds = HashMap::new();
            let mut statement = self.sql("SELECT kind, manifest FROM deployment WHERE current")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let manifest = super::modules::manifest(row.get_ref(1)?.as_str()?)?;
                kinds.insert(Kind::trusted(row.get_ref(0)?.as_str()?), manifest.queue);
            }
            self.copies.kinds = Arc::new(kinds);
            self.copies.modules.clear();
            self.copies.deploys = Some(self.head.deploys);
        }
        Ok(Arc::clone(&self.copies.kinds))
    }

    /// The number of a module; 0 for one that the store does not have.
    pub(super) fn module_number(&mut self, module: &ModuleHash) -> Sql<i64> {
        // Forgets what it knows of an earlier set of modules.
        self.kinds()?;
        if let Some(&number) = self.copies.modules.get(module) {
            return Ok(number);
        }
        let number = self
            .sql("SELECT module FROM module WHERE hash = ?")?
            .query_row([&module.0[..]], |row| row.get(0))
            .optional()?
            .unwrap_or(0);
        self.copies.modules.insert(*module, number);
        Ok(number)
    }

    /// The queues of which nothing is given out.
    pub(super) fn paused(&mut self) -> Sql<Arc<HashSet<QueueName>>> {
        if self.copies.pauses != Some(self.head.pauses) {
            let mut statement = self.sql("SELECT queue FROM paused")?;
            let paused = statement.query_map([], |row| Ok(QueueName::trusted(row.get_ref(0)?.as_str()?)))?;
            self.copies.paused = Arc::new(paused.collect::<Sql<_>>()?);
            self.copies.pauses = Some(self.head.pauses);
        }
        Ok(Arc::clone(&self.copies.paused))
    }
}
