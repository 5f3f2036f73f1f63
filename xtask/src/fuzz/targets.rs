//! What is fuzzed, and with how long inputs.

/// One program of `tests/fuzz`.
pub struct Target {
    pub name: &'static str,
    /// Longer inputs say nothing that shorter ones do not, and take longer.
    pub bytes_max: u32,
}

/// Everything that reads bytes from outside.
pub const TARGETS: &[Target] = &[
    Target { name: "manifest", bytes_max: 2048 },
    Target { name: "module", bytes_max: 8192 },
    Target { name: "payload", bytes_max: 2048 },
    Target { name: "config", bytes_max: 2048 },
    Target { name: "host_calls", bytes_max: 1024 },
];
