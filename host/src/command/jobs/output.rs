//! `cofferdam jobs output`: print the result of a job, or one part of its work data.

use cofferdam_queue::{JobId, PartName};

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job
    #[arg(value_name = "ID")]
    pub id: JobId,
    /// This part of its appended work data instead of its result
    #[arg(long, value_name = "NAME")]
    pub part: Option<PartName>,
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = (args, context.store().await?);
    Err(Failure::new("not in this build"))
}
