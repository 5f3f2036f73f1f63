//! What is pushed.

use bytes::Bytes;

use crate::{JobId, Kind, QueueName, Timestamp};

/// A job to be enqueued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Its id. One that the store has already makes this push a repetition: nothing is
    /// enqueued, and the answer says so.
    pub id: JobId,
    /// Its kind; must be deployed, except for children.
    pub kind: Kind,
    /// Its queue; `None`: the one its kind's manifest names.
    pub queue: Option<QueueName>,
    /// Its input, JSON unless the pusher chose otherwise.
    pub input: Bytes,
    /// Not before this time; `None`: now.
    pub due_at: Option<Timestamp>,
}

/// What became of one pushed job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It is durable.
    New(JobId),
    /// A job of this id was there already; nothing was changed.
    Exists(JobId),
}

impl Enqueued {
    /// The job's id.
    pub fn id(&self) -> &JobId {
        match self {
            Enqueued::New(id) | Enqueued::Exists(id) => id,
        }
    }
}

/// The largest values a store takes, in bytes. Over one of them is an error at push,
/// and a typed failure in the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeLimits {
    /// A job's input.
    pub input_bytes: u64,
    /// A job's output.
    pub output_bytes: u64,
    /// One checkpoint's state.
    pub checkpoint_bytes: u64,
    /// One appended chunk.
    pub append_bytes: u64,
    /// All chunks that one attempt appends.
    pub parts_bytes: u64,
    /// A module.
    pub module_bytes: u64,
}

impl Default for SizeLimits {
    /// 1 MiB for each value, 1 GiB for what an attempt appends, 64 MiB for a module.
    fn default() -> SizeLimits {
        SizeLimits {
            input_bytes: 1 << 20,
            output_bytes: 1 << 20,
            checkpoint_bytes: 1 << 20,
            append_bytes: 1 << 20,
            parts_bytes: 1 << 30,
            module_bytes: 64 << 20,
        }
    }
}
