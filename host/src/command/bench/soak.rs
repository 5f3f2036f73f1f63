//! `bench --soak`: honest and hostile jobs, mixed, for as long as asked. Every attempt must end as
//! its kind of guest has to, and at the end the process must be no larger than after the first part.
//!
//! `bench --siblings`: what honest jobs get done while one in five is a bomb, beside the same with
//! honest ones in their place, in turns.

mod field;
mod guest;
mod part;
mod siblings;
mod tally;

use std::time::{Duration, Instant};

use cofferdam_queue::parse_duration_ms;
use serde::Serialize;

use self::field::Field;
use self::part::{Drift, Part};
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::quantity;

/// Unless the operator says otherwise.
const JOBS: u64 = 1_000_000;
/// Looked at after so many jobs; ten times at least.
const PART: u64 = 100_000;
const PARTS_MIN: u64 = 10;

/// The flags that go with `--soak` and `--siblings` only.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Run honest and hostile jobs together, and look whether the worker grows [default: measure in peace]
    #[arg(long, conflicts_with_all = ["module", "chaos"])]
    pub soak: bool,
    /// With `--soak`: for so long, as 10m or 8h, instead of so many jobs [default: until `--jobs` have run]
    #[arg(long = "for", value_name = "DURATION", requires = "soak", value_parser = parse_duration_ms)]
    pub for_ms: Option<u64>,
    /// With `--soak`: how many of a hundred jobs are hostile, a number [default: 40]
    #[arg(long, value_name = "N", requires = "soak", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub hostile: Option<u32>,
    /// Measure what honest jobs get done beside bombs [default: measure in peace]
    #[arg(long, conflicts_with_all = ["module", "chaos", "soak"])]
    pub siblings: bool,
}

#[derive(Serialize)]
struct Soaked {
    jobs: u64,
    hostile: u64,
    wrong: u64,
    took_ms: u64,
    store: String,
    parts: Vec<Part>,
    drift: Option<Drift>,
    grows: bool,
}

/// Soaks, or measures siblings.
pub async fn run(args: &super::Args, context: &Context) -> Result<ExitCode, Failure> {
    if args.soak.siblings {
        return siblings::run(args, context).await;
    }
    let (jobs, began) = (args.jobs.unwrap_or(JOBS), Instant::now());
    let until = args.soak.for_ms.map(|ms| began + Duration::from_millis(ms));
    let part_jobs = PART.min((jobs / PARTS_MIN).max(1));
    let mut field = Field::open(args, context).await?;
    let mut parts: Vec<Part> = Vec::new();
    loop {
        let part = field.part(part_jobs, args.soak.hostile.unwrap_or(40), guest::Sort::Any).await?;
        if !context.output.is_json() {
            part.show(parts.len(), context.output)?;
        }
        parts.push(part);
        let done = parts.iter().map(|part| part.jobs).sum::<u64>();
        match until {
            Some(until) if Instant::now() < until => {}
            None if done < jobs => {}
            _ => break,
        }
    }
    let store = field.close().await?;
    let drift = Drift::of(&parts);
    let soaked = Soaked {
        jobs: parts.iter().map(|part| part.jobs).sum(),
        hostile: parts.iter().map(|part| part.hostile).sum(),
        wrong: parts.iter().map(|part| part.wrong).sum(),
        took_ms: began.elapsed().as_millis() as u64,
        store,
        grows: drift.as_ref().is_some_and(Drift::is_growth),
        drift,
        parts,
    };
    soaked.show(context)?;
    Ok(if soaked.wrong > 0 || soaked.grows { ExitCode::FAILED } else { ExitCode::DONE })
}

impl Soaked {
    fn show(&self, context: &Context) -> Result<(), Failure> {
        let output = context.output;
        if output.is_json() {
            return output.object(self);
        }
        output.line(format!(
            "{} jobs on {}, {} of them hostile; {} ended as they must not",
            quantity::count(self.jobs),
            self.store,
            quantity::count(self.hostile),
            quantity::count(self.wrong)
        ))?;
        match &self.drift {
            Some(drift) => drift.show(self.grows, output),
            None => output.line("too few parts to tell a drift"),
        }
    }
}
