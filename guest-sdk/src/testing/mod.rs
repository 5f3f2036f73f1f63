//! Jobs under plain `cargo test`, with a host that lives in the test.
//!
//! [`TestJob`] sets a job up and runs it, [`TestRun`] is what came of it. The
//! test host follows the real one: effects belong to checkpoints, a checkpoint
//! does not return when the attempt is to stop, and a resume cuts back what the
//! checkpoint does not know of. Absent: caps and fuel. Memory, time and fuel
//! are what the test says they are; `cofferdam run` measures the real ones.
//!
//! ```
//! use cofferdam_sdk::prelude::*;
//! use cofferdam_sdk::testing::{Outcome, TestJob};
//!
//! fn count(job: &mut Job) -> Result<u32> {
//!     let mut counted: u32 = job.resume_or_default()?;
//!     while counted < 10 {
//!         counted += 1;
//!         job.checkpoint(&counted)?;
//!     }
//!     Ok(counted)
//! }
//!
//! let run = TestJob::new(count).interrupt_at(4).run();
//! assert_eq!(run.outcome(), &Outcome::Interrupted);
//! assert_eq!(run.state(), 4);
//! assert_eq!(run.resume().output(), 10);
//! ```

mod effects;
pub(crate) mod host;
mod interruption;
mod run;
mod setup;

pub use effects::{ChildJob, LogLine, Progress};
pub(crate) use host::grant_directory;
pub use run::{Outcome, TestRun};
pub use setup::TestJob;
