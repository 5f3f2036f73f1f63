//! The shipped worker under a deterministic, single-threaded runtime with virtual time.
//!
//! One seed decides everything: the jobs (scripts of checkpoints, effects, failures, traps),
//! the workers' configuration, when the network delays, fails, loses an answer or brings a
//! call behind later ones, when a machine or everybody is cut off from the store, when a
//! wake-up is lost, when a process is killed (at any moment, or at a step of its worker),
//! stopped for longer than its lease or told to end, when a clock jumps, what is deployed.
//! The same seed is the same run.
//!
//! The checkers stand outside: `ledger` sees every claim and commit pass, `sandbox` gauges
//! what runs and looks at what it is started with, `tenure` knows until when a process may
//! work, `checks` reads the store at the end. `sabotage` shows that they object.

pub mod checks;
pub mod dice;
pub mod faults;
pub mod guest;
pub mod kinds;
pub mod ledger;
pub mod member;
pub mod misfortune;
pub mod process;
pub mod sabotage;
pub mod sandbox;
pub mod script;
pub mod tenure;
pub mod town;
pub mod verdicts;
pub mod weather;

/// Runs a future on virtual time.
pub fn on_virtual_time<T>(run: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(run)
}
