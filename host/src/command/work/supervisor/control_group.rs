//! A control group (version 2) for each worker's process, with a memory limit: what one of them
//! takes beyond its share costs itself, and the kernel takes nothing from the others for it.
//!
//! ```text
//! <the group that the service manager gave us>/
//!     supervisor/     us: a group that gives limits to others may hold no process itself
//!     worker-1/       memory.max
//!     worker-2/
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Above its share a process has its engine, its code and its store: so much, or a quarter.
const OWN_BYTES: u64 = 512 << 20;

/// The groups of all workers.
pub(super) struct ControlGroups {
    dir: PathBuf,
    /// Of each.
    pub(super) limit_bytes: u64,
}

impl ControlGroups {
    /// Moves this process into a group below its own, so that others can have limits there. A
    /// process may compile beside its share of memory for guests.
    pub(super) fn prepare(share_bytes: u64, compile_bytes: u64) -> Result<ControlGroups, String> {
        ControlGroups::prepare_in(Path::new("/"), share_bytes, compile_bytes)
    }

    fn prepare_in(root: &Path, share_bytes: u64, compile_bytes: u64) -> Result<ControlGroups, String> {
        let dir = usable(root)?;
        let limit_bytes = share_bytes + (share_bytes / 4).max(OWN_BYTES) + compile_bytes;
        let told = |what: &str, error: io::Error| format!("{what} `{}`: {error}", dir.display());
        let ours = dir.join("supervisor");
        make(&ours).map_err(|error| told("cannot make a group in", error))?;
        enter(&ours, std::process::id()).map_err(|error| told("cannot leave", error))?;
        if let Err(error) = fs::write(dir.join("cgroup.subtree_control"), "+memory") {
            // Where we were: what cannot be used is left as it was found.
            let _ = enter(&dir, std::process::id());
            let _ = fs::remove_dir(&ours);
            return Err(told("cannot give memory limits in", error));
        }
        Ok(ControlGroups { dir, limit_bytes })
    }

    /// From now on the limit holds for this process and all that it starts.
    pub(super) fn take_in(&self, number: u32, pid: u32) -> io::Result<()> {
        let group = self.dir.join(format!("worker-{number}"));
        make(&group)?;
        fs::write(group.join("memory.max"), self.limit_bytes.to_string())?;
        enter(&group, pid)
    }
}

fn make(group: &Path) -> io::Result<()> {
    match fs::create_dir(group) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn enter(group: &Path, pid: u32) -> io::Result<()> {
    fs::write(group.join("cgroup.procs"), pid.to_string())
}

/// Why workers would have no memory limits of their own here; `None`: they would.
pub fn why_not() -> Option<String> {
    usable(Path::new("/")).err()
}

/// Our own group, if nobody else is in it and it may be divided.
fn usable(root: &Path) -> Result<PathBuf, String> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let Some(path) = groups.lines().find_map(|line| line.strip_prefix("0::/")) else {
        return Err("this system has no control groups of version 2".to_owned());
    };
    let dir = root.join("sys/fs/cgroup").join(path);
    let shown = dir.display();
    let Ok(controllers) = fs::read_to_string(dir.join("cgroup.controllers")) else {
        return Err(format!("there is no control group of version 2 at `{shown}`"));
    };
    if !controllers.split_whitespace().any(|name| name == "memory") {
        return Err(format!("`{shown}` has no memory controller"));
    }
    let inside = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
    let own = std::process::id().to_string();
    let others = inside.split_whitespace().filter(|pid| *pid != own).count();
    if others > 0 {
        return Err(format!("`{shown}` is shared with {others} other process(es)"));
    }
    if rustix::fs::access(&dir, rustix::fs::Access::WRITE_OK).is_err() {
        return Err(format!("`{shown}` is not ours to divide"));
    }
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system whose files are below a directory; files that the kernel makes are made here.
    fn system(controllers: &str, processes: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let group = root.path().join("sys/fs/cgroup/jobs.service");
        for dir in ["supervisor", "worker-1"] {
            fs::create_dir_all(group.join(dir)).unwrap();
        }
        fs::create_dir_all(root.path().join("proc/self")).unwrap();
        fs::write(root.path().join("proc/self/cgroup"), "0::/jobs.service\n").unwrap();
        fs::write(group.join("cgroup.controllers"), controllers).unwrap();
        fs::write(group.join("cgroup.procs"), processes).unwrap();
        root
    }

    fn read(root: &Path, file: &str) -> String {
        fs::read_to_string(root.join("sys/fs/cgroup/jobs.service").join(file)).unwrap()
    }

    #[test]
    fn each_worker_has_a_group_with_its_share_and_what_a_process_takes() {
        let root = system("cpu memory pids", &std::process::id().to_string());
        let groups = ControlGroups::prepare_in(root.path(), 4 << 30, 1 << 30).unwrap();
        assert_eq!(read(root.path(), "supervisor/cgroup.procs"), std::process::id().to_string());
        assert_eq!(read(root.path(), "cgroup.subtree_control"), "+memory");
        groups.take_in(1, 77).unwrap();
        assert_eq!(read(root.path(), "worker-1/memory.max"), (6_u64 << 30).to_string());
        assert_eq!(read(root.path(), "worker-1/cgroup.procs"), "77");
        let small = ControlGroups::prepare_in(root.path(), 1 << 20, 0).unwrap();
        assert_eq!(small.limit_bytes, 513 << 20);
    }

    #[test]
    fn a_group_that_is_not_ours_alone_is_left_alone() {
        let own = std::process::id();
        for (controllers, processes, why) in [
            ("cpu pids", own.to_string(), "no memory controller"),
            ("memory", format!("{own}\n1\n2"), "shared with 2 other process(es)"),
        ] {
            let root = system(controllers, &processes);
            let told = ControlGroups::prepare_in(root.path(), 1, 1).err().unwrap();
            assert!(told.contains(why), "{told}");
            assert!(!root.path().join("sys/fs/cgroup/jobs.service/cgroup.subtree_control").exists());
        }
        let none = tempfile::tempdir().unwrap();
        assert!(usable(none.path()).unwrap_err().contains("no control groups of version 2"));
    }
}
