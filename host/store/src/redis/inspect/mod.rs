//! Inspect: what surfaces read. Cannot write.

pub(super) mod house;
pub(super) mod job;
pub(super) mod jobs;
pub(super) mod look;
mod numbers;
pub(super) mod standing;
pub(super) mod wrote;
