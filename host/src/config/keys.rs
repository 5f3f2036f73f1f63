//! The registry of keys: how each is read, its default, and what it is for.
//!
//! The keys of `[grants.NAME]` are read in [`super::grants`], because their tables are
//! named by the operator.

use cofferdam_store::DeadOverflow;
use cofferdam_store::sqlite::Synchronous;

use super::value::{Value, order_of};
use super::{Config, LogFormat, log_filter};
use crate::open_store::StoreUrl;

/// One key.
pub struct Key {
    /// Its section and its name: `worker.lease`.
    pub path: &'static str,
    /// What is written there, for people: `SIZE`, `DURATION`, ...
    pub takes: &'static str,
    /// What holds when it is not written; in brackets when it is computed.
    pub default: &'static str,
    /// What it is for, in one sentence.
    pub doc: &'static str,
    pub(super) set: fn(&mut Config, &Value<'_>) -> Result<(), String>,
}

impl Key {
    /// The environment variable that goes over the file.
    pub fn variable(&self) -> String {
        match self.path {
            "store.url" => "COFFERDAM_STORE".to_owned(),
            path => format!("COFFERDAM_{}", path.replace('.', "_").to_uppercase()),
        }
    }
}

/// The program itself, stacks and heaps of its threads, and a small module.
const COMPILE_MIN_BYTES: u64 = 256 << 20;
/// Attempts at once that a worker can have.
const CONCURRENCY_MAX: u32 = 10_000;

const PROCESSES_MAX: u32 = 64;

/// A lease has to outlive a busy moment, and a worker that is gone must be noticed.
pub fn check_lease(ms: u64) -> Result<(), String> {
    match ms {
        2_000..=86_400_000 => Ok(()),
        0..2_000 => Err("a lease under `2s` runs out on a healthy worker".to_owned()),
        _ => Err("a lease over `1d` keeps the jobs of a dead worker for too long".to_owned()),
    }
}

/// A bound of zero lets no job run.
fn from_one(bound: u64) -> Result<u64, String> {
    if bound == 0 { Err("0 lets no job run: write more, or leave it out".to_owned()) } else { Ok(bound) }
}

macro_rules! key {
    ($path:literal, $takes:literal, $default:literal, $doc:literal, $set:expr) => {
        Key { path: $path, takes: $takes, default: $default, doc: $doc, set: $set }
    };
}

/// Every key outside `[grants.NAME]`.
pub const KEYS: &[Key] = &[
    key!(
        "store.url",
        "URL",
        "sqlite:cofferdam.db",
        "where jobs are kept: a path, `sqlite:PATH`, or `redis://HOST:PORT` and its kin",
        |c, v| {
            c.store.url = StoreUrl::parse(v.as_text()?, v.base())?;
            Ok(())
        }
    ),
    key!(
        "store.synchronous",
        "full|normal",
        "full",
        "what a commit waits for: the disk, or only the operating system (a power cut may then lose the last commits)",
        |c, v| {
            let words = [("full", Synchronous::Full), ("normal", Synchronous::Normal)];
            c.store.synchronous = v.as_one_of(&words)?;
            Ok(())
        }
    ),
    key!(
        "store.require_durable",
        "true|false",
        "false",
        "whether a worker refuses to start on a store that may lose acknowledged work at a power cut",
        |c, v| {
            c.store.require_durable = v.as_switch()?;
            Ok(())
        }
    ),
    key!(
        "worker.queues",
        "NAMES",
        "[all, oldest job first]",
        "the queues to serve: strict in this order, or weighted when any is written `name=N`",
        |c, v| {
            c.worker.queues = order_of(&v.as_names()?)?;
            Ok(())
        }
    ),
    key!(
        "worker.concurrency",
        "NUMBER",
        "[8 for each core]",
        "the most attempts at once; up to 10000",
        |c, v| {
            c.worker.concurrency = Some(v.as_count_to(CONCURRENCY_MAX)?);
            Ok(())
        }
    ),
    key!(
        "worker.processes",
        "NUMBER",
        "1",
        "how many processes work, each with its share of attempts and memory; up to 64",
        |c, v| {
            c.worker.processes = v.as_count_to(PROCESSES_MAX)?;
            Ok(())
        }
    ),
    key!(
        "worker.memory_budget",
        "SIZE",
        "[80% of the control group's limit, else of the memory available]",
        "the memory that the attempts of this worker may reserve together",
        |c, v| {
            c.worker.memory_budget_bytes = Some(v.as_bytes()?);
            Ok(())
        }
    ),
    key!(
        "worker.drain_timeout",
        "DURATION",
        "25s",
        "how long a stopping worker lets attempts come to a checkpoint before it drops them",
        |c, v| {
            c.worker.drain_timeout_ms = v.as_duration_ms()?;
            Ok(())
        }
    ),
    key!(
        "worker.lease",
        "DURATION",
        "15s",
        "how long the jobs of a silent worker stay its own; from 2s to 1d",
        |c, v| {
            c.worker.lease_ms = v.as_duration_ms()?;
            check_lease(c.worker.lease_ms)
        }
    ),
    key!("policy.memory_max", "SIZE", "[no bound]", "the most memory a job may ask for", |c, v| {
        c.policy.memory_bytes_max = v.as_bytes()?;
        Ok(())
    }),
    key!(
        "policy.fuel_max",
        "FUEL",
        "[no bound]",
        "the most fuel a job may ask for, for one attempt",
        |c, v| {
            c.policy.fuel_max = from_one(v.as_fuel()?)?;
            Ok(())
        }
    ),
    key!("policy.timeout_max", "DURATION", "[no bound]", "the longest attempt a job may ask for", |c, v| {
        c.policy.timeout_ms_max = from_one(v.as_duration_ms()?)?;
        Ok(())
    }),
    key!(
        "policy.host_allowance_max",
        "SIZE",
        "[no bound]",
        "the most host memory a job may ask for",
        |c, v| {
            c.policy.host_allowance_bytes_max = v.as_bytes()?;
            Ok(())
        }
    ),
    key!(
        "retention.completed",
        "DURATION",
        "3d",
        "how long completed, cancelled and discarded jobs are kept; dead ones wait for a person",
        |c, v| {
            c.retention.completed_age_ms = v.as_duration_ms()?;
            Ok(())
        }
    ),
    key!(
        "retention.completed_count",
        "NUMBER",
        "1000000",
        "the most completed jobs kept; beyond it the one that finished first goes",
        |c, v| {
            c.retention.completed_count = u64::from(v.as_count()?);
            Ok(())
        }
    ),
    key!("retention.dead_count", "NUMBER", "10000", "more dead jobs than these are too many", |c, v| {
        c.retention.dead_count = u64::from(v.as_count()?);
        Ok(())
    }),
    key!(
        "retention.dead_overflow",
        "alert|drop",
        "alert",
        "what happens when there are: they stay and everything that looks says so, or the first to die go",
        |c, v| {
            let words = [("alert", DeadOverflow::Alert), ("drop", DeadOverflow::Drop)];
            c.retention.dead_overflow = v.as_one_of(&words)?;
            Ok(())
        }
    ),
    key!(
        "retention.attempts",
        "NUMBER",
        "100",
        "the most ended attempts kept of one job, newest first",
        |c, v| {
            c.retention.attempts_per_job = v.as_count()?;
            Ok(())
        }
    ),
    key!(
        "retention.log_lines",
        "NUMBER",
        "10000",
        "the most log lines kept of one job, newest first",
        |c, v| {
            c.retention.log_lines_per_job = u64::from(v.as_count()?);
            Ok(())
        }
    ),
    key!("limits.input", "SIZE", "[1MiB; 512KiB in a Redis store]", "the largest input of a job", |c, v| {
        c.limits.input_bytes = Some(v.as_bytes()?);
        Ok(())
    }),
    key!(
        "limits.output",
        "SIZE",
        "[1MiB; 512KiB in a Redis store]",
        "the largest output of a job",
        |c, v| {
            c.limits.output_bytes = Some(v.as_bytes()?);
            Ok(())
        }
    ),
    key!(
        "limits.checkpoint",
        "SIZE",
        "[1MiB; 512KiB in a Redis store]",
        "the largest state of one checkpoint",
        |c, v| {
            c.limits.checkpoint_bytes = Some(v.as_bytes()?);
            Ok(())
        }
    ),
    key!(
        "limits.append",
        "SIZE",
        "[1MiB; 512KiB in a Redis store]",
        "the largest chunk of appended work data",
        |c, v| {
            c.limits.append_bytes = Some(v.as_bytes()?);
            Ok(())
        }
    ),
    key!(
        "limits.parts",
        "SIZE",
        "[1GiB; 64MiB in a Redis store]",
        "all work data that one attempt appends",
        |c, v| {
            c.limits.parts_bytes = Some(v.as_bytes()?);
            Ok(())
        }
    ),
    key!("limits.module", "SIZE", "[64MiB]", "the largest module", |c, v| {
        c.limits.module_bytes = Some(v.as_bytes()?);
        Ok(())
    }),
    key!(
        "cache.dir",
        "DIRECTORY",
        "[$XDG_CACHE_HOME/cofferdam, else ~/.cache/cofferdam]",
        "where compiled modules are kept; private to this user",
        |c, v| {
            c.cache.dir = Some(v.as_path()?);
            Ok(())
        }
    ),
    key!(
        "compile.memory",
        "SIZE",
        "2GiB",
        "what compiling one module may take, in a process of its own; a module that needs more is refused",
        |c, v| {
            let bytes = v.as_bytes()?;
            if bytes < COMPILE_MIN_BYTES {
                return Err("no module can be compiled in less than `256MiB`".to_owned());
            }
            c.compile.memory_bytes = bytes;
            Ok(())
        }
    ),
    key!(
        "log.level",
        "FILTER",
        "[`info` for `work`, else `warn`]",
        "which log lines are written: off, error, warn, info, debug, trace, or a filter like `info,cofferdam_worker=debug`",
        |c, v| {
            let level = v.as_text()?;
            log_filter::check(level)?;
            c.log.level = Some(level.to_owned());
            Ok(())
        }
    ),
    key!("log.format", "text|json", "text", "how log lines are written, on stderr", |c, v| {
        c.log.format = v.as_one_of(&[("text", LogFormat::Text), ("json", LogFormat::Json)])?;
        Ok(())
    }),
];
