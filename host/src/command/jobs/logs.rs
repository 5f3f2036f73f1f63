//! `cofferdam jobs logs`: show the log lines of a job.

use std::time::Duration;

use cofferdam_queue::{JobId, LogLine, LogView, Store, StoreError};

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
    let (mut after, mut patience) = (0, awaited::Patience::new());
    loop {
        let seen = look(&*store, &args.id, after).await;
        // Who looks once hears at once that nothing can be seen.
        let Some((is_over, logged)) = (if args.follow { patience.read(seen)? } else { Some(seen?) }) else {
            tokio::time::sleep(LOOK_EVERY).await;
            continue;
        };
        let is_over = is_over.ok_or_else(|| awaited::unknown(&args.id))?;
        let came = !logged.lines.is_empty();
        for line in &logged.lines {
            show(context, line)?;
        }
        after = logged.next;
        if !came && (!args.follow || is_over) {
            return Ok(ExitCode::DONE);
        }
        if !came {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Whether the job has ended, if it is there, and its lines from there on.
async fn look(store: &dyn Store, id: &JobId, after: u64) -> Result<(Option<bool>, LogView), StoreError> {
    // The state first: what was logged before the end is then in the lines.
    let view = store.job(id.clone()).await?;
    let logged = store.logs(id.clone(), after).await?;
    Ok((view.map(|view| view.summary.state.is_final()), logged))
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
