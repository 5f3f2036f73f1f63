//! `cofferdam bench`: push, pickup and throughput of a store and a worker, measured.
//!
//! The worker is the one that `work` runs, in this process, on a queue of its own.

mod chaos;
mod figures;
mod noop;
mod processes;
mod soak;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cofferdam_queue::{Deploy, JobId, Kind, ManifestDraft, NewJob, QueueName, QueueOrder, Store};
use cofferdam_store::sqlite::Synchronous;
use cofferdam_worker::{Ports, Worker};
use rustix::time::{ClockId, clock_gettime};

use self::figures::{Circumstances, Figures, quantile_ms};
use self::watch::{Timed, Watch};
use super::work::{self, Bed, Settings};
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::module_file::{self, ModuleFile};
use crate::open_store::StoreUrl;
use crate::when;

/// How many jobs are pushed unless the operator says otherwise.
const JOBS: u64 = 10_000;
/// So many jobs are pushed in one transaction.
const PUSH_BATCH: usize = 1_000;
/// So many times is the pickup measured.
const PICKUPS: u64 = 200;
/// A worker of whom nothing is heard for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam bench --jobs 50000 --store sqlite:bench.db
  cofferdam bench --jobs 1000 --store sqlite:bench.db --json
  cofferdam bench --chaos --lease 2s --store sqlite:bench.db
  cofferdam bench --chaos --redis-server redis-server
  cofferdam bench --soak --for 8h --store sqlite:bench.db
  cofferdam bench --siblings --store sqlite:bench.db
  cofferdam bench --processes 2 --store redis://127.0.0.1/7

Pushes the jobs, runs them, then pushes 200 more one at a time to the idle worker: pickup
is from the acknowledgement of a push to the start of its attempt, and 0 where the worker was
quicker; start is from the beginning of the push. Use a store of its own: its jobs, on the
queue `bench`, are left in it for as long as its retention says.

With --chaos it starts workers on the store and kills one of them each second, has one hang for
longer than its lease, and with --redis-server kills a server of its own, too. Then it accounts for
every job, child, part and result from a ledger that no store knows of, and exits with 1 when
anything is lost, there twice, or wrong.

With --soak two jobs of five are hostile: they hoard memory and tables, recurse, spin, log, trap and
point outside. Each part of 100,000 jobs tells memory, descriptors, threads and how long honest
attempts took; it exits with 1 when an attempt ends as it must not, or the worker grows.")]
pub struct Args {
    /// How many jobs to push and run, a number [default: 10000; with `--chaos` 1000, with `--soak` 1000000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub jobs: Option<u64>,
    /// The most attempts at once, a number [default: as `work`; with `--chaos` 16 for each worker]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: Option<u32>,
    /// Run this module with the input `null` [default: the built-in one, which does nothing]
    #[arg(long, value_name = "JOB.wasm", conflicts_with = "chaos")]
    pub module: Option<PathBuf>,
    #[command(flatten)]
    pub chaos: chaos::Args,
    #[command(flatten)]
    pub soak: soak::Args,
    /// Compare `work --processes N` with one process, a number [default: measure one]
    #[arg(long, value_name = "N", conflicts_with_all = ["module", "chaos", "soak", "siblings"],
          value_parser = clap::value_parser!(u32).range(2..=64))]
    pub processes: Option<u32>,
}

/// Measures.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    if args.chaos.chaos {
        return chaos::run(&args, context).await;
    }
    if args.soak.soak || args.soak.siblings {
        return soak::run(&args, context).await;
    }
    if let Some(processes) = args.processes {
        return processes::run(&args, processes, context).await;
    }
    let module = match &args.module {
        Some(path) => module_file::read(path, context.config.size_limits().module_bytes),
        None => module_file::understand(noop::wasm(), "bench.noop".to_owned()),
    };
    let module = module.map_err(|error| error.into_failure())?;
    let store = context.store().await?;
    let figures = measure(&args, &module, store, context).await?;
    figures.show(context.output)?;
    Ok(if figures.failed == 0 { ExitCode::DONE } else { ExitCode::FAILED })
}

async fn measure(
    args: &Args,
    module: &ModuleFile,
    store: Arc<dyn Store>,
    context: &Context,
) -> Result<Figures, Failure> {
    let (queue, jobs) = (QueueName::trusted("bench"), args.jobs.unwrap_or(JOBS));
    let kind = deploy(&*store, module).await?;
    let pushed = push(&*store, &kind, &queue, jobs).await?;

    let asked = work::Args {
        queues: Some(QueueOrder::Strict(vec![queue.clone()])),
        concurrency: args.concurrency,
        ..work::Args::default()
    };
    let settings = Settings::of(&asked, &context.config);
    let watch = Arc::new(Watch::default());
    let timed = Arc::new(Timed::new(store.clone()));
    let bed = Bed::make(&settings, &context.config, store.clone(), watch.clone())?;
    let ports = Ports { drive: timed.clone(), ..bed.ports() };
    let cpu_before = cpu();
    let (worker, handle) = Worker::new(settings.worker.clone(), ports);
    let working = tokio::spawn(worker.run());
    heard(watch.until_ended(jobs, PATIENCE).await)?;
    let used = cpu().saturating_sub(cpu_before);
    let (ran, commits) = (watch.span(), timed.commits());

    // Who pushes is another process, as a rule: to a server it has a connection of its own, and what
    // it pushed is heard of through the server alone. A file is opened once in a process.
    let (pusher, apart) = match &context.config.store.url {
        StoreUrl::Redis(_) => (context.store().await?, true),
        StoreUrl::Sqlite(_) => (store.clone(), false),
    };
    let mut idle = pickups(&*pusher, &watch, &kind, &queue).await?;
    handle.stop();
    let ended = working.await.map_err(|error| Failure::new(format!("the worker panicked: {error}")))?;
    ended.map_err(Failure::new)?;

    let committed: usize = commits.iter().map(|(count, _)| count).sum();
    let mut latencies: Vec<Duration> = commits.iter().map(|(_, took)| *took).collect();
    let groups = commits.len().max(1);
    Ok(Figures {
        jobs,
        failed: watch.failed(),
        push_per_s: per_second(jobs, pushed),
        jobs_per_s: per_second(jobs, ran),
        pickup_p50_ms: quantile_ms(&mut idle.pickups, 0.5),
        pickup_p99_ms: quantile_ms(&mut idle.pickups, 0.99),
        start_p50_ms: quantile_ms(&mut idle.starts, 0.5),
        start_p99_ms: quantile_ms(&mut idle.starts, 0.99),
        group_size_mean: committed as f64 / groups as f64,
        commit_p50_ms: quantile_ms(&mut latencies, 0.5),
        commit_p99_ms: quantile_ms(&mut latencies, 0.99),
        cpu_us_per_job: used.as_secs_f64() * 1e6 / jobs as f64,
        on: Circumstances {
            store: store.name().to_owned(),
            synchronous: match context.config.store.synchronous {
                Synchronous::Full => "full",
                Synchronous::Normal => "normal",
            },
            retention_completed_ms: context.config.retention.completed_age_ms,
            reports: true,
            results: true,
            limits: true,
            fuel: true,
            pushed_apart: apart,
            kind: kind.to_string(),
            concurrency: settings.worker.concurrency,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        },
    })
}

async fn deploy(store: &dyn Store, module: &ModuleFile) -> Result<Kind, Failure> {
    let manifest = module.manifest(ManifestDraft::default(), Some(&module.stem)).map_err(Failure::new)?;
    let kind = manifest.kind.clone();
    store.deploy(Deploy { module: module.hash, wasm: module.wasm.clone(), manifest }).await?;
    Ok(kind)
}

/// Pushes so many jobs; returns how long the store took.
async fn push(store: &dyn Store, kind: &Kind, queue: &QueueName, count: u64) -> Result<Duration, Failure> {
    let mut left = count;
    let begun = Instant::now();
    while left > 0 {
        let batch = left.min(PUSH_BATCH as u64);
        store.enqueue((0..batch).map(|_| job(kind, queue)).collect()).await?;
        left -= batch;
    }
    Ok(begun.elapsed())
}

fn job(kind: &Kind, queue: &QueueName) -> NewJob {
    NewJob {
        id: JobId::drawn(when::now(), rand::random()),
        kind: kind.clone(),
        queue: Some(queue.clone()),
        input: Bytes::from_static(b"null"),
        due_at: None,
    }
}

/// How long an idle worker took to start what was pushed.
#[derive(Default)]
struct Idle {
    /// From the acknowledgement of the push.
    pickups: Vec<Duration>,
    /// From its beginning.
    starts: Vec<Duration>,
}

/// Pushes to an idle worker, again and again.
async fn pickups(store: &dyn Store, watch: &Watch, kind: &Kind, queue: &QueueName) -> Result<Idle, Failure> {
    let mut idle = Idle::default();
    for _ in 0..PICKUPS {
        let ended = watch.ended();
        let begun = Instant::now();
        store.enqueue(vec![job(kind, queue)]).await?;
        let acknowledged = Instant::now();
        heard(watch.until_ended(ended + 1, PATIENCE).await)?;
        let started = watch.last_start_at().unwrap_or(acknowledged);
        // The worker may hear of the job before its pusher does.
        idle.pickups.push(started.saturating_duration_since(acknowledged));
        idle.starts.push(started.saturating_duration_since(begun));
        // Idle means that nothing of the last job is left to do.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(idle)
}

fn heard(ended: bool) -> Result<(), Failure> {
    match ended {
        true => Ok(()),
        false => Err(Failure::new(format!("no job ended for {}s: the worker is stuck", PATIENCE.as_secs()))
            .hint("`COFFERDAM_LOG_LEVEL=info` shows its log")),
    }
}

fn per_second(count: u64, took: Duration) -> f64 {
    (count as f64 / took.as_secs_f64().max(1e-9)).round()
}

/// Processor time of this process, on all cores.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
