//! `bench --chaos`: workers die and hang, and the store goes away, while jobs run; then every job,
//! child, part and result is accounted for, from a ledger that no store knows of.
//!
//! The workers are processes of this very program, as `work` starts them; only their deaths are
//! made. Deliberately absent: the verdict on the machine. What is slow here may be the disk.

mod account;
pub mod bound;
mod crew;
mod figures;
mod guest;
mod ledger;
mod left;
mod place;
mod redis_server;
mod storm;
mod survey;

use std::path::PathBuf;
use std::time::Instant;

use tokio::signal::unix::{SignalKind, signal};

use cofferdam_queue::{Deploy, ManifestDraft, Store, parse_duration_ms};

use self::crew::Crew;
use self::figures::Figures;
use self::guest::Order;
use self::place::Place;
use self::redis_server::RedisServer;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::module_file;
use crate::when;

/// How many jobs are pushed unless the operator says otherwise.
const JOBS: u64 = 1_000;
/// Attempts at once in each worker, unless the operator says otherwise: enough that each death
/// finds many running, few enough that those that are left have room for them.
const CONCURRENCY: u32 = 16;
/// So many jobs are pushed in one transaction.
const PUSH_BATCH: usize = 500;

/// The flags that go with `--chaos` only.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Kill workers while jobs run, and account for every job [default: measure in peace]
    #[arg(long)]
    pub chaos: bool,
    /// With `--chaos`: draws jobs, victims and moments, a number [default: 1]
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true, requires = "chaos")]
    pub seed: u64,
    /// With `--chaos`: how many workers live at any time, a number [default: 3]
    #[arg(long, value_name = "N", default_value_t = 3, hide_default_value = true, requires = "chaos",
          value_parser = clap::value_parser!(u32).range(2..=100))]
    pub workers: u32,
    /// With `--chaos`: the lease of the workers, as 2s or 15s [default: `worker.lease`]
    #[arg(long, value_name = "DURATION", requires = "chaos", value_parser = lease)]
    pub lease: Option<u64>,
    /// With `--chaos`: start this program as a private server, and kill and restart it, too
    /// [default: the store, which is left alone]
    #[arg(long, value_name = "PROGRAM", requires = "chaos")]
    pub redis_server: Option<PathBuf>,
}

fn lease(text: &str) -> Result<u64, String> {
    let ms = parse_duration_ms(text).map_err(|error| error.to_string())?;
    crate::config::check_lease(ms).map(|()| ms)
}

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub jobs: u64,
    pub workers: u32,
    pub concurrency: u32,
    pub lease_ms: u64,
    pub seed: u64,
}

/// Lets it happen, and accounts; ends early, with everybody it started, when it is told to.
pub async fn run(args: &super::Args, context: &Context) -> Result<ExitCode, Failure> {
    let cannot = |error| Failure::new(format!("cannot listen to signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    tokio::select! {
        done = perform(args, context) => done,
        _ = terminate.recv() => Ok(ExitCode::TERMINATED),
        _ = interrupt.recv() => Ok(ExitCode::INTERRUPTED),
    }
}

async fn perform(args: &super::Args, context: &Context) -> Result<ExitCode, Failure> {
    let plan = Plan {
        jobs: args.jobs.unwrap_or(JOBS),
        workers: args.chaos.workers,
        concurrency: args.concurrency.unwrap_or(CONCURRENCY),
        lease_ms: args.chaos.lease.unwrap_or(context.config.worker.lease_ms),
        seed: args.chaos.seed,
    };
    let place = Place::make()?;
    let mut server = match &args.chaos.redis_server {
        Some(program) => Some(RedisServer::start(program, &place).await?),
        None => None,
    };
    let config = match &server {
        Some(server) => server.config(&context.config)?,
        None => context.config.clone(),
    };
    let store = crate::open_store::open_store(&config).await?;
    deploy(&*store).await?;
    let jobs = Order::draw(&plan, when::now(), rand::random());
    push(&*store, &jobs).await?;

    context.output.note(format!(
        "seed {}: {} jobs for {} workers with a lease of {}; the ledger is in `{}`",
        plan.seed,
        plan.jobs,
        plan.workers,
        when::duration(plan.lease_ms),
        place.dir().display(),
    ));
    let run = jobs.first().map_or("", Order::run);
    let begun = Instant::now();
    let mut crew = Crew::sign_on(&plan, &config, &place)?;
    let course = storm::rage(&plan, &mut crew, server.as_mut(), &*store, run, context.output).await?;
    let took = begun.elapsed();
    let strays = crew.drain().await?;

    let jobs: Vec<Order> = jobs.into_iter().flat_map(Order::with_children).collect();
    let entries = ledger::read(&place)?;
    let survey = survey::take(&*store, &jobs).await?;
    let account = account::hold(&jobs, &survey, &entries);
    let mut figures = Figures::of(&plan, &course, &jobs, &survey, account, took);
    figures.add_strays(course.strays.iter().chain(&strays));
    drop(crew);
    drop(server);
    let is_right = figures.is_right();
    if !is_right {
        figures.ledger = Some(place.keep());
    }
    figures.show(context.output)?;
    Ok(if is_right { ExitCode::DONE } else { ExitCode::FAILED })
}

async fn deploy(store: &dyn Store) -> Result<(), Failure> {
    let module = module_file::understand(guest::wasm(), guest::KIND.to_owned());
    let module = module.map_err(|error| error.into_failure())?;
    let manifest = module.manifest(ManifestDraft::default(), None).map_err(Failure::new)?;
    store.deploy(Deploy { module: module.hash, wasm: module.wasm, manifest }).await?;
    Ok(())
}

async fn push(store: &dyn Store, jobs: &[Order]) -> Result<(), Failure> {
    for batch in jobs.chunks(PUSH_BATCH) {
        store.enqueue(batch.iter().map(Order::job).collect()).await?;
    }
    Ok(())
}
