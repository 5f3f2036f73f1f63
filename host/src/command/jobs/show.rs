//! `cofferdam jobs show`: show one job with the report of each attempt.

use cofferdam_queue::JobId;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job
    #[arg(value_name = "ID")]
    pub id: JobId,
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = (args, context.store().await?);
    Err(Failure::new("not in this build"))
}
