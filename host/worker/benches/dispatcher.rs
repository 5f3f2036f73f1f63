//! What the worker itself costs for each job: a store that takes a fixed time for a round
//! trip and no work, guests that end as soon as they start, real time.
//!
//! `cargo bench -p cofferdam-worker`; `JOBS` and `ROUND_TRIP_US` in the environment.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_worker::{
    Compiled, Ended, Guest, LoadError, Moment, Pending, Ports, Sandbox, Start, Stop, Unobserved, Urgency,
    Usage, Worker, WorkerConfig, World,
};
use tokio::sync::oneshot;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn manifest() -> Manifest {
    let kind = Some(Kind::trusted("no-op"));
    ManifestDraft { kind, ..ManifestDraft::default() }.resolve(None).expect("a manifest that resolves")
}

struct Real(Instant, AtomicU64);

impl World for Real {
    fn now(&self) -> Moment {
        Moment::from_micros(self.0.elapsed().as_micros() as u64 + 1)
    }
    fn wall(&self) -> Timestamp {
        Timestamp(1_800_000_000_000)
    }
    fn sleep_until(&self, moment: Moment) -> BoxFuture<'static, ()> {
        let wait = moment.since(self.now());
        Box::pin(async move {
            // Nothing is waited for by time in this measurement but idle deadlines.
            let _ = tokio::time::timeout(wait, std::future::pending::<()>()).await;
        })
    }
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }
    fn random_u64(&self) -> u64 {
        self.1.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
    }
}

type Call = (Exchange, oneshot::Sender<Exchanged>);

struct Instantly {
    calls: mpsc::Sender<Call>,
    done: Arc<AtomicU64>,
}

fn serve(calls: mpsc::Receiver<Call>, jobs: u64, done: Arc<AtomicU64>) {
    let round_trip = Duration::from_micros(number("ROUND_TRIP_US", 1_000));
    let (mut given, mut groups) = (0, 0_u64);
    let (module, manifest) = (ModuleHash([1; 32]), manifest());
    while let Ok((exchange, reply)) = calls.recv() {
        let (_never, wait) = mpsc::channel::<()>();
        let _ = wait.recv_timeout(round_trip);
        let ended = exchange.commits.len() as u64;
        groups += u64::from(ended > 0);
        let wanted = exchange
            .claim
            .as_ref()
            .map_or(0, |claim| (claim.jobs_max as u64).min(claim.free_bytes / manifest.reservation_bytes(0)));
        let claimed = (given..jobs.min(given + wanted)).map(|job| Claimed {
            id: JobId::trusted(&format!("job-{job}")),
            kind: manifest.kind.clone(),
            queue: QueueName::trusted("default"),
            token: Token { attempt: 1, nonce: job },
            module,
            step: 0,
            input: Bytes::from_static(b"null"),
            checkpoint: None,
            counters: Counters::default(),
            fuel_spent: 0,
            wall_spent_ms: 0,
            enqueued_at: Timestamp(0),
            available_at: Timestamp(0),
        });
        let claimed: Vec<_> = claimed.collect();
        given += claimed.len() as u64;
        let replies = vec![CommitReply::Applied; exchange.commits.len()];
        // Whether there are jobs for which there was no memory is what a worker must hear.
        let reservation_bytes = manifest.reservation_bytes(0);
        let starved = (given < jobs).then_some(Starved { reservation_bytes, available_at: Timestamp(0) });
        let _ = reply.send(Exchanged { replies, claimed, starved, ..Exchanged::default() });
        if done.fetch_add(ended, Ordering::Relaxed) + ended == jobs {
            println!("{groups} groups, {} jobs in each", jobs / groups.max(1));
        }
    }
}

impl Drive for Instantly {
    fn sign_on(&self, _: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
    fn sign_off(&self, _: WorkerId) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
    fn heartbeat(&self, _: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>> {
        Box::pin(async { Ok(Notices::default()) })
    }
    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            self.calls.send((exchange, reply)).expect("the store lives");
            Ok(answer.await.expect("the store answers"))
        })
    }
    fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>> {
        Box::pin(async { Ok(Tended::default()) })
    }
    fn woken(&self) -> BoxFuture<'_, Wake> {
        Box::pin(std::future::pending())
    }
}

impl Modules for Instantly {
    fn deploy(&self, _: Deploy) -> BoxFuture<'_, Result<Deployed, StoreError>> {
        Box::pin(async { Ok(Deployed { previous: None, unchanged: true }) })
    }
    fn pointers(&self) -> BoxFuture<'_, Result<Pointers, StoreError>> {
        let (module, manifest) = (ModuleHash([1; 32]), manifest());
        let kind = manifest.kind.clone();
        Box::pin(async move {
            let pointer = Pointer { kind, module, manifest, current: true, deployed_at: Timestamp(0) };
            Ok(Pointers { deploys: 1, pointers: vec![pointer] })
        })
    }
    fn fetch(&self, _: ModuleHash) -> BoxFuture<'_, Result<Option<Bytes>, StoreError>> {
        Box::pin(async { Ok(Some(Bytes::new())) })
    }
    fn rollback(
        &self,
        _: Kind,
        _: Option<ModuleHash>,
    ) -> BoxFuture<'_, Result<Option<ModuleHash>, StoreError>> {
        Box::pin(async { Ok(None) })
    }
    fn prune_modules(&self, _: u32) -> BoxFuture<'_, Result<Pruned, StoreError>> {
        Box::pin(async { Ok(Pruned::default()) })
    }
}

struct Guests(tokio::runtime::Handle);

struct NoOp;

impl Guest for NoOp {
    fn request_stop(&self, _: Stop) {}
    fn end_now(&self, _: Stop) {}
    fn urgency(&self) -> Option<Urgency> {
        None
    }
    fn take(&self) -> Option<Pending> {
        None
    }
    fn give_up(&self) -> Option<Pending> {
        None
    }
    fn durable(&self, _: u64) {}
    fn usage(&self) -> Usage {
        Usage::default()
    }
}

impl Compiled for Guests {
    fn start(&self, start: Start) -> Box<dyn Guest> {
        self.0.spawn(async move {
            let mut ended = Ended::without_guest(Outcome::Completed, "");
            ended.output = Some(Bytes::from_static(b"null"));
            ended.report = Bytes::from_static(b"{}");
            start.events.ended(ended);
        });
        Box::new(NoOp)
    }
}

impl Sandbox for Guests {
    fn load(&self, _: Pointer, _: Bytes) -> BoxFuture<'_, Result<Arc<dyn Compiled>, LoadError>> {
        let compiled = Arc::new(Guests(self.0.clone())) as Arc<dyn Compiled>;
        Box::pin(async move { Ok(compiled) })
    }
}

/// User and system time of this process so far.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<u64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|t| t.parse().unwrap_or(0))
        .collect();
    Duration::from_millis(fields.iter().sum::<u64>() * 10)
}

fn main() {
    let jobs = number("JOBS", 200_000);
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let (ours, guests) = (runtime().expect("a runtime"), runtime().expect("a runtime"));
    let done = Arc::new(AtomicU64::new(0));
    let (calls, received) = mpsc::channel();
    let served = done.clone();
    std::thread::spawn(move || serve(received, jobs, served));
    let store = Arc::new(Instantly { calls, done: done.clone() });
    let ports = Ports {
        drive: store.clone(),
        modules: store.clone(),
        sandbox: Arc::new(Guests(guests.handle().clone())),
        world: Arc::new(Real(Instant::now(), AtomicU64::new(1))),
        observer: Arc::new(Unobserved),
    };
    let concurrency = number("CONCURRENCY", 16) as u32;
    let config = WorkerConfig {
        concurrency,
        budget_bytes: number("BUDGET_MIB", 16_384) << 20,
        ..WorkerConfig::default()
    };
    let (worker, handle) = Worker::new(config, ports);
    let (began, used) = (Instant::now(), processor_time());
    let watched = store.done.clone();
    ours.block_on(async move {
        let running = tokio::spawn(worker.run());
        while watched.load(Ordering::Relaxed) < jobs {
            let _ = tokio::time::timeout(Duration::from_millis(5), std::future::pending::<()>()).await;
        }
        let took = began.elapsed();
        println!(
            "{jobs} jobs in {took:?}: {:.0} jobs/s, {:.2} µs of processor time for each",
            jobs as f64 / took.as_secs_f64(),
            (processor_time() - used).as_secs_f64() * 1e6 / jobs as f64
        );
        handle.stop();
        let _ = running.await;
    });
    guests.shutdown_background();
}
