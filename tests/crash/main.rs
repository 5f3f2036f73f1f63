//! The death of the real binary, at each step that it names and at random ones, always
//! with attempts running; every job is accounted for from a ledger outside the store.

mod accounting;
mod random;
mod steps;

pub use accounting::Account;
