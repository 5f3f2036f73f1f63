//! `cofferdam jobs cancel`: ask for the end of jobs.

use cofferdam_queue::{CancelReply, JobId, State};

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

/// Cancels.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let replies = context.existing_store().await?.cancel(args.ids.clone()).await?;
    let told = args.ids.iter().zip(&replies).map(|(id, reply)| match reply {
        CancelReply::Cancelled => Told { id, done: true, what: "cancelled".to_owned() },
        CancelReply::Requested => {
            Told { id, done: true, what: "running: its worker has been told to end it".to_owned() }
        }
        // It is not going to run, which is what was asked for.
        CancelReply::Ended(State::Cancelled) => Told { id, done: true, what: "cancelled before".to_owned() },
        CancelReply::Ended(state) => Told { id, done: false, what: format!("{state} already") },
        CancelReply::Unknown => Told { id, done: false, what: "no such job in this store".to_owned() },
    });
    tell_each(context, told)
}
