//! Containment: each hostile guest of the corpus in a worker beside twenty honest jobs under a
//! budget. It ends as it must; the others complete, right and in time; and the worker has
//! afterwards what it had before.
//!
//! Deliberately absent: what a guest's report says in detail. That is `tests/corpus`.

mod complete;
mod effects;
mod endless;
mod files;
mod footprint;
mod hostile;
mod memory;
mod odd;
mod shapes;
mod traps;
mod yard;

pub use hostile::Hostile;
pub use yard::Yard;
