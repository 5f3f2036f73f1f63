//! `cofferdam work`: a worker, until it is told to stop.

mod bed;
mod orders;
mod settings;
mod supervised;
mod supervisor;
mod told;
mod walls;
mod watchdog;
mod watched;

use std::sync::Arc;

use cofferdam_queue::{QueueOrder, parse_duration_ms};
use cofferdam_worker::Worker;

use crate::command::doctor::durable;
use crate::config::{parse_queues, parse_size};
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::kill_at::KillAt;

pub use bed::Bed;
pub use settings::Settings;
pub use supervisor::why_no_control_groups;

#[derive(Debug, Default, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam work
  cofferdam work --store sqlite:/srv/jobs.db -q critical,default -c 16
  cofferdam work -q reports=1,mail=5 --memory-budget 2GiB -t 60s
  cofferdam work --store redis://redis.example --require-durable
  cofferdam work --processes 4

Signals: TERM and INT drain (a second one: end now); TSTP takes no new jobs, CONT takes
them again; TTIN prints what runs, with memory, fuel and the age of its checkpoint.")]
pub struct Args {
    /// The queues to serve: `a,b` in that order, `a=3,b=1` by weight [default: all, oldest job first]
    #[arg(long, short, value_name = "NAMES", value_parser = parse_queues)]
    pub queues: Option<QueueOrder>,
    /// The most attempts at once, a number [default: 8 for each core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: Option<u32>,
    /// The memory that attempts may reserve together, as 2GiB [default: 80% of the control group's
    /// limit, else of the memory available]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory_budget: Option<u64>,
    /// How long a drain waits for checkpoints, as 25s or 2m [default: 25s]
    #[arg(long, short = 't', value_name = "DURATION", value_parser = parse_duration_ms)]
    pub drain_timeout: Option<u64>,
    /// How long the jobs of a silent worker stay its own, as 15s or 1m, from 2s to 1d [default: 15s]
    #[arg(long, value_name = "DURATION", value_parser = lease)]
    pub lease: Option<u64>,
    /// How many processes work, each with its share of memory and attempts: what ends one of them
    /// ends no attempt of another [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub processes: Option<u32>,
    /// Which of them this is; written by the supervisor [default: none]
    #[arg(long, value_name = "SHARE", value_parser = supervised::parse, hide = true)]
    pub supervised: Option<supervised::Share>,
    /// Do not start on a store that may lose acknowledged work at a power cut
    #[arg(long)]
    pub require_durable: bool,
}

fn lease(text: &str) -> Result<u64, String> {
    let ms = parse_duration_ms(text).map_err(|error| error.to_string())?;
    crate::config::check_lease(ms).map(|()| ms)
}

/// Works.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let settings = Settings::of(&args, &context.config);
    // Before the store is opened: a TERM that comes early is not lost.
    let mut orders = orders::Orders::listen()?;
    let (mut said, mut kill_at) = (None, None);
    let is_supervisor = settings.processes > 1 && args.supervised.is_none();
    if args.supervised.is_some() {
        let (heard, link) = supervised::Link::take()?.split();
        (orders, said) = (orders.and_hear(heard), Some(link));
    }
    if !is_supervisor {
        walls::raise(args.supervised.is_some());
        kill_at = KillAt::from_environment()?;
    }
    let store = context.store().await?;
    durable::check(&context.config, args.require_durable).await?;
    if is_supervisor {
        return supervisor::supervise(&settings, context, &mut orders, store).await;
    }
    let observer = Arc::new(watched::Watched {
        kill_at,
        drain_timeout: settings.worker.drain_timeout,
        supervisor: said,
    });
    let bed = Bed::make(&settings, &context.config, store, observer)?;
    told::begin(&settings, &context.config, &bed);
    let aside = told::Aside::new(context.output, &context.config);
    let (worker, handle) = Worker::new(settings.worker.clone(), bed.ports());
    let listening = tokio::spawn(orders.obey(handle, settings.worker.drain_timeout, aside));
    let ended = worker.run().await;
    listening.abort();
    let summary = ended.map_err(Failure::new)?;
    told::end(&summary, aside)?;
    // What was not given back goes on when the lease ends; whoever watches should know.
    Ok(if summary.signed_off { ExitCode::DONE } else { ExitCode::FAILED })
}
