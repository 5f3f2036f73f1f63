//! Everything that reaches the dispatcher from outside, through one channel.

use std::fmt;

use cofferdam_queue::{Notices, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::programs::Table;
use crate::sandbox::Ended;
use crate::snapshot::Snapshot;

/// Counts the attempts that this process started; never reused.
pub(crate) type AttemptNo = u64;

pub(crate) type Inbox = mpsc::UnboundedSender<Message>;

#[expect(
    clippy::large_enum_variant,
    reason = "nearly every message under load is the large one: a box would be one more allocation for each job"
)]
pub(crate) enum Message {
    /// A guest has something to take that was not there, or wants it sooner.
    Changed(AttemptNo),
    /// A guest is gone, and its memory with it.
    Ended(AttemptNo, Ended),
    /// The store answered a heartbeat of the lease with this number.
    Beat {
        lease_no: u64,
        notices: Notices,
    },
    /// The store answered a heartbeat: never again.
    Unusable(StoreError),
    /// This is what can be run now.
    Programs(Table),
    /// Tending made jobs available.
    Tended,
    Order(Order),
}

/// What the process asks of its worker.
pub(crate) enum Order {
    Quiet,
    Unquiet,
    /// Drain within the configured time.
    Stop,
    /// Drain within no time.
    StopNow,
    Show(oneshot::Sender<Snapshot>),
}

/// Where a guest reports. Given to it at its start; cheap to call.
///
/// Dropped without [`Events::ended`] (its task panicked or was aborted) it reports a
/// fault of the host, so that no attempt is ever waited for in vain.
pub struct Events {
    attempt: AttemptNo,
    inbox: Inbox,
    ended: bool,
}

impl Events {
    pub(crate) fn new(attempt: AttemptNo, inbox: Inbox) -> Events {
        Events { attempt, inbox, ended: false }
    }

    /// There is something to take that was not there before, or it became more urgent.
    /// Once for each such change is enough.
    pub fn changed(&self) {
        // A worker that is gone has no use for it.
        let _ = self.inbox.send(Message::Changed(self.attempt));
    }

    /// The attempt is over and its memory is free.
    pub fn ended(mut self, ended: Ended) {
        self.ended = true;
        let _ = self.inbox.send(Message::Ended(self.attempt, ended));
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if !self.ended {
            let ended = Ended::without_guest(
                cofferdam_queue::Outcome::HostError,
                "the attempt was dropped by the host before it ended",
            );
            let _ = self.inbox.send(Message::Ended(self.attempt, ended));
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}
