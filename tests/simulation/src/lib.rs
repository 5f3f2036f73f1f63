//! The shipped worker under a deterministic, single-threaded runtime with virtual time.
//!
//! One seed decides everything: the jobs (scripts of checkpoints, effects, failures, traps),
//! the workers' configuration, when the network delays, fails or loses an answer, when a
//! process is killed, suspended or told to stop, when a clock jumps. The same seed is the
//! same run.
//!
//! The checkers stand outside: `ledger` sees every claim and commit pass, `sandbox`
//! gauges what runs, `checks` reads the store at the end.

pub mod checks;
pub mod dice;
pub mod faults;
pub mod guest;
pub mod kinds;
pub mod ledger;
pub mod member;
pub mod misfortune;
pub mod process;
pub mod sandbox;
pub mod script;
pub mod town;
pub mod verdicts;

/// Runs a future on virtual time.
pub fn on_virtual_time<T>(run: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(run)
}
