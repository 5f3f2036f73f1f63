//! Inspect: what surfaces read, each question in a snapshot of its own. Cannot write.

pub(super) mod house;
pub(super) mod job;
pub(super) mod jobs;
pub(super) mod place;
