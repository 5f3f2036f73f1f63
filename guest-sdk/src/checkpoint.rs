//! Checkpoints: the state from which a later attempt goes on.
//!
//! States are JSON unless the author brings bytes. Coalescing is the host's:
//! nothing here decides when a state becomes durable.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::abi;
use crate::decode::{self, Subject};
use crate::error::{Class, Error, Result};
use crate::job::Job;
use crate::refusal;

impl Job {
    /// The state of the last durable checkpoint, or `None` at the very start.
    ///
    /// # Errors
    /// The state does not read as a `T` (not retried: raise `checkpoint_version`
    /// in the manifest when the type changes), or the job's place is kept by a
    /// [resumable loop](Job::resumable).
    pub fn resume<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        self.own_state()?;
        match abi::with_value(abi::resume, |state| decode::json(Subject::Checkpoint, state)) {
            Err(abi::E_NONE) => Ok(None),
            Err(code) => Err(refusal::plain("read the last checkpoint", code)),
            Ok(state) => state.map(Some),
        }
    }

    /// As [`resume`](Self::resume), and `T::default()` at the very start.
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn resume_or_default<T: DeserializeOwned + Default>(&self) -> Result<T> {
        Ok(self.resume()?.unwrap_or_default())
    }

    /// The bytes of the last durable checkpoint, for states that are not JSON.
    ///
    /// # Errors
    /// As [`resume`](Self::resume), except that any bytes will do.
    pub fn resume_bytes(&self) -> Result<Option<Vec<u8>>> {
        self.own_state()?;
        match abi::with_value(abi::resume, <[u8]>::to_vec) {
            Err(abi::E_NONE) => Ok(None),
            Err(code) => Err(refusal::plain("read the last checkpoint", code)),
            Ok(state) => Ok(Some(state)),
        }
    }

    /// Hands over the state from which a later attempt can go on, with
    /// everything appended, enqueued and reported since the last one.
    ///
    /// Cheap enough for every iteration of a loop: the host keeps the newest
    /// and makes it durable within a second, and with every end of the attempt,
    /// traps included. When the attempt is to stop (a drain, a cancellation),
    /// this call keeps the state and does not return.
    ///
    /// # Errors
    /// The state is over its size limit (not retried), or the job's place is
    /// kept by a [resumable loop](Job::resumable).
    pub fn checkpoint<T: Serialize + ?Sized>(&self, state: &T) -> Result<()> {
        self.own_state()?;
        self.keep(state, abi::CHECKPOINT_COALESCED)
    }

    /// As [`checkpoint`](Self::checkpoint), and returns when it is durable.
    /// Belongs before anything that acts outside and cannot be taken back.
    ///
    /// # Errors
    /// As [`checkpoint`](Self::checkpoint).
    pub fn checkpoint_now<T: Serialize + ?Sized>(&self, state: &T) -> Result<()> {
        self.own_state()?;
        self.keep(state, abi::CHECKPOINT_NOW)
    }

    /// As [`checkpoint`](Self::checkpoint), for states that are not JSON.
    ///
    /// # Errors
    /// As [`checkpoint`](Self::checkpoint).
    pub fn checkpoint_bytes(&self, state: &[u8]) -> Result<()> {
        self.own_state()?;
        self.hand_over(state, abi::CHECKPOINT_COALESCED)
    }

    /// As [`checkpoint_now`](Self::checkpoint_now), for states that are not JSON.
    ///
    /// # Errors
    /// As [`checkpoint`](Self::checkpoint).
    pub fn checkpoint_bytes_now(&self, state: &[u8]) -> Result<()> {
        self.own_state()?;
        self.hand_over(state, abi::CHECKPOINT_NOW)
    }

    fn keep<T: Serialize + ?Sized>(&self, state: &T, mode: i32) -> Result<()> {
        // Taken, not borrowed: a `Serialize` that checkpoints itself finds an empty one.
        let mut scratch = self.scratch.take();
        scratch.clear();
        serde_json::to_writer(&mut scratch, state).map_err(|error| {
            Error::msg(format_args!("the checkpoint cannot be written as JSON: {error}"))
                .with_class(Class::Kill)
        })?;
        let kept = self.hand_over(&scratch, mode);
        self.scratch.replace(scratch);
        kept
    }

    pub(crate) fn hand_over(&self, state: &[u8], mode: i32) -> Result<()> {
        match abi::checkpoint(state, mode) {
            code if code >= 0 => Ok(()),
            code => Err(refusal::sized(
                "checkpoint",
                "checkpoint",
                state.len(),
                self.facts().limits.checkpoint_bytes,
                code,
            )),
        }
    }

    fn own_state(&self) -> Result<()> {
        if self.loops.borrow().is_some() {
            return Err(Error::msg(
                "the job's place is kept by `resumable` or `fold`, and a checkpoint of its own would overwrite it: \
                 carry the state through `job.fold(items, state, ..)`, or write the loop with `resume` and `checkpoint`",
            )
            .with_class(Class::Kill));
        }
        self.has_own_state.set(true);
        Ok(())
    }
}
