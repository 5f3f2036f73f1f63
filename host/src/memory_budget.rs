//! How much memory a worker may hand out when nobody says: four fifths of what its control
//! group may use or the machine has available, whichever is less. The rest is for the worker
//! itself, for pages of modules and for everybody else.

use std::fs;
use std::path::{Path, PathBuf};

use crate::quantity;

/// A budget, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryBudget {
    /// In bytes.
    pub bytes: u64,
    /// For people.
    pub source: String,
}

/// Limits from here on mean that there is none.
const UNLIMITED_BYTES: u64 = 1 << 60;
/// When the machine says nothing at all.
const FALLBACK_BYTES: u64 = 1 << 30;

/// What an operator chose.
pub fn chosen(bytes: u64) -> MemoryBudget {
    MemoryBudget { bytes, source: "as configured".to_owned() }
}

/// What one of several processes got.
pub fn shared(bytes: u64) -> MemoryBudget {
    MemoryBudget { bytes, source: "the share of this process".to_owned() }
}

/// What this machine suggests.
pub fn of_this_machine() -> MemoryBudget {
    suggested(Path::new("/"))
}

/// The same for the machine whose files are below `root`.
fn suggested(root: &Path) -> MemoryBudget {
    let group = control_group_limit(root).map(|bytes| (bytes, "the limit of its control group"));
    let machine = available(root).map(|bytes| (bytes, "the memory available"));
    match group.into_iter().chain(machine).min_by_key(|(bytes, _)| *bytes) {
        Some((bytes, source)) => MemoryBudget {
            bytes: bytes / 5 * 4,
            source: format!("80% of {source}, {}", quantity::bytes(bytes)),
        },
        None => {
            MemoryBudget { bytes: FALLBACK_BYTES, source: "neither limit nor memory can be read".to_owned() }
        }
    }
}

/// The least limit among this process's control group and those above it.
fn control_group_limit(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let limits = groups.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        let (mount, file) = match controllers {
            "" => ("sys/fs/cgroup", "memory.max"),
            list if list.split(',').any(|name| name == "memory") => {
                ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        least_above(&root.join(mount), path.trim_start_matches('/'), file)
    });
    limits.min()
}

/// In a container the path may be the host's, which is not there: then the mount itself is
/// this process's group.
fn least_above(mount: &Path, path: &str, file: &str) -> Option<u64> {
    let mut group: PathBuf = mount.join(path);
    let mut least = None;
    loop {
        if let Some(limit) = limit(&group.join(file)) {
            least = Some(least.map_or(limit, |least: u64| least.min(limit)));
        }
        if group == mount || !group.pop() {
            return least;
        }
    }
}

/// `None`: there is no limit here.
fn limit(file: &Path) -> Option<u64> {
    let bytes = fs::read_to_string(file).ok()?.trim().parse().ok()?;
    (bytes < UNLIMITED_BYTES).then_some(bytes)
}

fn available(root: &Path) -> Option<u64> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    /// A machine with these files and 8 GiB available.
    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let all = files.iter().chain(&[("proc/meminfo", "MemTotal: 9 kB\nMemAvailable:    8388608 kB\n")]);
        for (path, text) in all {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn bytes(files: &[(&str, &str)]) -> u64 {
        suggested(machine(files).path()).bytes
    }

    #[test]
    fn without_a_limit_it_is_four_fifths_of_what_is_available() {
        assert_eq!(bytes(&[]), 8 * GIB / 5 * 4);
        assert_eq!(
            bytes(&[("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/memory.max", "max\n")]),
            8 * GIB / 5 * 4
        );
    }

    #[test]
    fn a_limit_of_the_second_version_counts_wherever_it_is_above() {
        let files = [
            ("proc/self/cgroup", "0::/system.slice/worker.service\n"),
            ("sys/fs/cgroup/system.slice/worker.service/memory.max", "max\n"),
            ("sys/fs/cgroup/system.slice/memory.max", "1073741824\n"),
        ];
        assert_eq!(bytes(&files), GIB / 5 * 4);
        let root = machine(&files);
        assert_eq!(suggested(root.path()).source, "80% of the limit of its control group, 1 GiB");
    }

    #[test]
    fn a_limit_of_the_first_version_counts_also_in_a_container() {
        let groups = "12:cpuset:/docker/abc\n5:cpu,memory:/docker/abc\n";
        let at = |path| {
            let files = [("proc/self/cgroup", groups), (path, "2147483648\n")];
            bytes(&files)
        };
        assert_eq!(at("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes"), 2 * GIB / 5 * 4);
        assert_eq!(at("sys/fs/cgroup/memory/memory.limit_in_bytes"), 2 * GIB / 5 * 4);
        let unlimited = [
            ("proc/self/cgroup", groups),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        assert_eq!(bytes(&unlimited), 8 * GIB / 5 * 4);
    }

    #[test]
    fn a_limit_above_what_the_machine_has_is_none() {
        let files = [("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/memory.max", "68719476736\n")];
        assert_eq!(bytes(&files), 8 * GIB / 5 * 4);
    }

    #[test]
    fn a_machine_that_says_nothing_gets_a_gibibyte() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(suggested(root.path()).bytes, FALLBACK_BYTES);
    }
}
