//! `bench --processes N`: what `work --processes N` gets done, beside `work` in one process with as
//! much of everything, in turns. Both are processes of this program, as an operator starts them.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cofferdam_queue::{ManifestDraft, QueueName, State, Store};
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;

use super::chaos::bound;
use super::noop;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::{module_file, quantity};

const TURNS: usize = 5;
const JOBS: u64 = 30_000;
const LOOK_EVERY: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Serialize)]
struct Compared {
    processes: u32,
    turns: usize,
    /// Jobs a second, the median turn.
    one_per_s: f64,
    several_per_s: f64,
    /// The median of the turns' ratios, several over one.
    ratio: f64,
    store: String,
}

pub async fn run(args: &super::Args, processes: u32, context: &Context) -> Result<ExitCode, Failure> {
    let store = context.store().await?;
    let module = module_file::understand(noop::wasm(), "bench.noop".to_owned());
    let module = module.map_err(|error| error.into_failure())?;
    let kind = super::deploy(&*store, &module).await?;
    let queue = module.manifest(ManifestDraft::default(), None).map_err(Failure::new)?.queue;
    let jobs = args.jobs.unwrap_or(JOBS);
    let (mut one, mut several, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let mut turn = [0.0; 2];
        for (place, count) in [1, processes].into_iter().enumerate() {
            let took = timed(&store, &kind, &queue, jobs, count, args, context).await?;
            turn[place] = jobs as f64 / took.as_secs_f64();
        }
        one.push(turn[0]);
        several.push(turn[1]);
        ratios.push(turn[1] / turn[0]);
    }
    let found = Compared {
        processes,
        turns: TURNS,
        one_per_s: super::figures::median(&mut one),
        several_per_s: super::figures::median(&mut several),
        ratio: super::figures::median(&mut ratios),
        store: store.name().to_owned(),
    };
    if context.output.is_json() {
        context.output.object(&found)?;
    } else {
        context.output.line(format!(
            "processes {} jobs/s in {processes}, {} in one: {:.2} times (medians of {TURNS} turns, {})",
            quantity::count(found.several_per_s as u64),
            quantity::count(found.one_per_s as u64),
            found.ratio,
            found.store
        ))?;
    }
    Ok(ExitCode::DONE)
}

/// From the moment in which waiting workers may take the jobs to the end of the last.
async fn timed(
    store: &Arc<dyn Store>,
    kind: &cofferdam_queue::Kind,
    queue: &QueueName,
    jobs: u64,
    processes: u32,
    args: &super::Args,
    context: &Context,
) -> Result<Duration, Failure> {
    let mut worker = start(processes, queue, args, context)?;
    let taken = async {
        until("the workers sign on", || async { Ok(store.workers().await?.len() == processes as usize) })
            .await?;
        store.pause(queue.clone(), true).await?;
        super::push(&**store, kind, queue, jobs).await?;
        store.pause(queue.clone(), false).await?;
        let began = Instant::now();
        until("all jobs have ended", || async {
            let counts = store.counts().await?;
            let open = [State::Available, State::Running];
            Ok(counts.iter().filter(|(state, _)| open.contains(state)).all(|(_, count)| *count == 0))
        })
        .await?;
        Ok(began.elapsed())
    }
    .await;
    end(&mut worker);
    until("the workers sign off", || async { Ok(store.workers().await?.is_empty()) }).await?;
    taken
}

fn start(processes: u32, queue: &QueueName, args: &super::Args, context: &Context) -> Result<Child, Failure> {
    let cannot = |error: std::io::Error| Failure::new(format!("cannot start a worker: {error}"));
    let mut command = Command::new(std::env::current_exe().map_err(cannot)?);
    command.args(["work", "-q", queue.as_str(), "--processes", &processes.to_string()]);
    if let Some(concurrency) = args.concurrency {
        command.args(["--concurrency", &concurrency.to_string()]);
    }
    // Not on the command line: a URL may have a password.
    command.env("COFFERDAM_STORE", context.config.store.url.with_secrets());
    command.env("COFFERDAM_LOG_LEVEL", "error");
    if let Some(dir) = &context.config.cache.dir {
        command.env("COFFERDAM_CACHE_DIR", dir);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    bound::to_us(command).spawn().map_err(cannot)
}

fn end(worker: &mut Child) {
    if let Some(pid) = Pid::from_raw(worker.id() as i32) {
        // Both fail only when it has ended by itself.
        let _told = kill_process(pid, Signal::TERM);
    }
    let _reaped = worker.wait();
}

async fn until<F: Future<Output = Result<bool, Failure>>>(
    what: &str,
    is_so: impl Fn() -> F,
) -> Result<(), Failure> {
    let began = Instant::now();
    while !is_so().await? {
        if began.elapsed() > PATIENCE {
            return Err(Failure::new(format!("waited {}s until {what}", PATIENCE.as_secs()))
                .hint("use a store of its own, on which nobody else works"));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}
