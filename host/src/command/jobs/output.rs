//! `cofferdam jobs output`: print the result of a job, or one part of its work data.

use cofferdam_queue::{JobId, JobView, PartName, Store};

use super::object;
use crate::command::awaited;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job
    #[arg(value_name = "ID")]
    pub id: JobId,
    /// This part of its appended work data [default: its result]
    #[arg(long, value_name = "NAME")]
    pub part: Option<PartName>,
}

/// Prints.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let store = context.existing_store().await?;
    let view = store.job(args.id.clone()).await?.ok_or_else(|| awaited::unknown(&args.id))?;
    if let Some(part) = args.part {
        return print_part(&*store, view, part, context).await;
    }
    let Some(result) = &view.output else {
        let state = view.summary.state;
        let failure = Failure::new(format!("job `{}` has no result: it is {state}", args.id));
        return Err(match state.is_final() {
            true => failure.hint(format!("`cofferdam jobs show {}` tells why", args.id)),
            false => failure.hint(format!("`cofferdam jobs wait {}` waits for it", args.id)),
        });
    };
    let attempts = store.attempts(args.id).await?;
    match context.output.is_json() {
        true => context.output.object(&object::result(&view, &attempts))?,
        false => show(context.output, result, object::is_text(&attempts))?,
    }
    Ok(ExitCode::DONE)
}

/// A result as people and pipes want it: text without its quotes, anything else as it
/// stands, on a line of its own.
pub fn show(output: Output, result: &[u8], is_text: bool) -> Result<(), Failure> {
    if is_text {
        return output.raw(result);
    }
    match serde_json::from_slice::<String>(result) {
        Ok(text) => output.raw(text.as_bytes()),
        Err(_) => {
            output.raw(result)?;
            if result.ends_with(b"\n") { Ok(()) } else { output.raw(b"\n") }
        }
    }
}

/// The chunks as they were appended, with nothing between them.
async fn print_part(
    store: &dyn Store,
    view: JobView,
    part: PartName,
    context: &Context,
) -> Result<ExitCode, Failure> {
    let id = view.summary.id;
    let parts = store.parts(id.clone()).await?;
    if !parts.iter().any(|view| view.part == part) {
        let names: Vec<_> = parts.iter().map(|view| format!("`{}`", view.part)).collect();
        let failure = Failure::new(format!("job `{id}` has no part `{part}`"));
        return Err(match names.is_empty() {
            true => failure.hint("it has appended nothing that is durable yet"),
            false => failure.hint(format!("it has {}", names.join(", "))),
        });
    }
    for chunk in store.part(id, part).await? {
        context.output.raw(&chunk)?;
    }
    Ok(ExitCode::DONE)
}
