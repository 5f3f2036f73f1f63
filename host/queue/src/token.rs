//! The lease protocol, and the token that proves a lease.
//!
//! A claim gives a worker the right to commit for one attempt of one job: the
//! lease. What proves it is the [`Token`]: the attempt number plus random bits
//! drawn at that claim, because a fail-over or a restored backup may hand out
//! the same number twice. The number is the job's own and only ever grows; it is
//! never taken from the lease, which may be deleted and begin again at one.
//!
//! A commit carries the token and a sequence number. It applies if the job is
//! `running`, its token is equal and the number is the next one. The same token
//! and number again is answered `AlreadyApplied`, also after the attempt's end, so
//! that a lost reply can be asked for again. Anything else changes nothing.
//!
//! Leases are renewed by worker, not by job: one heartbeat holds them all, and
//! when it stops for the lease's length, or the worker is proven dead, they all
//! end in one atomic step.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The proof that a worker holds a job's lease. Equality is what is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Token {
    /// Which start of the job this is; 1 for the first, only ever grows.
    pub attempt: u32,
    /// Drawn at random for this claim.
    pub nonce: u64,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.attempt, self.nonce)
    }
}
