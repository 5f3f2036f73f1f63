//! What a job returns when it fails, and what that means for the job.
//!
//! Any standard error becomes an [`Error`] through `?`, and is retried. Where an
//! error type is not ours (`anyhow`, a boxed error, a text), it comes by way of
//! `Box<dyn std::error::Error>`, which all of them convert to.
//! Deliberately absent: downcasting and sources. An error leaves the sandbox
//! as one line of text, so it is one from the start.

use std::fmt::{self, Display};
use std::time::Duration;

/// What a job function returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a job did not complete, and how it ends: its [`Class`].
///
/// Does not implement [`std::error::Error`], so that every error that does
/// converts with `?`. A job may also return other errors as they are: `anyhow::Error`,
/// `Box<dyn Error>`, `String`.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Ended>);

/// Boxed: a `Result` without a value is then one word, and costs a job that
/// completes no memory at all.
#[derive(Clone, PartialEq, Eq)]
struct Ended {
    message: String,
    class: Class,
}

/// How a job ends that returned an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Retried with a growing delay, as often as the manifest's `retries` says. The default.
    Retry,
    /// Retried after this delay instead of the growing one; counts against `retries`.
    RetryIn(Duration),
    /// Given up without ceremony: neither retried nor dead.
    Discard,
    /// Given up: dead at once, for a person to look at.
    Kill,
    /// No failure: run again after this delay, from the last checkpoint.
    Snooze(Duration),
}

impl Error {
    /// An error with this text, retried by default. Takes anything that can be
    /// displayed, so it also fits `.map_err(Error::msg)`.
    pub fn msg(message: impl Display) -> Self {
        // `{:#}`: error types with an alternate form print their whole chain.
        Self::retried(format!("{message:#}"))
    }

    /// Ends the attempt without a failure; the job runs again after `delay`.
    pub fn snooze(delay: Duration) -> Self {
        Self::retried(String::new()).with_class(Class::Snooze(delay))
    }

    fn retried(message: String) -> Self {
        Self(Box::new(Ended { message, class: Class::Retry }))
    }

    /// The text, causes included: `outer: cause: its cause`.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// How the job ends.
    pub fn class(&self) -> Class {
        self.0.class
    }

    pub(crate) fn with_class(mut self, class: Class) -> Self {
        self.0.class = class;
        self
    }

    fn prefixed(mut self, context: impl Display) -> Self {
        self.0.message = format!("{context}: {}", self.0.message);
        self
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.0.message, self.0.class)
    }
}

/// An [`Error`] among the standard errors, so that a box can carry it with its class.
#[derive(Debug)]
struct Carried(Error);

impl Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Carried {}

impl From<Error> for Box<dyn std::error::Error> {
    fn from(error: Error) -> Self {
        Box::new(Carried(error))
    }
}

/// Any error that a job may return.
pub(crate) fn ended(error: impl Into<Box<dyn std::error::Error>>) -> Error {
    match error.into().downcast::<Carried>() {
        Ok(carried) => carried.0,
        Err(other) => Error::flattened(&*other),
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        Self::flattened(&error)
    }
}

impl Error {
    fn flattened(error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Many errors print their cause already; twice helps nobody.
            if !message.ends_with(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            source = cause.source();
        }
        Self::retried(message)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Error {}
    impl<T, E> Sealed for Result<T, E> {}
    impl<T> Sealed for Option<T> {}
}

/// Says how a job ends, on an [`Error`] or on the `Result` that carries one.
pub trait Ending: sealed::Sealed + Sized {
    /// `Self`, with the error converted.
    type Ended;

    #[doc(hidden)]
    fn ended(self, class: Class) -> Self::Ended;

    /// Give up without ceremony: neither retried nor dead.
    fn discard(self) -> Self::Ended {
        self.ended(Class::Discard)
    }

    /// Give up: dead at once, for a person to look at.
    fn kill(self) -> Self::Ended {
        self.ended(Class::Kill)
    }

    /// No failure: run again after `delay`, from the last checkpoint.
    fn snooze(self, delay: Duration) -> Self::Ended {
        self.ended(Class::Snooze(delay))
    }

    /// Retry after `delay` instead of the growing default.
    fn retry_in(self, delay: Duration) -> Self::Ended {
        self.ended(Class::RetryIn(delay))
    }
}

impl Ending for Error {
    type Ended = Error;

    fn ended(self, class: Class) -> Error {
        self.with_class(class)
    }
}

impl<T, E: Into<Box<dyn std::error::Error>>> Ending for Result<T, E> {
    type Ended = Result<T>;

    fn ended(self, class: Class) -> Result<T> {
        self.map_err(|error| ended(error).with_class(class))
    }
}

/// Says what was being done, in front of an error's own text.
pub trait Context<T>: sealed::Sealed {
    /// `context: error`. An `Option` without a value fails with `context` alone.
    fn context(self, context: impl Display) -> Result<T>;

    /// As [`context`](Self::context), for texts that cost something to make.
    fn with_context<C: Display>(self, context: impl FnOnce() -> C) -> Result<T>;
}

impl<T, E: Into<Box<dyn std::error::Error>>> Context<T> for Result<T, E> {
    fn context(self, context: impl Display) -> Result<T> {
        self.map_err(|error| ended(error).prefixed(context))
    }

    fn with_context<C: Display>(self, context: impl FnOnce() -> C) -> Result<T> {
        self.map_err(|error| ended(error).prefixed(context()))
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, context: impl Display) -> Result<T> {
        self.ok_or_else(|| Error::msg(context))
    }

    fn with_context<C: Display>(self, context: impl FnOnce() -> C) -> Result<T> {
        self.ok_or_else(|| Error::msg(context()))
    }
}

/// Returns an [`Error`] with a formatted text: `bail!("no rows in {file}")`.
#[macro_export]
macro_rules! bail {
    ($($text:tt)+) => {
        return ::std::result::Result::Err($crate::Error::msg(::std::format_args!($($text)+)))
    };
}
