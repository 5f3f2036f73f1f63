//! From the host's call to the author's function and back: what `#[job]` expands to.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::abi;
use crate::decode::{self, Subject};
use crate::error::{self, Class, Error, Result};
use crate::job::Job;
use crate::refusal;
use crate::scratch::Scratch;

/// A function that can be a job. `Signature` only tells the three shapes apart.
#[diagnostic::on_unimplemented(
    message = "this function cannot be a job",
    label = "not a job function",
    note = "a job is `fn name(job: &mut Job, input: T) -> Result<U>`, where `T: Deserialize` and `U: Serialize`; \
            either argument, or both, may be left out"
)]
pub trait JobFunction<Signature> {
    #[doc(hidden)]
    fn call(&self, job: &mut Job) -> Result<()>;
}

impl<F, I, O, E> JobFunction<fn(&mut Job, I) -> Result<O, E>> for F
where
    F: Fn(&mut Job, I) -> Result<O, E>,
    I: DeserializeOwned,
    O: Serialize,
    E: Into<Box<dyn std::error::Error>>,
{
    fn call(&self, job: &mut Job) -> Result<()> {
        let input = input()?;
        let result = self(job, input);
        returned(job, result)
    }
}

impl<F, O, E> JobFunction<fn(&mut Job) -> Result<O, E>> for F
where
    F: Fn(&mut Job) -> Result<O, E>,
    O: Serialize,
    E: Into<Box<dyn std::error::Error>>,
{
    fn call(&self, job: &mut Job) -> Result<()> {
        let result = self(job);
        returned(job, result)
    }
}

impl<F, I, O, E> JobFunction<fn(I) -> Result<O, E>> for F
where
    F: Fn(I) -> Result<O, E>,
    I: DeserializeOwned,
    O: Serialize,
    E: Into<Box<dyn std::error::Error>>,
{
    fn call(&self, job: &mut Job) -> Result<()> {
        let result = self(input()?);
        returned(job, result)
    }
}

impl<F, O, E> JobFunction<fn() -> Result<O, E>> for F
where
    F: Fn() -> Result<O, E>,
    O: Serialize,
    E: Into<Box<dyn std::error::Error>>,
{
    fn call(&self, job: &mut Job) -> Result<()> {
        let result = self();
        returned(job, result)
    }
}

impl Job {
    /// The job's input as it was pushed, for jobs that do not take JSON: their
    /// function has no second argument.
    ///
    /// # Errors
    /// The host refused to hand it over; not retried.
    pub fn input_bytes(&self) -> Result<Vec<u8>> {
        abi::with_value(abi::input, <[u8]>::to_vec).map_err(|code| refusal::plain("read the input", code))
    }
}

fn input<I: DeserializeOwned>() -> Result<I> {
    abi::with_value(abi::input, |json| {
        // Pushed without an input is pushed with none.
        decode::json(Subject::Input, if json.is_empty() { b"null" } else { json })
    })
    .map_err(|code| refusal::plain("read the input", code))?
}

fn returned<O: Serialize, E: Into<Box<dyn std::error::Error>>>(
    job: &Job,
    result: Result<O, E>,
) -> Result<()> {
    let output = result.map_err(error::ended)?;
    if let Some(error) = job.failed.take() {
        return Err(error);
    }
    let mut json = Scratch::new();
    serde_json::to_writer(&mut json, &output).map_err(|error| {
        Error::msg(format_args!("the output cannot be written as JSON: {error}")).with_class(Class::Kill)
    })?;
    // No output is `null` already.
    if json.bytes() == b"null" {
        return Ok(());
    }
    match abi::output(json.bytes()) {
        code if code >= 0 => Ok(()),
        code => {
            Err(refusal::sized("output", "output", json.bytes().len(), job.facts().limits.output_bytes, code))
        }
    }
}

/// Named by what `#[job]` expands to, so that the compiler checks the input's type at its place.
///
/// ```compile_fail,E0277
/// # use cofferdam_sdk::prelude::*;
/// struct NotDeserialize;
///
/// #[job(kind = "a")]
/// fn input(_: &mut Job, _: NotDeserialize) -> Result<()> {
///     Ok(())
/// }
/// ```
pub fn input_deserializes<T: DeserializeOwned>() {}

/// As [`input_deserializes`], for the result.
pub fn output_serializes<R: Returned>() {}

/// `Result<U>`, or with another error that converts.
///
/// ```compile_fail,E0277
/// # use cofferdam_sdk::prelude::*;
/// #[job(kind = "a")]
/// fn no_result(_: &mut Job) -> u32 {
///     7
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a job returns `Result<U>`, where `U: Serialize`",
    label = "not a `Result` that a job can return",
    note = "a job without an output returns `Result<()>`; add `#[derive(Serialize)]` to the type of an output"
)]
pub trait Returned {}

impl<O: Serialize, E: Into<Box<dyn std::error::Error>>> Returned for Result<O, E> {}

/// Runs the job and answers the host: 0 when it completed, 1 when it failed.
#[cfg(target_family = "wasm")]
pub fn run<S>(function: impl JobFunction<S>) -> i32 {
    touch_statics();
    crate::panic::report();
    crate::journal::install();
    attempt(&function, &mut Job::new())
}

/// Begins with a write to the page where the statics lie, which every job writes to. Were it
/// read first, the machine would map the module's own page, and at the first write
/// copy it and map anew: one more fault, and all cores told, for every attempt.
#[cfg(target_family = "wasm")]
fn touch_statics() {
    static TOUCHED: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);
    // SAFETY: it is ours, and a job has one thread.
    unsafe { TOUCHED.as_ptr().write_volatile(1) };
}

pub(crate) fn attempt<S>(function: &impl JobFunction<S>, job: &mut Job) -> i32 {
    let Err(error) = function.call(job) else {
        return 0;
    };
    let (class, delay) = match error.class() {
        Class::Retry => (0, None),
        Class::RetryIn(delay) => (1, Some(delay)),
        Class::Discard => (2, None),
        Class::Kill => (3, None),
        Class::Snooze(delay) => (4, Some(delay)),
    };
    let delay_ms = delay.map_or(0, |delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
    abi::fail(class, delay_ms, error.message());
    1
}
