//! `cofferdam jobs retry`: run dead, cancelled, discarded, scheduled or retryable jobs now.

use cofferdam_queue::{JobId, RetryReply, State};

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

fn why_not(state: State) -> String {
    match state {
        State::Completed => {
            "completed: its result stands; to do it again push it under another id".to_owned()
        }
        State::Running => "running: it can be retried when it has ended".to_owned(),
        state => format!("{state}: it is run as soon as it can be"),
    }
}

/// Retries.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let replies = context.existing_store().await?.retry(args.ids.clone()).await?;
    let told = args.ids.iter().zip(&replies).map(|(id, reply)| match reply {
        RetryReply::Available => Told { id, done: true, what: "available".to_owned() },
        RetryReply::Not(state) => Told { id, done: false, what: why_not(*state) },
        RetryReply::Unknown => Told { id, done: false, what: "no such job in this store".to_owned() },
    });
    tell_each(context, told)
}
