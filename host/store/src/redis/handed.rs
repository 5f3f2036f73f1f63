//! Jobs that were handed over: whoever pushed them served the claim that this handle's worker had left.
//!
//! They come as a message, and are the worker's from the moment that it was sent. Messages can get lost:
//! the store counts them, an exchange says how many came, and the answer says how many there were.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cofferdam_queue::{Claim, Claimed, Exchanged, Timestamp, WorkerId};
use redis::Value;
use tokio::sync::Notify;

use super::claim::{self, read_token};
use super::lanes::Lane;
use super::reply::{Read, Reply, parse};
use super::there::There;

/// A message that was sent before an answer, on another connection, comes within this time; one that comes
/// later was asked for again, and is not heard.
const COMES_WITHIN: Duration = Duration::from_millis(300);

#[derive(Default)]
pub(super) struct Handed {
    state: Mutex<State>,
    came: Notify,
}

#[derive(Default)]
struct State {
    worker: Option<WorkerId>,
    /// Of the messages to this worker.
    count: u64,
    /// Of those, what nobody took yet.
    jobs: Vec<Claimed>,
    next_due_at: Option<Timestamp>,
    /// Others may have become available since the worker last asked the server.
    may_be_more: bool,
}

impl Handed {
    /// From now on jobs may come for this worker.
    pub(super) fn signs_on(&self, worker: &WorkerId) {
        *self.state() = State { worker: Some(worker.clone()), may_be_more: true, ..State::default() };
    }

    /// A message came. `true`: with a job that was not known.
    pub(super) fn hear(&self, message: Value, there: &There) -> Read<bool> {
        let mut message = Reply::of(message)?;
        let (count, at_ms) = (message.number()?, message.number()?);
        let (worker, token) = (message.text()?, read_token(&format!("1-{}", message.text()?))?);
        let (lane, module) = (Lane::parse(&message.text()?)?, parse(&message.text()?)?);
        let (lease, n) = (Arc::from(message.text()?), message.number()?);
        let job = claim::read(&message.bytes()?, token, module, lane.step)?;
        let mut state = self.state();
        // One that was given up for lost, or before which one was lost: the worker asks for what it holds.
        if state.worker.as_ref().is_none_or(|it| it.as_str() != worker) || count != state.count + 1 {
            return Ok(false);
        }
        state.count = count;
        there.began([(n, &job.id)].into_iter(), &lease, token.nonce, at_ms);
        state.jobs.push(job);
        drop(state);
        self.came.notify_waiters();
        Ok(true)
    }

    /// What came, if that answers a claim: as if it had been asked for just now, because the rest of
    /// the claim that stayed still stands.
    pub(super) fn answer(&self) -> Option<Exchanged> {
        let mut state = self.state();
        if state.jobs.is_empty() || state.may_be_more {
            return None;
        }
        let claimed = std::mem::take(&mut state.jobs);
        Some(Exchanged { claimed, next_due_at: state.next_due_at, ..Exchanged::default() })
    }

    /// The server is asked now: how many messages came since the worker signed on, and what of them is taken off
    /// the claim. It stays here until there is an answer to bring it.
    pub(super) fn tell(&self, claim: &mut Claim) -> u64 {
        let mut state = self.state();
        state.may_be_more = false;
        claim.take_off(&state.jobs);
        state.count
    }

    /// What came.
    pub(super) fn take(&self) -> Vec<Claimed> {
        std::mem::take(&mut self.state().jobs)
    }

    /// Jobs became available that nobody was handed.
    pub(super) fn there_may_be_more(&self) {
        self.state().may_be_more = true;
    }

    /// Whether not all messages came, of so many, or one was not taken. The next claim is told so, too.
    pub(super) fn misses(&self, count: u64) -> bool {
        let mut state = self.state();
        state.may_be_more |= state.count != count;
        state.count != count || !state.jobs.is_empty()
    }

    /// Waits for a message that was sent. `false`: it did not come.
    pub(super) async fn until(&self, count: u64) -> bool {
        let came = async {
            loop {
                let mut next = std::pin::pin!(self.came.notified());
                next.as_mut().enable();
                if self.state().count >= count {
                    return;
                }
                next.await;
            }
        };
        tokio::time::timeout(COMES_WITHIN, came).await.is_ok()
    }

    /// All that was sent until now the worker hears of in another way.
    pub(super) fn forget(&self, count: u64) {
        let mut state = self.state();
        state.jobs.clear();
        state.count = count;
    }

    /// Somebody was told so.
    pub(super) fn is_due_next(&self, at: Option<Timestamp>) {
        self.state().next_due_at = at;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
