//! `cofferdam dead list`: list dead jobs with their reasons, newest first.

use cofferdam_queue::{JobFilter, Kind, State};

use super::dead_alert;
use crate::command::jobs;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only of this kind [default: any]
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// At most this many, a number [default: 100]
    #[arg(long, value_name = "N", default_value_t = 100, hide_default_value = true)]
    pub limit: usize,
}

/// Lists.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let filter = JobFilter { states: vec![State::Dead], kind: args.kind, queue: None, limit: args.limit };
    let store = context.existing_store().await?;
    jobs::show_list(context, &store.jobs(filter).await?)?;
    let counts = store.counts().await?;
    let dead = counts.into_iter().find(|(state, _)| *state == State::Dead).map_or(0, |(_, count)| count);
    if let Some(alert) = dead_alert(dead, context.config.retention) {
        context.output.note(format!("dead jobs: {alert}"));
    }
    Ok(ExitCode::DONE)
}
