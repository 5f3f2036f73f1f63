//! Effects: recorded now, performed with the next checkpoint or the end.
//!
//! `append` and `enqueue` become durable together with the state that knows of
//! them, so neither is lost nor done twice when an attempt is cut short.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::abi;
use crate::error::{Class, Error, Result};
use crate::job::Job;
use crate::refusal;

impl Job {
    /// Appends a chunk to the named part of the job's durable work data, which
    /// `cofferdam jobs output ID --part PART` reads. Cut back on resume to what
    /// belongs to the checkpoint. Names: 1 to 64 of `a-z 0-9 . _ -`.
    ///
    /// # Errors
    /// The chunk is over its size limit, or the name is not valid (neither is retried).
    pub fn append(&self, part: &str, chunk: impl AsRef<[u8]>) -> Result<()> {
        let chunk = chunk.as_ref();
        match abi::append(part, chunk) {
            code if code >= 0 => Ok(()),
            abi::E_INVALID => Err(Error::msg(format_args!(
                "part name `{part}` is not valid: 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`"
            ))
            .with_class(Class::Kill)),
            code => Err(refusal::sized(
                &format!("chunk for part `{part}`"),
                "append",
                chunk.len(),
                self.facts().limits.append_bytes,
                code,
            )),
        }
    }

    /// Reports progress to whoever looks: `done` of `total`, `None` if not known.
    pub fn progress(&self, done: u64, total: impl Into<Option<u64>>) {
        self.progress_with(done, total, "");
    }

    /// As [`progress`](Self::progress), with a short message.
    pub fn progress_with(&self, done: u64, total: impl Into<Option<u64>>, message: &str) {
        // Only shown: a refusal (a message that is too long) must not end the job.
        let _shown = abi::progress(done, total.into().unwrap_or(0), message);
    }

    /// A child job of this kind, enqueued by [`send`](Child::send).
    pub fn enqueue<'a>(&'a self, kind: &'a str) -> Child<'a> {
        Child { job: self, kind, input: Ok(None), queue: None, delay: Duration::ZERO }
    }
}

/// A child job in the making; see [`Job::enqueue`].
#[must_use = "nothing is enqueued before `send()`"]
#[derive(Debug)]
pub struct Child<'a> {
    job: &'a Job,
    kind: &'a str,
    input: Result<Option<Box<RawValue>>>,
    queue: Option<&'a str>,
    delay: Duration,
}

/// The `spec` of `cf_enqueue`.
#[derive(Serialize)]
struct Spec<'a> {
    kind: &'a str,
    input: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<&'a str>,
    #[serde(skip_serializing_if = "is_zero")]
    delay_ms: u64,
}

fn is_zero(delay_ms: &u64) -> bool {
    *delay_ms == 0
}

impl<'a> Child<'a> {
    /// The child's input. Default: `null`.
    pub fn input<T: Serialize + ?Sized>(mut self, input: &T) -> Self {
        self.input = serde_json::value::to_raw_value(input).map(Some).map_err(Error::from);
        self
    }

    /// The child's queue. Default: as its kind's manifest says.
    pub fn queue(mut self, queue: &'a str) -> Self {
        self.queue = Some(queue);
        self
    }

    /// The time from its being durable until the child may run. Default: none.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Records the child and returns its id. It exists for others once the next
    /// checkpoint, or the job's completion, is durable.
    ///
    /// # Errors
    /// The input is over its size limit or cannot be written as JSON, a name is
    /// not valid, or the job has enqueued too many children (none is retried).
    pub fn send(self) -> Result<String> {
        let failed = |error: Error| {
            let text = format!("child job `{}`: {error}", self.kind);
            Error::msg(text).with_class(Class::Kill)
        };
        let input = self.input.as_ref().map_err(|error| failed(error.clone()))?;
        let delay_ms = u64::try_from(self.delay.as_millis()).unwrap_or(u64::MAX);
        let spec = Spec { kind: self.kind, input: input.as_deref(), queue: self.queue, delay_ms };
        let spec = serde_json::to_vec(&spec).map_err(|error| failed(error.into()))?;
        abi::enqueue_child(&spec).map_err(|code| match code {
            abi::E_TOO_LARGE => failed(Error::msg(format_args!(
                "{} bytes are over its limit of {}, or it is one more than {} children",
                spec.len(),
                self.job.facts().limits.child_bytes,
                self.job.facts().limits.children
            ))),
            abi::E_INVALID => failed(Error::msg("the kind or the queue is not a valid name")),
            other => failed(refusal::plain("enqueue", other)),
        })
    }
}
