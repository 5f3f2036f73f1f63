//! Lists of jobs, newest first.

use cofferdam_queue::{JobFilter, JobSummary, State};

use super::super::error::not_understood;
use super::super::reply::{Read, Reply, maybe_bytes, parse, text};
use super::super::store::RedisStore;
use super::house::house;
use super::look;

/// So many jobs are looked at at once: what is pushed may be long.
const LOOKED_AT: usize = 64;

/// The jobs that pass the filter. States that few jobs are in are read from the keys of these
/// states; for the others, jobs are gone through from the newest on.
pub(in super::super) async fn jobs(store: &RedisStore, filter: JobFilter) -> Read<Vec<JobSummary>> {
    let house = house(store).await?;
    let few = !filter.states.is_empty()
        && !filter.states.iter().any(|state| matches!(state, State::Available | State::Completed));
    let mut numbers: Box<dyn Iterator<Item = u64> + Send> = if few {
        Box::new(numbers_in(store, &filter.states).await?.into_iter())
    } else {
        Box::new((1..=newest(store).await?).rev())
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

/// The numbers of the jobs in these states, newest first.
async fn numbers_in(store: &RedisStore, states: &[State]) -> Read<Vec<u64>> {
    let mut numbers = Vec::new();
    for &state in states {
        let cmd = match state {
            State::Running => {
                let mut cmd = redis::cmd("HKEYS");
                cmd.arg(store.link.key("lease"));
                cmd
            }
            State::Scheduled | State::Retryable | State::Waiting => all_of(store, "due", state),
            State::Dead | State::Cancelled | State::Discarded => all_of(store, "over", state),
            State::Available | State::Completed => return Err(not_understood("these are not few")),
        };
        for number in Reply::of(store.link.ask(&cmd).await?)?.texts()? {
            numbers.push(parse(&number)?);
        }
    }
    numbers.sort_unstable_by(|a: &u64, b| b.cmp(a));
    numbers.dedup();
    Ok(numbers)
}

fn all_of(store: &RedisStore, key: &str, state: State) -> redis::Cmd {
    let mut cmd = redis::cmd("ZRANGE");
    cmd.arg(store.link.key(&format!("{key}:{}", state as u8))).arg(0).arg(-1);
    cmd
}
