//! Which dead jobs are meant: those named, or all of them, a batch at a time.

use cofferdam_queue::{JobFilter, JobId, Kind, State, Store};

use crate::command::awaited;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The jobs
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub ids: Vec<JobId>,
    /// All dead jobs
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// With --all: only of this kind [default: any]
    #[arg(long, value_name = "KIND", requires = "all")]
    pub kind: Option<Kind>,
}

/// So many are retried or deleted in one transaction of the store.
const BATCH: usize = 1_000;

/// The jobs that were named.
///
/// # Errors
/// Names the first that is not dead: these commands touch nothing else.
pub async fn named(store: &dyn Store, ids: Vec<JobId>) -> Result<Vec<JobId>, Failure> {
    for id in &ids {
        let view = store.job(id.clone()).await?.ok_or_else(|| awaited::unknown(id))?;
        let state = view.summary.state;
        if state != State::Dead {
            return Err(Failure::new(format!("job `{id}` is {state}, not dead; nothing was done"))
                .hint(format!("`cofferdam jobs retry {id}` and `jobs cancel` are for other jobs")));
        }
    }
    Ok(ids)
}

/// The next batch of all dead jobs; empty when there are none left.
pub async fn next_batch(store: &dyn Store, kind: Option<&Kind>) -> Result<Vec<JobId>, Failure> {
    let filter = JobFilter { states: vec![State::Dead], kind: kind.cloned(), queue: None, limit: BATCH };
    Ok(store.jobs(filter).await?.into_iter().map(|job| job.id).collect())
}

/// How many dead jobs there are now, of any kind.
pub async fn count(store: &dyn Store) -> Result<u64, Failure> {
    let counts = store.counts().await?;
    Ok(counts.iter().find(|(state, _)| *state == State::Dead).map_or(0, |(_, count)| *count))
}
