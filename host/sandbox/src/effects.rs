//! What a guest recorded for its next commit: the ledger of checkpoints and
//! effects. Nothing is performed here; a snapshot is handed out, and whoever
//! takes it makes it durable.

use bytes::Bytes;

/// A child job to enqueue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// The effect number; counts on over all attempts of a job.
    pub no: u64,
    /// What [`Request::child_id`](crate::Request) said for it; the guest knows it.
    pub id: String,
    /// JSON, an object with a `kind`; otherwise as the guest wrote it.
    pub spec: Bytes,
}

/// A chunk for a named part of the job's work data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    pub part: String,
    pub bytes: Bytes,
}

/// In the order in which the guest recorded them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    pub children: Vec<Child>,
    pub appends: Vec<Append>,
}

impl Effects {
    pub fn is_empty(&self) -> bool {
        self.children.is_empty() && self.appends.is_empty()
    }
}

/// How soon a snapshot wants to be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// A checkpoint like any other: with the next regular flush, a second away.
    Later,
    /// The first checkpoint of the attempt, or one with children: in 100 ms.
    Soon,
    /// The guest waits for it.
    Now,
}

/// The newest state together with everything recorded up to it: durable
/// together, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// `None`: no new state since the last snapshot (only at the end of an
    /// attempt that completed, when effects follow the last checkpoint).
    pub state: Option<Bytes>,
    /// Which checkpoint of the attempt this is; the first is 1, 0 is none.
    pub checkpoint_no: u64,
    /// The number of the first child to come; belongs to the state.
    pub next_effect: u64,
    pub effects: Effects,
    pub urgency: Urgency,
}

/// How far the guest says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    /// 0: not known.
    pub total: u64,
    pub message: String,
}
