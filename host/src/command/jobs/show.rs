//! `cofferdam jobs show`: show one job with the report of each attempt.

use cofferdam_queue::JobId;
use serde_json::json;

use super::why::Surroundings;
use super::{object, told};
use crate::command::awaited;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job
    #[arg(value_name = "ID")]
    pub id: JobId,
}

/// Shows.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let store = context.existing_store().await?;
    let view = store.job(args.id.clone()).await?.ok_or_else(|| awaited::unknown(&args.id))?;
    let attempts = store.attempts(args.id.clone()).await?;
    let surroundings = Surroundings::look(&*store, context.config.policy).await?;
    let why = surroundings.why(&view);
    let parts = store.parts(args.id).await?;
    let output = context.output;
    if output.is_json() {
        let mut object = object::of(&view, &attempts)?;
        object["not_run"] = json!(why);
        object["parts"] = json!(parts);
        output.object(&object)?;
        return Ok(ExitCode::DONE);
    }
    told::job(output, &view, why.as_deref(), &parts, surroundings.now)?;
    for attempt in &attempts {
        output.line("")?;
        told::attempt(output, attempt, surroundings.now)?;
    }
    Ok(ExitCode::DONE)
}
