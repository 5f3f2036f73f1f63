//! `cofferdam queues resume`: give out the jobs of a queue again.

use cofferdam_queue::QueueName;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The queue
    #[arg(value_name = "NAME")]
    pub queue: QueueName,
}

/// Resumes.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    super::pause::set(args.queue, false, context).await
}
