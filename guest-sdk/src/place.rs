//! The place that resumable loops keep: how it is written, read and guarded.
//!
//! Only [`crate::resumable`] uses this.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::abi;
use crate::decode::{self, Subject};
use crate::error::{Class, Error, Result};
use crate::job::Job;
use crate::refusal;

/// Where every loop of the job stands.
#[derive(Debug)]
pub(crate) struct Loops {
    /// From the last durable checkpoint, in opening order.
    saved: Vec<Place<Box<RawValue>>>,
    /// The loops that are over in this attempt, as JSON with a comma after each.
    closed: Vec<u8>,
    opened: usize,
    /// A loop is being iterated now.
    is_open: bool,
}

/// Where one loop stands: how many items are done, and what `fold` carries.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place<S> {
    pub done: u64,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub state: Option<S>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    loops: Vec<Place<Box<RawValue>>>,
}

impl Loops {
    fn from_checkpoint() -> Result<Self> {
        let saved = match abi::with_value(abi::resume, |state| decode::json::<Saved>(Subject::Place, state)) {
            Ok(saved) => saved?.loops,
            Err(abi::E_NONE) => Vec::new(),
            Err(code) => return Err(refusal::plain("read the last checkpoint", code)),
        };
        Ok(Self { saved, closed: Vec::new(), opened: 0, is_open: false })
    }
}

impl Job {
    pub(crate) fn open_loop(&self) -> Result<Place<Box<RawValue>>> {
        if self.has_own_state.get() {
            return Err(kill(
                "`resumable` and `fold` keep the job's place themselves, and this job has a checkpoint of its own: \
                 carry the state through `fold`, or write the loop with `resume` and `checkpoint`",
            ));
        }
        let mut slot = self.loops.borrow_mut();
        let loops = match &mut *slot {
            Some(loops) => loops,
            empty => empty.insert(Loops::from_checkpoint()?),
        };
        if loops.is_open {
            return Err(kill(
                "a resumable loop inside another one, or after a `fold` that failed: \
                 make one loop of both, or enqueue a child job for each item",
            ));
        }
        loops.is_open = true;
        let number = loops.opened;
        loops.opened += 1;
        Ok(match loops.saved.get_mut(number) {
            Some(place) => Place { done: place.done, state: place.state.take() },
            None => Place { done: 0, state: None },
        })
    }

    pub(crate) fn keep_place<S: Serialize>(&self, done: u64, state: Option<&S>) -> Result<()> {
        let mut scratch = self.scratch.take();
        scratch.clear();
        scratch.extend_from_slice(br#"{"loops":["#);
        if let Some(loops) = &*self.loops.borrow() {
            scratch.extend_from_slice(&loops.closed);
        }
        write(&mut scratch, &Place { done, state })?;
        scratch.extend_from_slice(b"]}");
        let kept = self.hand_over(&scratch, abi::CHECKPOINT_COALESCED);
        self.scratch.replace(scratch);
        kept
    }

    pub(crate) fn close_loop<S: Serialize>(&self, done: u64, state: Option<&S>) -> Result<()> {
        if let Some(loops) = &mut *self.loops.borrow_mut() {
            loops.is_open = false;
            write(&mut loops.closed, &Place { done, state })?;
            loops.closed.push(b',');
        }
        Ok(())
    }

    /// For places that cannot return an error: the job fails with the first of
    /// these, whatever its function returns.
    pub(crate) fn fail_later(&self, error: Error) {
        let mut slot = self.failed.borrow_mut();
        slot.get_or_insert(error);
    }
}

fn write<S: Serialize>(json: &mut Vec<u8>, place: &Place<S>) -> Result<()> {
    serde_json::to_writer(json, place)
        .map_err(|error| kill(&format!("the state of a loop cannot be written as JSON: {error}")))
}

fn kill(message: &str) -> Error {
    Error::msg(message).with_class(Class::Kill)
}
