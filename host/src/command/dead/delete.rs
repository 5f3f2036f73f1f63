//! `cofferdam dead delete`: forget dead jobs, with all that belongs to them.

use serde_json::json;

use super::chosen::{self, Args};
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

/// Deletes.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let store = context.existing_store().await?;
    let mut deleted = 0;
    if !args.all {
        let ids = chosen::named(&*store, args.ids).await?;
        deleted = store.delete(ids).await?.len();
    } else {
        for batch in chosen::all(&*store, args.kind.as_ref()).await? {
            deleted += store.delete(batch).await?.len();
        }
    }
    match context.output.is_json() {
        true => context.output.object(&json!({ "deleted": deleted }))?,
        false => context.output.line(format!("{deleted} dead job(s) deleted"))?,
    }
    Ok(ExitCode::DONE)
}
