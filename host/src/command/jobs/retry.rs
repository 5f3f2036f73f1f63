//! `cofferdam jobs retry`: run dead, cancelled, discarded, scheduled or retryable jobs now.

use cofferdam_queue::{JobId, RetryReply};

use super::each::{Told, tell_each};
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The jobs
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<JobId>,
}

/// Retries.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let replies = context.existing_store().await?.retry(args.ids.clone()).await?;
    let told = args.ids.iter().zip(&replies).map(|(id, reply)| match reply {
        RetryReply::Available => Told { id, done: true, what: "available".to_owned() },
        RetryReply::Not(state) => {
            Told { id, done: false, what: format!("{state}: only ended or waiting jobs are retried") }
        }
        RetryReply::Unknown => Told { id, done: false, what: "unknown".to_owned() },
    });
    tell_each(context, told)
}
