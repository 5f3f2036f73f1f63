//! What a worker's process takes away from itself: it needs none of it, and a guest that got out
//! of its enclosure would.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How much sooner than its supervisor a worker goes when the system is out of memory.
const OOM_SCORE_MORE: i32 = 300;
const OOM_SCORE_MAX: i32 = 1000;

/// Of every worker. What the system does not give is told, and no reason not to work.
pub fn raise(is_supervised: bool) {
    if let Err(error) = rustix::thread::set_no_new_privs(true) {
        tracing::warn!(%error, "programs that this process starts could gain privileges");
    }
    // A core would hold the memory of every guest.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "a crash may write the memory of guests to a file");
    }
    // Each grant of each attempt is an open file; what may be had is had at once.
    let files = getrlimit(Resource::Nofile);
    let all = Rlimit { current: files.maximum, maximum: files.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, all) {
        tracing::warn!(%error, "cannot open as many files as the system would allow");
    }
    if is_supervised && let Err(error) = goes_before_its_supervisor() {
        tracing::warn!(%error, "when the system is out of memory the supervisor may go first");
    }
}

fn goes_before_its_supervisor() -> std::io::Result<()> {
    const FILE: &str = "/proc/self/oom_score_adj";
    let inherited: i32 = std::fs::read_to_string(FILE)?.trim().parse().unwrap_or(0);
    std::fs::write(FILE, (inherited + OOM_SCORE_MORE).min(OOM_SCORE_MAX).to_string())
}
