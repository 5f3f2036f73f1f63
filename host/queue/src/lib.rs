//! The words and the rules of Cofferdam: jobs, states, transitions, verdicts,
//! retry arithmetic, the memory ladder, leases, and the [`Store`] trait.
//!
//! Pure on purpose: no I/O, no clock, no runtime, no randomness. Time and random
//! bits are arguments, so that every rule can be tested, simulated, and executed
//! by any store.

mod claim;
mod commit;
mod counters;
mod inspect;
mod job;
mod manifest;
mod module;
mod name;
mod outcome;
mod policy;
mod report;
mod retry;
mod silence;
mod state;
mod store;
mod time;
mod token;
mod units;
mod verdict;
mod worker;

pub use claim::{Checkpoint, Claim, Claimed, Program, QueueOrder, Starved};
pub use commit::{Append, Child, Commit, CommitReply, Effects, End, LogLine, Progress, Saved};
pub use counters::Counters;
pub use inspect::{
    AttemptView, Inspect, JobFilter, JobSummary, JobView, LogView, ModuleView, PartView, QueueView,
    WorkerView,
};
pub use job::{Enqueued, NewJob, SizeLimits};
pub use manifest::{
    DEFAULT_FUEL, DEFAULT_HOST_ALLOWANCE_BYTES, DEFAULT_MEMORY_BYTES, DEFAULT_RETRIES, DEFAULT_TIMEOUT_MS,
    Drain, Grants, Manifest, ManifestDraft, OnMemoryLimit, OutputFormat,
};
pub use module::{Deploy, Deployed, ModuleHash, Modules, Pointer, Pointers, Pruned};
pub use name::{JobId, Kind, NameError, PartName, QueueName, WorkerId};
pub use outcome::{FailureClass, Outcome};
pub use policy::{Policy, PolicyViolation};
pub use report::{
    CheckpointAccount, FUEL_MODEL, FuelAccount, HostAccount, MemoryAccount, Report, message_of,
};
pub use retry::{backoff_ms, host_error_backoff_ms};
pub use silence::{is_silence, spared_until};
pub use state::{Event, IllegalTransition, State, TRANSITIONS, transition};
pub use store::{
    BoxFuture, CancelReply, Drive, EnqueueError, Exchange, Exchanged, Operate, RetryReply, Store, StoreError,
    Tended, Wake,
};
pub use time::{Clock, Timestamp};
pub use token::Token;
pub use units::{
    UnitError, parse_bytes, parse_duration_ms, parse_fuel, show_bytes, show_duration_ms, show_fuel,
};
pub use verdict::{
    CRASHES_MAX, Ending, IDLE_INTERRUPTIONS_MAX, Next, Place, Verdict, given_back, settle, worker_lost,
};
pub use worker::{Heartbeat, Notices, Running, WorkerFacts, WorkerOrder};
