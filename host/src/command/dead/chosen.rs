//! Which dead jobs are meant: those named, or all that are dead now.

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

/// All that are dead now, in batches. Listed before the first is touched: one that is retried
/// and dies again meanwhile would come first in the next look, instead of one that was not.
pub async fn all(store: &dyn Store, kind: Option<&Kind>) -> Result<Vec<Vec<JobId>>, Failure> {
    let filter = JobFilter { states: vec![State::Dead], kind: kind.cloned(), queue: None, limit: usize::MAX };
    let ids: Vec<JobId> = store.jobs(filter).await?.into_iter().map(|job| job.id).collect();
    Ok(ids.chunks(BATCH).map(<[JobId]>::to_vec).collect())
}
