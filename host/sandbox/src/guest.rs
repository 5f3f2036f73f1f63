//! What the host holds of one running guest: the data of its store.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use wasmtime::Memory;

use crate::account::{MemoryAccount, OverAllowance};
use crate::capture::Capture;
use crate::clock::Clock;
use crate::control::Shared;
use crate::inspect::Shape;
use crate::limits::{Limits, STACK_BYTES};
use crate::report::Failure;
use crate::request::{JobFacts, LiveOutput, Request};
use crate::spread::Spread;
use crate::wasi::Descriptors;

pub(crate) struct Guest {
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) memory: MemoryAccount,
    pub(crate) exported_memory: Option<Memory>,
    pub(crate) limits: Limits,
    pub(crate) metered: bool,
    pub(crate) slice_began_at_fuel: u64,
    pub(crate) began: Instant,
    pub(crate) deadline: Option<Instant>,

    pub(crate) job: JobFacts,
    pub(crate) input: Bytes,
    pub(crate) args: Vec<String>,
    pub(crate) resume: Option<Bytes>,
    pub(crate) child_id: Arc<dyn Fn(u64) -> String + Send + Sync>,
    pub(crate) live: Option<Arc<dyn LiveOutput>>,
    /// The answer of `cf_info`, once it was asked for.
    pub(crate) info: Option<Bytes>,

    pub(crate) output: Option<Bytes>,
    pub(crate) failure: Option<(Failure, String)>,
    pub(crate) spread: Spread,
    pub(crate) panic: Option<String>,
    pub(crate) oom: Option<OutOfMemory>,
    pub(crate) stdout: Capture,
    pub(crate) stderr: Capture,
    pub(crate) descriptors: Descriptors,
}

/// An allocation that the guest's allocator could not serve.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutOfMemory {
    pub(crate) size_bytes: u64,
    pub(crate) align_bytes: u64,
}

impl Guest {
    /// Boxed, because it moves into a store and out again.
    pub(crate) fn new(
        request: Request,
        shape: Shape,
        metered: bool,
        clock: Arc<Clock>,
        shared: Arc<Shared>,
    ) -> Box<Self> {
        let limits = request.limits;
        let began = Instant::now();
        let (stdout_head, stdout_tail) = match shape {
            Shape::Command => (limits.output_bytes / 2, limits.output_bytes - limits.output_bytes / 2),
            Shape::Job => (limits.stdio_head_bytes, limits.stdio_tail_bytes),
        };
        Box::new(Self {
            memory: MemoryAccount::new(&limits, shared.clone()),
            exported_memory: None,
            metered,
            slice_began_at_fuel: limits.fuel,
            began,
            // A deadline beyond the clock's range is none.
            deadline: limits.timeout.and_then(|timeout| began.checked_add(timeout)),
            job: request.job,
            input: request.input,
            args: request.args,
            resume: request.resume.map(|resume| resume.state),
            child_id: request.child_id,
            live: request.live,
            info: None,
            output: None,
            failure: None,
            spread: Spread::default(),
            panic: None,
            oom: None,
            stdout: Capture::new(stdout_head, stdout_tail),
            stderr: Capture::new(limits.stdio_head_bytes, limits.stdio_tail_bytes),
            descriptors: Descriptors::default(),
            limits,
            clock,
            shared,
        })
    }

    /// What is held before the first instruction.
    pub(crate) fn charge_beginning(&self) -> Result<(), OverAllowance> {
        let host = &self.shared.host;
        host.charge("the stack", STACK_BYTES)?;
        host.charge("the input", self.input.len() as u64)?;
        let args_bytes: usize = self.args.iter().map(|arg| arg.len() + 1).sum();
        host.charge("the arguments", args_bytes as u64)?;
        let resume_bytes = self.resume.as_ref().map_or(0, Bytes::len);
        host.charge("the checkpoint to resume from", resume_bytes as u64)
    }
}
