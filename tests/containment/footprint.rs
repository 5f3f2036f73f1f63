//! What a process has of its machine, as the system counts it.

use std::fs;

/// At one moment.
#[derive(Clone, Copy, Debug)]
pub struct Footprint {
    /// Pages in memory, those of files too.
    pub resident_bytes: u64,
    /// The most there ever were since [`Footprint::forget_peak`].
    pub peak_bytes: u64,
    /// Open files and sockets.
    pub descriptors: usize,
    /// Threads.
    pub threads: u64,
}

impl Footprint {
    /// Of this process now.
    #[track_caller]
    pub fn of(pid: u32) -> Footprint {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
        let number = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let word = line.and_then(|line| line.split_whitespace().next());
            word.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("no `{name}` in {status}"))
        };
        Footprint {
            resident_bytes: number("VmRSS") << 10,
            peak_bytes: number("VmHWM") << 10,
            descriptors: fs::read_dir(format!("/proc/{pid}/fd")).expect("the process lives").count(),
            threads: number("Threads"),
        }
    }

    /// From here on the peak is counted anew.
    #[track_caller]
    pub fn forget_peak(pid: u32) {
        fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the peak of a process of ours");
    }
}
