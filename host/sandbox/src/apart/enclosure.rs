//! What a child takes away from itself, before it reads the first byte of a module.

use std::io;

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, getppid, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};

use super::task::Bounds;

/// Best to lose when the system is out of memory.
const OOM_SCORE: &str = "1000";
/// Guests and leases go first.
const NICENESS: i32 = 10;
const STDERR: i32 = 2;
const RESERVED_BYTES: u64 = 4 << 30;

/// Cannot be undone: limits are hard ones.
pub(super) fn enter(bounds: &Bounds, parent: &str) -> io::Result<()> {
    close_inherited()?;
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // Whoever asked is gone already: no signal will come, and nobody reads the answer.
    if getppid().is_none_or(|pid| pid.to_string() != parent) {
        return Err(io::Error::other("the process that asked has ended"));
    }
    // Both are kindness to others, not safety: a system without them is no reason to fail. The
    // second is closed to a process that cannot be dumped, so it comes before that.
    let _ = rustix::process::nice(NICENESS);
    let _ = std::fs::write("/proc/self/oom_score_adj", OOM_SCORE);
    rustix::thread::set_no_new_privs(true)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let cpu_s = bounds.cpu.as_secs();
    for (resource, current, maximum) in [
        // What can be written to; and address space, which allocators reserve more of.
        (Resource::Data, bounds.memory_bytes, bounds.memory_bytes),
        (Resource::As, bounds.memory_bytes + RESERVED_BYTES, bounds.memory_bytes + RESERVED_BYTES),
        // At the first a signal that says so, at the second the end.
        (Resource::Cpu, cpu_s, cpu_s + 5),
        (Resource::Fsize, bounds.answer_bytes, bounds.answer_bytes),
        (Resource::Nofile, bounds.descriptors, bounds.descriptors),
        (Resource::Core, 0, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) })?;
    }
    Ok(())
}

/// Everything of ours is opened so that it is closed here; what a library or whoever started the
/// worker left open is not.
fn close_inherited() -> io::Result<()> {
    let open: Vec<i32> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for descriptor in open.into_iter().filter(|&descriptor| descriptor > STDERR) {
        // SAFETY: this process has one thread, which has opened nothing that it still uses; the
        // listing above is closed, and closing its number again does nothing.
        unsafe { rustix::io::close(descriptor) };
    }
    Ok(())
}
