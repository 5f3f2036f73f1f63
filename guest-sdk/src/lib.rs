//! The SDK for Cofferdam jobs: one attribute makes a function a job.
//!
//! ```
//! use cofferdam_sdk::prelude::*;
//!
//! #[derive(Deserialize)]
//! struct Input {
//!     names: Vec<String>,
//! }
//!
//! #[job(kind = "greet", memory = "4MiB", timeout = "10s", retries = 5)]
//! fn greet(job: &mut Job, input: Input) -> Result<usize> {
//!     for name in job.resumable(&input.names)? {
//!         job.append("greetings", format!("Hello, {name}!\n"))?;
//!     }
//!     Ok(input.names.len())
//! }
//!
//! // Natively, a job is tested like any function, interruptions included.
//! use cofferdam_sdk::testing::TestJob;
//!
//! let input = serde_json::json!({"names": ["Ada", "Grace"]});
//! let run = TestJob::new(greet).input(&input).interrupt_at_every_checkpoint();
//! assert_eq!(run.output(), 2);
//! assert_eq!(run.part("greetings"), b"Hello, Ada!\nHello, Grace!\n");
//! ```
//!
//! The attribute's keys are on [`macro@job`], what a running job can do is on
//! [`Job`], how it can end on [`Ending`], and how it is tested in [`testing`].

mod abi;
#[cfg(all(target_family = "wasm", feature = "allocator"))]
mod allocator;
mod checkpoint;
mod decode;
mod effects;
#[doc(hidden)]
pub mod entry;
mod error;
mod job;
mod journal;
#[cfg(target_family = "wasm")]
mod panic;
mod place;
pub mod prelude;
mod refusal;
mod resumable;
mod scratch;
#[cfg(not(target_family = "wasm"))]
pub mod testing;

pub use cofferdam_sdk_macros::job;
pub use effects::Child;
pub use error::{Class, Context, Ending, Error, Result};
pub use job::Job;
pub use log;
pub use resumable::Resumable;
