//! A worker in this process, on a store of its own, that is given jobs part by part.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cofferdam_queue::{Deploy, JobId, Kind, ManifestDraft, NewJob, QueueName, QueueOrder, Store};
use cofferdam_store::DeadOverflow;
use cofferdam_worker::{Summary, Worker, WorkerError, WorkerHandle};
use tokio::task::JoinHandle;

use super::guest::{self, Sort};
use super::part::{Part, Process};
use super::tally::Tally;
use crate::command::bench::figures::quantile_ms;
use crate::command::work::{self, Bed, Settings};
use crate::context::Context;
use crate::failure::Failure;
use crate::module_file;
use crate::when;

/// So many jobs are pushed in one transaction, and so many wait at most.
const PUSH_BATCH: u64 = 1_000;
const WAITING_MAX: u64 = 4_000;
/// What ended is kept for a look, and no longer.
const KEPT: u64 = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Field {
    store: Arc<dyn Store>,
    kind: Kind,
    queue: QueueName,
    tally: Arc<Tally>,
    handle: WorkerHandle,
    working: JoinHandle<Result<Summary, WorkerError>>,
    pushed: u64,
}

impl Field {
    pub async fn open(args: &crate::command::bench::Args, context: &Context) -> Result<Field, Failure> {
        let mut config = context.config.clone();
        config.retention.completed_count = KEPT;
        config.retention.dead_count = KEPT;
        config.retention.dead_overflow = DeadOverflow::Drop;
        let store = crate::open_store::open_store(&config).await?;
        let module = module_file::understand(guest::wasm(), "bench.soak".to_owned())
            .map_err(|error| error.into_failure())?;
        let manifest = module.manifest(ManifestDraft::default(), None).map_err(Failure::new)?;
        let kind = manifest.kind.clone();
        store.deploy(Deploy { module: module.hash, wasm: module.wasm, manifest }).await?;
        let queue = QueueName::trusted("bench");
        let asked = work::Args {
            queues: Some(QueueOrder::Strict(vec![queue.clone()])),
            concurrency: args.concurrency,
            ..work::Args::default()
        };
        let settings = Settings::of(&asked, &config);
        let tally = Arc::new(Tally::default());
        let bed = Bed::make(&settings, &config, store.clone(), tally.clone())?;
        let (worker, handle) = Worker::new(settings.worker, bed.ports());
        let working = tokio::spawn(worker.run());
        Ok(Field { store, kind, queue, tally, handle, working, pushed: 0 })
    }

    /// Pushes so many jobs, of which so many of a hundred are hostile, and waits for all.
    pub async fn part(&mut self, jobs: u64, hostile: u32, sort: Sort) -> Result<Part, Failure> {
        // Ends wake in groups: a part is whole groups.
        let jobs = jobs.next_multiple_of(super::tally::WAKES_EACH);
        let (began, target) = (Instant::now(), self.pushed + jobs);
        while self.pushed < target {
            let batch = PUSH_BATCH.min(target - self.pushed);
            let new = (0..batch).map(|_| self.job(hostile, sort)).collect();
            self.store.enqueue(new).await?;
            self.pushed += batch;
            self.heard(self.pushed.saturating_sub(WAITING_MAX)).await?;
        }
        self.heard(target).await?;
        let took = began.elapsed();
        let mut counts = self.tally.take();
        if let Some(wrong) = counts.first_wrong.take() {
            tracing::error!("{wrong}");
        }
        Ok(Part {
            jobs: counts.ended,
            hostile: counts.hostile,
            wrong: counts.wrong,
            took_ms: took.as_millis() as u64,
            jobs_per_s: (counts.ended as f64 / took.as_secs_f64()).round(),
            honest_p50_ms: quantile_ms(&mut counts.honest, 0.5),
            honest_p99_ms: quantile_ms(&mut counts.honest, 0.99),
            process: Process::now(),
        })
    }

    fn job(&self, hostile: u32, sort: Sort) -> NewJob {
        let random: u64 = rand::random();
        NewJob {
            id: JobId::drawn(when::now(), rand::random()),
            kind: self.kind.clone(),
            queue: Some(self.queue.clone()),
            input: guest::input(random % 100 < u64::from(hostile), sort, random / 100),
            due_at: None,
        }
    }

    async fn heard(&self, count: u64) -> Result<(), Failure> {
        match self
            .tally
            .until_ended(count / super::tally::WAKES_EACH * super::tally::WAKES_EACH, PATIENCE)
            .await
        {
            true => Ok(()),
            false => {
                Err(Failure::new(format!("no job ended for {}s: the worker is stuck", PATIENCE.as_secs()))
                    .hint("`COFFERDAM_LOG_LEVEL=info` shows its log"))
            }
        }
    }

    /// Ends the worker; returns what the store is called.
    pub async fn close(self) -> Result<String, Failure> {
        self.handle.stop();
        let ended =
            self.working.await.map_err(|error| Failure::new(format!("the worker panicked: {error}")))?;
        ended.map_err(Failure::new)?;
        Ok(self.store.name().to_owned())
    }
}
