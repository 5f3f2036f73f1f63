//! `cofferdam jobs logs`: show the log lines of a job.

use std::time::Duration;

use cofferdam_queue::{JobId, LogLine};

use super::object;
use crate::command::awaited;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::when;

/// Between two looks at a job that is followed.
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job
    #[arg(value_name = "ID")]
    pub id: JobId,
    /// Go on until the job ends
    #[arg(long, short)]
    pub follow: bool,
}

/// Shows the lines.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let store = context.existing_store().await?;
    let mut after = 0;
    loop {
        // The state first: what was logged before the end is then in the lines.
        let view = store.job(args.id.clone()).await?.ok_or_else(|| awaited::unknown(&args.id))?;
        let logged = store.logs(args.id.clone(), after).await?;
        let came = !logged.lines.is_empty();
        for line in &logged.lines {
            show(context, line)?;
        }
        after = logged.next;
        if !came && (!args.follow || view.summary.state.is_final()) {
            return Ok(ExitCode::DONE);
        }
        if !came {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn show(context: &Context, line: &LogLine) -> Result<(), Failure> {
    if context.output.is_json() {
        let mut object = object::keys(line)?;
        object::times(&mut object, &["at"]);
        return context.output.object(&object);
    }
    let LogLine { at, attempt, level, text } = line;
    context.output.line(format!("{}  {attempt}  {level:<6}  {text}", when::rfc3339(*at)))
}
