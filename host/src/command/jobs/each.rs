//! What became of each of several jobs, one line each, and 1 when any was not done.

use cofferdam_queue::JobId;
use serde::Serialize;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

/// What became of one job.
#[derive(Debug, Serialize)]
pub struct Told<'a> {
    /// The job.
    pub id: &'a JobId,
    /// It was as asked.
    pub done: bool,
    /// The state it is in now, or why nothing was done.
    pub what: String,
}

/// Tells all of them; what was not done goes to stderr.
pub fn tell_each<'a>(
    context: &Context,
    told: impl IntoIterator<Item = Told<'a>>,
) -> Result<ExitCode, Failure> {
    let mut all_done = true;
    for told in told {
        all_done &= told.done;
        match (context.output.is_json(), told.done) {
            (true, _) => context.output.object(&told)?,
            (false, true) => context.output.line(format!("{}: {}", told.id, told.what))?,
            (false, false) => context.output.note(format!("error: {}: {}", told.id, told.what)),
        }
    }
    Ok(if all_done { ExitCode::DONE } else { ExitCode::FAILED })
}
