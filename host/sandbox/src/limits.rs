//! What one attempt may use at most, with the defaults. Where a limit comes
//! from (a manifest, a flag, a policy) is not known here.

use std::time::Duration;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// The wasm stack of one attempt, in bytes. It is the first thing that every
/// attempt takes from its host allowance.
pub const STACK_BYTES: u64 = 512 * KIB;

/// What happens when a guest asks for more memory than its cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnMemoryLimit {
    /// The attempt ends at once, with the guest's frames at the place that asked.
    #[default]
    Trap,
    /// `memory.grow` answers -1 and the guest goes on; should it then end any
    /// other way than by completing or by failing in its own words, the outcome
    /// is `memory_limit` all the same.
    Deny,
}

/// The limits of one attempt. Every field has the default of
/// [`Limits::default`]; nothing here is unlimited unless it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory and tables, summed. Default 128 MiB.
    pub memory_cap_bytes: u64,
    /// Everything the host holds for the guest: its stack ([`STACK_BYTES`]),
    /// input, arguments, output, captured stdout and stderr, checkpoint,
    /// effects, log lines, buffers of WASI calls. Default 4 MiB.
    pub host_allowance_bytes: u64,
    /// Units of fuel. Default 1 T (10¹²).
    pub fuel: u64,
    /// Wall-clock time from the first poll of the attempt. `None`: no deadline.
    /// Default one hour.
    pub timeout: Option<Duration>,
    /// Default [`OnMemoryLimit::Trap`].
    pub on_memory_limit: OnMemoryLimit,
    /// The result of a job, and how much of a command's stdout is kept (half
    /// from its head, half from its tail). Default 1 MiB.
    pub output_bytes: u64,
    /// The state of one checkpoint. Default 1 MiB.
    pub checkpoint_bytes: u64,
    /// One appended chunk. Default 1 MiB.
    pub append_bytes: u64,
    /// All chunks appended by the attempt. Default 1 GiB.
    pub parts_bytes: u64,
    /// Names of parts that the attempt appends to. Default 1,000.
    pub parts: u32,
    /// Child jobs enqueued by the attempt. Default 10,000.
    pub children: u32,
    /// The descriptions of all of them. Default 256 MiB.
    pub children_bytes: u64,
    /// Different pairs of kind and queue among them: each is a line in the store that workers
    /// look at. Default 100.
    pub child_lines: u32,
    /// The description of one child job, its input included. Default 1 MiB.
    pub child_bytes: u64,
    /// All log lines of the attempt; more are counted and dropped. Default 256 KiB.
    pub log_bytes: u64,
    /// Their number: each is a record of its own for the store, an empty one too. Default 2,000.
    pub log_lines: u32,
    /// One log line; the rest of it is cut. Default 4 KiB.
    pub log_line_bytes: u64,
    /// Kept from the beginning of stderr (and of a job's stdout). Default 16 KiB.
    pub stdio_head_bytes: u64,
    /// Kept from the end of stderr (and of a job's stdout). Default 48 KiB.
    pub stdio_tail_bytes: u64,
    /// A message of a failure, a panic or a progress report; the rest is cut.
    /// Default 4 KiB.
    pub message_bytes: u64,
    /// Files and directories open at once, preopened grants included. Default 64.
    pub descriptors: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_cap_bytes: 128 * MIB,
            host_allowance_bytes: 4 * MIB,
            fuel: 1_000_000_000_000,
            timeout: Some(Duration::from_secs(3600)),
            on_memory_limit: OnMemoryLimit::Trap,
            output_bytes: MIB,
            checkpoint_bytes: MIB,
            append_bytes: MIB,
            parts_bytes: 1024 * MIB,
            parts: 1_000,
            children: 10_000,
            children_bytes: 256 * MIB,
            child_lines: 100,
            child_bytes: MIB,
            log_bytes: 256 * KIB,
            log_lines: 2_000,
            log_line_bytes: 4 * KIB,
            stdio_head_bytes: 16 * KIB,
            stdio_tail_bytes: 48 * KIB,
            message_bytes: 4 * KIB,
            descriptors: 64,
        }
    }
}
