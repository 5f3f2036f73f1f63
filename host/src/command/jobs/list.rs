//! `cofferdam jobs list`: list jobs, newest first.

use cofferdam_queue::{Kind, QueueName, State};

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only in this state; may be repeated [default: any]
    #[arg(long, value_name = "STATE")]
    pub state: Vec<State>,
    /// Only of this kind [default: any]
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Only of this queue [default: any]
    #[arg(long, short, value_name = "NAME")]
    pub queue: Option<QueueName>,
    /// At most this many, a number [default: 100]
    #[arg(long, value_name = "N", default_value_t = 100, hide_default_value = true)]
    pub limit: usize,
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = (args, context.store().await?);
    Err(Failure::new("not in this build"))
}
