//! The shipped worker on virtual time: thousands of random runs, and the scenes that chance
//! would take long to set.

mod admission;
mod cancelling;
mod checkpoints;
mod clocks;
mod draining;
mod leases;
mod modules;
mod outage;
mod sabotage;
mod seeds;
mod takeover;
