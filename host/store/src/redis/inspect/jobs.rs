//! Lists of jobs, newest first.

use cofferdam_queue::{JobFilter, JobSummary};

use super::super::reply::{Read, maybe_bytes, parse, text};
use super::super::store::RedisStore;
use super::house::house;
use super::look;
use super::numbers::numbers_in;

/// So many jobs are looked at at once: what is pushed may be long.
const LOOKED_AT: usize = 64;

/// The jobs that pass the filter. Those in some states are found by the keys of these states;
/// else all jobs are gone through, from the newest on.
pub(in super::super) async fn jobs(store: &RedisStore, filter: JobFilter) -> Read<Vec<JobSummary>> {
    let house = house(store).await?;
    let mut numbers: Box<dyn Iterator<Item = u64> + Send> = if filter.states.is_empty() {
        Box::new((1..=newest(store).await?).rev())
    } else {
        Box::new(numbers_in(store, &filter.states, filter.limit).await?.into_iter())
    };
    let mut found = Vec::new();
    while found.len() < filter.limit {
        let some: Vec<u64> = numbers.by_ref().take(LOOKED_AT).collect();
        if some.is_empty() {
            break;
        }
        for job in look::numbered(store, &some).await? {
            let passes = (filter.states.is_empty() || filter.states.contains(&job.state()))
                && filter.kind.as_ref().is_none_or(|kind| *kind == job.kind)
                && filter.queue.as_ref().is_none_or(|queue| *queue == job.queue);
            if passes && found.len() < filter.limit {
                found.push(job.summary(&house));
            }
        }
    }
    Ok(found)
}

/// The last number that was given to a job or to a place in line.
async fn newest(store: &RedisStore) -> Read<u64> {
    let mut cmd = redis::cmd("HGET");
    cmd.arg(store.link.key("head")).arg("next");
    match maybe_bytes(store.link.ask(&cmd).await?)? {
        Some(number) => parse(&text(number)?),
        None => Ok(0),
    }
}
