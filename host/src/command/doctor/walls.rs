//! The walls around the processes of `work --processes`: which of them this machine has.

use super::finding::Finding;
use crate::command::work::why_no_control_groups;
use crate::config::Config;

const OOM_SCORE: &str = "/proc/self/oom_score_adj";

/// Looks at each.
pub fn look(config: &Config) -> Vec<Finding> {
    let is_split = config.worker.processes > 1;
    vec![privileges(), order_of_loss(), memory_limits(is_split)]
}

fn privileges() -> Finding {
    match rustix::thread::no_new_privs() {
        Ok(_) => Finding::ok("privileges", "no process of a worker can gain any, and none writes a core"),
        Err(error) => {
            Finding::warn("privileges", format!("a program that a worker starts could gain some: {error}"))
                .remedy("Linux 3.5 or newer")
        }
    }
}

fn order_of_loss() -> Finding {
    let is_writable = rustix::fs::access(OOM_SCORE, rustix::fs::Access::WRITE_OK);
    match is_writable {
        Ok(()) => {
            Finding::ok("oom order", "a process that compiles goes first, then a worker, then its supervisor")
        }
        Err(error) => Finding::warn(
            "oom order",
            format!("any process may go first, a supervisor too: `{OOM_SCORE}`: {error}"),
        )
        .remedy("mount `/proc` writable for the worker"),
    }
}

fn memory_limits(is_split: bool) -> Finding {
    let check = "cgroup";
    match why_no_control_groups() {
        None => Finding::ok(check, "each process of `work --processes` has a control group with one of its own"),
        Some(why) if is_split => {
            Finding::warn(check, format!("processes have none of their own: {why}")).remedy(
                "a systemd service with `Delegate=yes`, or a container that may write to its control group; the \
                 memory budget holds without it",
            )
        }
        Some(why) => Finding::ok(check, format!("processes of `work --processes` would have none here: {why}")),
    }
}
