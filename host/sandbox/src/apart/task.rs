//! What a child can be asked, what it may use for it, and what it answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::inspect::{Inspection, Refusal};

/// Whoever starts the program with this as its first argument wants a child.
pub(super) const ASKED: &str = "__apart";

const MIB: u64 = 1 << 20;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Task {
    /// Check the module, and compile it for engines with these switches.
    Compile { metering: bool, memory_bytes: u64 },
    /// Name these frames of the module.
    Symbols { frames: Vec<FrameAt> },
}

/// A frame as the engine knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct FrameAt {
    /// Index of the function.
    pub(crate) function: u32,
    /// Into the module's bytes.
    pub(crate) offset: Option<u64>,
}

/// What a child answers first, as one line of JSON; compiled code follows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Compiled(Box<Inspection>),
    Refused(Refusal),
    /// The compiler's own words: it does not take this module.
    Failed(String),
    Symbols(crate::backtrace::Trace),
}

/// What a child may use at most. It sets the first four for itself before it reads a byte.
pub(super) struct Bounds {
    pub(super) memory_bytes: u64,
    pub(super) cpu: Duration,
    pub(super) answer_bytes: u64,
    pub(super) descriptors: u64,
    /// Watched by the parent: the machine may be so busy that the rest is never reached.
    pub(super) wall: Duration,
}

impl Task {
    pub(super) fn bounds(&self) -> Bounds {
        match self {
            // The largest interpreters that are compiled to wasm take a tenth of this.
            Task::Compile { memory_bytes, .. } => Bounds {
                memory_bytes: *memory_bytes,
                cpu: Duration::from_secs(180),
                answer_bytes: 512 * MIB,
                descriptors: 32,
                wall: Duration::from_secs(600),
            },
            Task::Symbols { .. } => Bounds {
                memory_bytes: 1024 * MIB,
                cpu: Duration::from_secs(2),
                answer_bytes: MIB,
                descriptors: 32,
                wall: Duration::from_secs(5),
            },
        }
    }

    /// What the child is called in a list of processes.
    pub(super) fn title(&self) -> &'static str {
        match self {
            Task::Compile { .. } => "cofferdam: compiling",
            Task::Symbols { .. } => "cofferdam: naming frames",
        }
    }
}
