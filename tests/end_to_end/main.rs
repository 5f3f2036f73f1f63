//! Deploy, push, work, look: through the real binary, on a real store, in real time.
//!
//! Deliberately absent: the rules of the queue and what a store must do, which have their
//! own suites, and single guests, which are in `corpus`.

mod cancelling;
mod children;
mod compiling;
mod configuring;
mod contention;
mod deploying;
mod disk_full;
mod documents;
mod draining;
mod failing;
mod ladder;
mod processes;
mod pushing;
mod quiet;
mod recovering;
mod redis_away;
mod redis_commands;
mod redis_cut;
mod redis_doctor;
mod redis_outages;
mod redis_paused;
mod redis_pushed_alone;
mod redis_ways;
mod siblings;
mod stores;
mod telling;
mod working;
