//! What the store costs: `cargo bench -p cofferdam-store --bench store`.
//!
//! Prints, for SQLite with `synchronous=FULL` and the default retention: jobs/s and CPU
//! microseconds a job for claim and commit, by group size and by jobs queued; latency of a
//! group's commit; pushes a second, one by one and in bulk; idle pickup. No sandbox and no
//! worker is involved. `QUEUED=1000,50000` chooses the depths, `DIR=/path` the disk;
//! `STORE=redis://HOST` measures that server instead, whose own CPU time is not counted.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_store::redis::{Address, RedisConfig, RedisStore};
use cofferdam_store::sqlite::{SqliteConfig, SqliteStore};
use rustix::time::{ClockId, clock_gettime};

const KIND: &str = "bench.noop";
const MEMORY_BYTES: u64 = 1 << 20;
/// Jobs moved for each figure, at most.
const MOVED: usize = 20_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let depths = std::env::var("QUEUED").unwrap_or_else(|_| "1000,50000,1000000".to_owned());
    let depths: Vec<usize> = depths.split(',').map(str::parse).collect::<Result<_, _>>()?;
    println!("claim + commit, one exchange after the other, then 8 at once");
    println!("   queued  group  at once     jobs/s  cpu us/job   p50 ms   p99 ms");
    for &queued in &depths {
        runtime.block_on(moving(queued))?;
    }
    runtime.block_on(in_turns(&depths))?;
    runtime.block_on(pushing())?;
    runtime.block_on(pickup())?;
    Ok(())
}

/// A directory that is removed at the end, on the disk that is to be measured.
fn directory() -> std::io::Result<tempfile::TempDir> {
    match std::env::var_os("DIR") {
        Some(dir) => tempfile::tempdir_in(PathBuf::from(dir)),
        None => tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")),
    }
}

struct Bench {
    store: Arc<dyn Store>,
    programs: Arc<Vec<Program>>,
    pushed: u64,
    _directory: tempfile::TempDir,
}

impl Bench {
    async fn open() -> Result<Bench, Box<dyn std::error::Error>> {
        let directory = directory()?;
        let store: Arc<dyn Store> = match std::env::var("STORE") {
            Ok(url) => {
                let name = format!("bench-{:016x}", rand::random::<u64>());
                let address = Address::parse(&format!("{url}?name={name}"))?;
                Arc::new(RedisStore::new(RedisConfig::new(address)))
            }
            Err(_) => Arc::new(SqliteStore::open(SqliteConfig::new(directory.path().join("bench.db")))?),
        };
        let manifest = ManifestDraft::default().resolve(Some(KIND))?;
        let module = ModuleHash([7; 32]);
        store.deploy(Deploy { module, wasm: Bytes::from_static(b"\0asm"), manifest }).await?;
        let programs = vec![Program {
            kind: KIND.parse()?,
            module,
            checkpoint_version: 1,
            reservations_bytes: vec![MEMORY_BYTES],
            current: true,
        }];
        Ok(Bench { store, programs: Arc::new(programs), pushed: 0, _directory: directory })
    }

    /// What a new worker asks for.
    async fn worker(&self, jobs_max: usize) -> Result<Claim, Box<dyn std::error::Error>> {
        let worker: WorkerId = format!("bench-{:016x}", rand::random::<u64>()).parse()?;
        let facts = WorkerFacts {
            id: worker.clone(),
            host: "here".to_owned(),
            pid: std::process::id(),
            queues: Vec::new(),
            concurrency: 1_000,
            budget_bytes: u64::MAX,
            lease_ms: 600_000,
            version: "bench".to_owned(),
            started_at: Timestamp(0),
        };
        self.store.sign_on(facts).await?;
        Ok(Claim {
            worker,
            queues: Vec::new(),
            programs: self.programs.clone(),
            deploys: 1,
            jobs_max,
            free_bytes: 1 << 40,
            budget_bytes: 1 << 40,
            held: None,
            stays: 0,
            turn: 0,
            random: rand::random(),
        })
    }

    fn jobs(&mut self, count: usize) -> Vec<NewJob> {
        let kind = Kind::trusted(KIND);
        (0..count)
            .map(|_| {
                self.pushed += 1;
                // Spread like real ones: by time, then at random.
                let random = u128::from(self.pushed).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
                NewJob {
                    id: JobId::drawn(Timestamp(1_700_000_000_000 + self.pushed / 10), random),
                    kind: kind.clone(),
                    queue: None,
                    input: Bytes::from_static(b"{\"n\":12345}"),
                    due_at: None,
                }
            })
            .collect()
    }

    async fn push(&mut self, mut count: usize) -> Result<(), Box<dyn std::error::Error>> {
        while count > 0 {
            let some = count.min(10_000);
            let jobs = self.jobs(some);
            self.store.enqueue(jobs).await?;
            count -= some;
        }
        Ok(())
    }
}

/// The end of a no-op job, with a report as long as a worker's.
fn ended(job: &Claimed) -> Commit {
    let report = format!(
        r#"{{"outcome":"completed","exit_code":0,"id":"{}","attempt":1,"kind":"{KIND}","module":"{}","memory":{{"cap_bytes":134217728,"peak_bytes":1114112}},"host":{{"allowance_bytes":4194304,"peak_bytes":65536}},"fuel":{{"cap":1000000000000,"used":1234,"model":1}},"wall_ms":0,"checkpoint":{{"count":0,"bytes":0}}}}"#,
        job.id, job.module
    );
    Commit {
        id: job.id.clone(),
        token: job.token,
        seq: 1,
        saved: None,
        effects: Effects::default(),
        end: Some(End {
            outcome: Outcome::Completed,
            verdict: Verdict { next: Next::Completed, counters: job.counters, step: 0 },
            output: Some(Bytes::from_static(b"null")),
            report: report.into(),
            fuel_used: 1234,
            wall_ms: 0,
        }),
    }
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

async fn moving(queued: usize) -> Result<(), Box<dyn std::error::Error>> {
    for at_once in [1, 8] {
        let mut bench = Bench::open().await?;
        bench.push(queued).await?;
        for group in [1, 50, 100, 200] {
            // A disk that takes milliseconds allows few groups a second.
            let jobs = (group * 100 * at_once).min(MOVED).min(queued / 4).max(group * 4);
            let mut claims = Vec::new();
            for _ in 0..at_once {
                claims.push(bench.worker(group).await?);
            }
            let (began, cpu_began) = (Instant::now(), cpu());
            let flows = claims
                .into_iter()
                .map(|claim| tokio::spawn(flow_through(Arc::clone(&bench.store), claim, jobs / at_once)));
            let mut latencies = Vec::new();
            let mut moved = 0;
            for flow in flows.collect::<Vec<_>>() {
                let (some, times) = flow.await??;
                moved += some;
                latencies.extend(times);
            }
            let (wall, cpu) = (began.elapsed(), cpu() - cpu_began);
            latencies.sort();
            println!(
                "{queued:>9} {group:>6} {at_once:>8} {:>10.0} {:>11.2} {:>8.2} {:>8.2}",
                moved as f64 / wall.as_secs_f64(),
                cpu.as_secs_f64() * 1e6 / moved as f64,
                at(&latencies, 50),
                at(&latencies, 99)
            );
            bench.push(moved).await?;
        }
    }
    Ok(())
}

/// What a job costs with more queued beside what it costs with the fewest: all of them stand
/// at once and take turns, because a machine's speed may change more than depth does.
async fn in_turns(depths: &[usize]) -> Result<(), Box<dyn std::error::Error>> {
    const GROUP: usize = 50;
    const TURNS: usize = 80;
    let Some(&least) = depths.iter().min() else { return Ok(()) };
    let jobs = (GROUP * 10).min(least / 2);
    let mut stores = Vec::new();
    for &queued in depths {
        let mut bench = Bench::open().await?;
        bench.push(queued + jobs).await?;
        stores.push((queued, bench.worker(GROUP).await?, bench, Vec::new()));
    }
    for _ in 0..TURNS {
        for (_, claim, bench, costs) in &mut stores {
            let began = Instant::now();
            let (moved, _) = flow_through(Arc::clone(&bench.store), claim.clone(), jobs).await?;
            costs.push(began.elapsed().as_secs_f64() * 1e6 / moved as f64);
            claim.turn += jobs as u64;
            bench.push(moved).await?;
        }
    }
    println!("the same in groups of {GROUP}, all depths in {TURNS} turns");
    let mut fewest = f64::NAN;
    for (queued, _, _, costs) in &mut stores {
        costs.sort_by(f64::total_cmp);
        let median = costs[costs.len() / 2];
        if *queued == least {
            fewest = median;
        }
        println!("{queued:>9} queued: {median:>6.2} us/job, median");
    }
    for (queued, _, _, costs) in stores.iter().filter(|(queued, ..)| *queued != least) {
        println!("{queued:>9} queued cost {:.2} times {least}", costs[costs.len() / 2] / fewest);
    }
    Ok(())
}

type Moved = Result<(usize, Vec<Duration>), StoreError>;

/// Commit what was claimed and claim the next, until `jobs` are done.
async fn flow_through(store: Arc<dyn Store>, mut claim: Claim, jobs: usize) -> Moved {
    let (mut moved, mut latencies) = (0, Vec::new());
    let mut claimed: Vec<Claimed> = Vec::new();
    loop {
        let commits: Vec<Commit> = claimed.iter().map(ended).collect();
        claim.turn += 1;
        let claim = (moved + commits.len() < jobs).then(|| claim.clone());
        let began = Instant::now();
        let exchanged = store.exchange(Exchange { commits, claim }).await?;
        latencies.push(began.elapsed());
        moved += exchanged.replies.iter().filter(|&&reply| reply == CommitReply::Applied).count();
        claimed = exchanged.claimed;
        if claimed.is_empty() {
            return Ok((moved, latencies));
        }
    }
}

fn at(sorted: &[Duration], percent: usize) -> f64 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

async fn pushing() -> Result<(), Box<dyn std::error::Error>> {
    let mut bench = Bench::open().await?;
    println!("push");
    for at_once in [1, 64] {
        let jobs = bench.jobs(200 * at_once);
        let (began, cpu_began, count) = (Instant::now(), cpu(), jobs.len());
        let mut flows = Vec::new();
        for jobs in jobs.chunks(count / at_once) {
            let (store, jobs) = (Arc::clone(&bench.store), jobs.to_vec());
            flows.push(tokio::spawn(async move {
                let mut latencies = Vec::new();
                for job in jobs {
                    let began = Instant::now();
                    store.enqueue(vec![job]).await?;
                    latencies.push(began.elapsed());
                }
                Ok::<_, EnqueueError>(latencies)
            }));
        }
        let mut latencies = Vec::new();
        for flow in flows {
            latencies.extend(flow.await??);
        }
        latencies.sort();
        println!(
            "  one by one, {at_once:>2} at once: {:>8.0} jobs/s, cpu {:.2} us/job, p50 {:.2} ms, p99 {:.2} ms",
            count as f64 / began.elapsed().as_secs_f64(),
            (cpu() - cpu_began).as_secs_f64() * 1e6 / count as f64,
            at(&latencies, 50),
            at(&latencies, 99)
        );
    }
    let (began, cpu_began, count) = (Instant::now(), cpu(), 100_000);
    bench.push(count).await?;
    println!(
        "  in bulk of 10,000: {:>8.0} jobs/s, cpu {:.2} us/job",
        count as f64 / began.elapsed().as_secs_f64(),
        (cpu() - cpu_began).as_secs_f64() * 1e6 / count as f64
    );
    Ok(())
}

/// From the acknowledgement of a push to the job in an idle worker's hands.
async fn pickup() -> Result<(), Box<dyn std::error::Error>> {
    let mut bench = Bench::open().await?;
    let mut claim = bench.worker(10).await?;
    let mut latencies = Vec::new();
    for _ in 0..300 {
        let jobs = bench.jobs(1);
        let store = Arc::clone(&bench.store);
        let mut asked = claim.clone();
        let worker = tokio::spawn(async move {
            loop {
                store.woken().await;
                asked.turn += 1;
                let exchange = Exchange { commits: Vec::new(), claim: Some(asked.clone()) };
                let got = store.exchange(exchange).await?;
                if !got.claimed.is_empty() {
                    return Ok::<_, StoreError>((Instant::now(), got.claimed, asked));
                }
            }
        });
        bench.store.enqueue(jobs).await?;
        let acknowledged = Instant::now();
        let (began, claimed, asked) = worker.await??;
        claim = asked;
        latencies.push(began.saturating_duration_since(acknowledged));
        let commits = claimed.iter().map(ended).collect();
        bench.store.exchange(Exchange { commits, claim: None }).await?;
    }
    latencies.sort();
    println!(
        "idle pickup after the acknowledgement: p50 {:.3} ms, p99 {:.3} ms",
        at(&latencies, 50),
        at(&latencies, 99)
    );
    Ok(())
}
