//! The guest corpus: each test runs the guest of its name through `cofferdam run --json`,
//! and says what its report must say. `tests/tidy` checks that no guest is without one.

mod broken;
mod commands;
mod effects;
mod endless;
mod failing;
mod grants;
mod limits;
mod memory;
mod modules;
mod odd;
mod seen;
mod shapes;
mod trapping;
mod wasi;

pub use seen::{Seen, see, see_with};
