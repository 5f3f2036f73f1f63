//! `rusty-sidekiq` under the load of `cofferdam bench`: drains so many jobs that do nothing and
//! were pushed before, then pushes to the idle worker one at a time. Prints one JSON object.
//!
//! `REDIS_URL=redis://… rusty-sidekiq-bench [JOBS]`. The server is emptied first. Nothing is in its
//! way: no log is written, no middleware of ours runs, and the number of its workers is the best
//! of those that are tried.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::json;
use sidekiq::{
    Processor, ProcessorConfig, RedisConnectionManager, RedisPool, Result, Worker, redis_rs as redis,
};

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Workers at once that are tried: from two for each of two cores to where it is slower again.
const WORKERS: [usize; 5] = [4, 16, 64, 128, 256];
/// So many jobs are pushed in one command.
const PUSH_BATCH: u64 = 1_000;
/// So many jobs are pushed one at a time.
const SINGLE_PUSHES: u64 = 2_000;
/// So many times is the pickup measured.
const PICKUPS: usize = 200;

static DONE: AtomicU64 = AtomicU64::new(0);
static LAST_START: Mutex<Option<Instant>> = Mutex::new(None);

#[derive(Clone)]
struct Noop;

#[async_trait]
impl Worker<()> for Noop {
    async fn perform(&self, _args: ()) -> Result<()> {
        *LAST_START.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        DONE.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }
}

#[tokio::main]
async fn main() -> std::result::Result<(), Failed> {
    let url = std::env::var("REDIS_URL").map_err(|_| "REDIS_URL names no server")?;
    let jobs: u64 = std::env::args().nth(1).map_or(Ok(50_000), |count| count.parse())?;

    let pool = RedisPool::builder().max_size(8).build(RedisConnectionManager::new(url.as_str())?).await?;
    let single_per_s = single_pushes(&url, &pool).await?;
    let (mut tried, mut push_per_s) = (Vec::new(), 0.0_f64);
    for workers in WORKERS {
        let pushed = push(&url, jobs).await?;
        push_per_s = push_per_s.max(per_second(jobs, pushed));
        let running = Running::start(&url, workers).await?;
        let drained = running.until_done(jobs).await;
        running.stop().await;
        tried.push((workers, per_second(jobs, drained)));
    }
    let (workers, jobs_per_s) =
        tried.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)).ok_or("nothing was tried")?;

    empty(&url).await?;
    let running = Running::start(&url, workers.min(16)).await?;
    let (mut pickups, mut starts) = (Vec::new(), Vec::new());
    for _ in 0..PICKUPS {
        DONE.store(0, Ordering::Release);
        let begun = Instant::now();
        Noop::perform_async(&pool, ()).await?;
        let acknowledged = Instant::now();
        running.until_done(1).await;
        let started = LAST_START.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(acknowledged);
        pickups.push(started.saturating_duration_since(acknowledged));
        starts.push(started.saturating_duration_since(begun));
        // As `cofferdam bench`: idle means that nothing of the last job is left to do.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.stop().await;

    let tried: Vec<_> =
        tried.iter().map(|(workers, per_s)| json!({"workers": workers, "jobs_per_s": per_s})).collect();
    println!(
        "{}",
        json!({
            "jobs": jobs,
            "jobs_per_s": jobs_per_s,
            "workers": workers,
            "push_per_s": push_per_s,
            "push_single_per_s": single_per_s,
            "pickup_p50_ms": quantile_ms(&mut pickups, 0.5),
            "pickup_p99_ms": quantile_ms(&mut pickups, 0.99),
            "start_p50_ms": quantile_ms(&mut starts, 0.5),
            "start_p99_ms": quantile_ms(&mut starts, 0.99),
            "tried": tried,
        })
    );
    Ok(())
}

async fn connection(url: &str) -> std::result::Result<redis::aio::MultiplexedConnection, Failed> {
    Ok(redis::Client::open(url)?.get_multiplexed_async_connection().await?)
}

async fn empty(url: &str) -> std::result::Result<(), Failed> {
    Ok(redis::cmd("FLUSHALL").query_async(&mut connection(url).await?).await?)
}

/// It has no push of many jobs at once: what it writes for one, many to a command.
async fn push(url: &str, jobs: u64) -> std::result::Result<Duration, Failed> {
    empty(url).await?;
    let mut redis = connection(url).await?;
    let begun = Instant::now();
    let mut left = jobs;
    while left > 0 {
        let batch = left.min(PUSH_BATCH);
        let mut command = redis::cmd("LPUSH");
        command.arg("queue:default");
        for _ in 0..batch {
            command.arg(serde_json::to_string(&sidekiq::opts().create_job("Noop".into(), ())?)?);
        }
        let _length: u64 = command.query_async(&mut redis).await?;
        left -= batch;
    }
    Ok(begun.elapsed())
}

async fn single_pushes(url: &str, pool: &RedisPool) -> std::result::Result<f64, Failed> {
    empty(url).await?;
    let begun = Instant::now();
    for _ in 0..SINGLE_PUSHES {
        Noop::perform_async(pool, ()).await?;
    }
    Ok(per_second(SINGLE_PUSHES, begun.elapsed()))
}

/// A worker process's worth of it.
struct Running {
    begun: Instant,
    stop: tokio_util::sync::CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start(url: &str, workers: usize) -> std::result::Result<Running, Failed> {
        // Each of its workers waits with a connection, and needs one to say what it does.
        let size = 2 * workers as u32 + 8;
        let pool = RedisPool::builder()
            .max_size(size)
            .min_idle(Some(size))
            .build(RedisConnectionManager::new(url)?)
            .await?;
        DONE.store(0, Ordering::Release);
        let config = ProcessorConfig::default().num_workers(workers);
        let mut processor = Processor::new(pool, vec!["default".to_owned()]).with_config(config);
        processor.register(Noop);
        let stop = processor.get_cancellation_token();
        let begun = Instant::now();
        Ok(Running { begun, stop, task: tokio::spawn(processor.run()) })
    }

    /// How long it took from its start.
    async fn until_done(&self, count: u64) -> Duration {
        while DONE.load(Ordering::Acquire) < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.begun.elapsed()
    }

    async fn stop(self) {
        self.stop.cancel();
        let _ended = self.task.await;
    }
}

fn per_second(count: u64, took: Duration) -> f64 {
    (count as f64 / took.as_secs_f64().max(1e-9)).round()
}

fn quantile_ms(durations: &mut [Duration], share: f64) -> f64 {
    durations.sort_unstable();
    let place = ((durations.len() as f64 * share).ceil() as usize).clamp(1, durations.len().max(1)) - 1;
    durations.get(place).map_or(0.0, |duration| duration.as_secs_f64() * 1_000.0)
}
