//! `cofferdam jobs wait`: wait for the end of a job, and exit with its code.

use cofferdam_queue::{JobId, Outcome, State, Store, parse_duration_ms};

use super::object;
use crate::command::awaited;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::when;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job
    #[arg(value_name = "ID")]
    pub id: JobId,
    /// Give up after this long, as 30s or 10m, with 124 [default: never]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms)]
    pub timeout: Option<u64>,
}

/// Waits.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let store = context.existing_store().await?;
    wait_and_show(context, &*store, &args.id, args.timeout).await
}

/// Waits for the job's end and shows its result as `run` would have: the output on
/// stdout, anything else on stderr, and the code of its last attempt.
pub async fn wait_and_show(
    context: &Context,
    store: &dyn Store,
    id: &JobId,
    timeout_ms: Option<u64>,
) -> Result<ExitCode, Failure> {
    let output = context.output;
    let Some(awaited) = awaited::end_of(store, id, timeout_ms, context.config.policy, output).await? else {
        let waited = when::duration(timeout_ms.unwrap_or_default());
        output.note(format!("job `{id}` has not ended after {waited}; it goes on"));
        return Ok(ExitCode::of(Outcome::TimeLimit));
    };
    let (view, attempts) = (&awaited.view, &awaited.attempts);
    if output.is_json() {
        output.object(&object::of(view, attempts)?)?;
        return Ok(awaited.exit_code());
    }
    if let Some(result) = &view.output {
        super::output::show(output, result, object::is_text(attempts))?;
    }
    if view.summary.state != State::Completed {
        let reason = view.summary.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        output.note(format!("job `{id}` is {}{reason}", view.summary.state));
        output.note(format!("`cofferdam jobs show {id}` tells how each of its attempts ended"));
    }
    Ok(awaited.exit_code())
}
