//! The shipped worker on virtual time: hundreds of random runs, and the scenes that chance
//! would take long to set.

mod admission;
mod cancelling;
mod checkpoints;
mod draining;
mod leases;
mod modules;
mod seeds;
