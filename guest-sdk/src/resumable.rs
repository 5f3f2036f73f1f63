//! Loops that can be interrupted: one line instead of a state of one's own.
//!
//! The SDK keeps the job's place as a list with one entry for each loop, in the
//! order in which the job opens them: `{"loops":[{"done":7},{"done":2,"state":…}]}`.
//! An attempt that resumes opens the same loops again; each skips what is done.
//! Deliberately absent: loops inside loops. Which inner loop an entry belongs to
//! would depend on how far the outer one came.

use std::iter::Fuse;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decode::{self, Subject};
use crate::error::Result;
use crate::job::Job;

impl Job {
    /// Iterates over `items` so that the job can stop after any of them and go
    /// on with the next: skips what earlier attempts have done, and checkpoints
    /// after each item. `items` must come in the same order in every attempt.
    ///
    /// What the body appends and enqueues belongs to the item's checkpoint. A
    /// job may have several such loops one after another, but not one inside
    /// another, and no [`checkpoint`](Job::checkpoint) of its own.
    ///
    /// ```
    /// # use cofferdam_sdk::prelude::*;
    /// fn thumbnails(job: &mut Job, pages: Vec<String>) -> Result<()> {
    ///     for page in job.resumable(pages)? {
    ///         job.append("drawn", page.to_uppercase())?;
    ///     }
    ///     Ok(())
    /// }
    /// # let run = cofferdam_sdk::testing::TestJob::new(thumbnails).input(&["a", "b"]).run();
    /// # assert_eq!(run.part("drawn"), b"AB");
    /// ```
    ///
    /// # Errors
    /// The last checkpoint is not one of such a loop, or the loop is inside
    /// another one (neither is retried).
    pub fn resumable<I: IntoIterator>(&self, items: I) -> Result<Resumable<'_, I::IntoIter>> {
        let done = self.open_loop()?.done;
        Ok(Resumable { job: self, items: skip(items, done), done, kept: done, every: 1, in_hand: false })
    }

    /// As [`resumable`](Self::resumable), with a state that the loop carries and
    /// every checkpoint keeps. Returns the state after the last item.
    ///
    /// ```
    /// # use cofferdam_sdk::prelude::*;
    /// fn total(job: &mut Job, amounts: Vec<u64>) -> Result<u64> {
    ///     job.fold(amounts, 0, |sum, amount| {
    ///         *sum += amount;
    ///         Ok(())
    ///     })
    /// }
    /// # let run = cofferdam_sdk::testing::TestJob::new(total).input(&[1, 2, 3]).run();
    /// # assert_eq!(run.output(), 6);
    /// ```
    ///
    /// # Errors
    /// As [`resumable`](Self::resumable), when the state does not read as an `S`
    /// or is over the checkpoint's size limit, and whatever `each` returns.
    pub fn fold<I: IntoIterator, S: Serialize + DeserializeOwned>(
        &self,
        items: I,
        initial: S,
        each: impl FnMut(&mut S, I::Item) -> Result<()>,
    ) -> Result<S> {
        self.fold_every(1, items, initial, each)
    }

    /// As [`fold`](Self::fold), with a checkpoint after every `every` items, for
    /// states that are large for so frequent a checkpoint. A stop that is asked
    /// for is still answered after the item at hand.
    ///
    /// # Errors
    /// As [`fold`](Self::fold).
    pub fn fold_every<I: IntoIterator, S: Serialize + DeserializeOwned>(
        &self,
        every: u64,
        items: I,
        initial: S,
        mut each: impl FnMut(&mut S, I::Item) -> Result<()>,
    ) -> Result<S> {
        let place = self.open_loop()?;
        let mut state = match &place.state {
            Some(json) => decode::json(Subject::Checkpoint, json.get().as_bytes())?,
            None => initial,
        };
        let (mut done, mut kept) = (place.done, place.done);
        for item in skip(items, place.done) {
            each(&mut state, item)?;
            done += 1;
            if self.is_due(done - kept, every) {
                self.keep_place(done, Some(&state))?;
                kept = done;
            }
        }
        if kept < done {
            self.keep_place(done, Some(&state))?;
        }
        self.close_loop(done, Some(&state))?;
        Ok(state)
    }

    fn is_due(&self, since_kept: u64, every: u64) -> bool {
        since_kept >= every || self.stop_requested()
    }
}

fn skip<I: IntoIterator>(items: I, done: u64) -> Fuse<I::IntoIter> {
    let mut items = items.into_iter().fuse();
    // One `nth`, which iterators over slices and ranges answer without a loop.
    if let Some(last_done) = usize::try_from(done).unwrap_or(usize::MAX).checked_sub(1) {
        items.nth(last_done);
    }
    items
}

/// The iterator behind [`Job::resumable`].
#[derive(Debug)]
pub struct Resumable<'a, I> {
    job: &'a Job,
    items: Fuse<I>,
    done: u64,
    /// The value of `done` in the newest checkpoint.
    kept: u64,
    every: u64,
    /// The body is working on an item.
    in_hand: bool,
}

impl<I> Resumable<'_, I> {
    /// Checkpoints after every `every` items instead of each. A stop that is
    /// asked for is still answered after the item at hand.
    #[must_use]
    pub fn every(mut self, every: u64) -> Self {
        self.every = every;
        self
    }

    /// How many items are done, those of earlier attempts included.
    pub fn done(&self) -> u64 {
        self.done
    }
}

impl<I: Iterator> Iterator for Resumable<'_, I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        if std::mem::take(&mut self.in_hand) {
            self.done += 1;
            if self.job.is_due(self.done - self.kept, self.every) {
                self.keep()?;
            }
        }
        let next = self.items.next();
        if next.is_none() && self.kept < self.done {
            self.keep()?;
        }
        self.in_hand = next.is_some();
        next
    }
}

impl<I> Resumable<'_, I> {
    /// `None` ends the loop: the refusal is the job's failure, whatever the
    /// rest of the function returns.
    fn keep(&mut self) -> Option<()> {
        match self.job.keep_place::<()>(self.done, None) {
            Ok(()) => self.kept = self.done,
            Err(error) => {
                self.job.fail_later(error);
                return None;
            }
        }
        Some(())
    }
}

impl<I> Drop for Resumable<'_, I> {
    // Also after a `break`: a resumed attempt comes to the same item and breaks again.
    fn drop(&mut self) {
        if let Err(error) = self.job.close_loop::<()>(self.done, None) {
            self.job.fail_later(error);
        }
    }
}
