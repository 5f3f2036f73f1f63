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
        // A retried job that dies again meanwhile would come back in the next batch:
        // as many as were dead at the beginning are enough.
        let mut left = chosen::count(&*store).await?;
        while left > 0 {
            let batch = chosen::next_batch(&*store, args.kind.as_ref()).await?;
            if batch.is_empty() {
                break;
            }
            left = left.saturating_sub(batch.len() as u64);
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
