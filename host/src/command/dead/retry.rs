//! `cofferdam dead retry`: run dead jobs again, from their last checkpoint.

use cofferdam_queue::RetryReply;
use serde_json::json;

use super::chosen::{self, Args};
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

/// Retries.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let store = context.existing_store().await?;
    let mut retried = 0;
    if !args.all {
        let ids = chosen::named(&*store, args.ids).await?;
        retried = available(&store.retry(ids).await?);
    } else {
        for batch in chosen::all(&*store, args.kind.as_ref()).await? {
            retried += available(&store.retry(batch).await?);
        }
    }
    match context.output.is_json() {
        true => context.output.object(&json!({ "retried": retried }))?,
        false => context.output.line(format!("{retried} dead job(s) made available"))?,
    }
    Ok(ExitCode::DONE)
}

fn available(replies: &[RetryReply]) -> usize {
    replies.iter().filter(|reply| **reply == RetryReply::Available).count()
}
