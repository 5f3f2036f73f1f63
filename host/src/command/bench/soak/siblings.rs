//! Honest jobs beside bombs, and beside honest jobs in the bombs' place: in turns, so that what the
//! machine does meanwhile happens to both.

use serde::Serialize;

use super::field::Field;
use super::guest::Sort;
use crate::command::bench;
use crate::command::bench::figures::median;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::quantity;

const TURNS: usize = 9;
const JOBS: u64 = 10_000;
/// One in five.
const BOMBS: u32 = 20;

#[derive(Serialize)]
struct Siblings {
    turns: usize,
    /// Honest jobs a second, the median turn.
    beside_bombs_per_s: f64,
    alone_per_s: f64,
    /// The median of the turns' ratios.
    ratio: f64,
    honest_p99_beside_bombs_ms: f64,
    honest_p99_alone_ms: f64,
    wrong: u64,
}

pub async fn run(args: &bench::Args, context: &Context) -> Result<ExitCode, Failure> {
    let mut field = Field::open(args, context).await?;
    let jobs = args.jobs.unwrap_or(JOBS);
    // Caches and pools are warm for both.
    field.part(jobs, BOMBS, Sort::Bomb).await?;
    let (mut beside, mut alone, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut beside_p99, mut alone_p99, mut wrong) = (Vec::new(), Vec::new(), 0);
    for _ in 0..TURNS {
        let bombed = field.part(jobs, BOMBS, Sort::Bomb).await?;
        let peaceful = field.part(jobs, 0, Sort::Bomb).await?;
        // In both, four of five are the siblings.
        let of_siblings = |per_s: f64| per_s * f64::from(100 - BOMBS) / 100.0;
        beside.push(of_siblings(bombed.jobs_per_s));
        alone.push(of_siblings(peaceful.jobs_per_s));
        ratios.push(bombed.jobs_per_s / peaceful.jobs_per_s);
        beside_p99.push(bombed.honest_p99_ms);
        alone_p99.push(peaceful.honest_p99_ms);
        wrong += bombed.wrong + peaceful.wrong;
    }
    field.close().await?;
    let found = Siblings {
        turns: TURNS,
        beside_bombs_per_s: median(&mut beside),
        alone_per_s: median(&mut alone),
        ratio: median(&mut ratios),
        honest_p99_beside_bombs_ms: median(&mut beside_p99),
        honest_p99_alone_ms: median(&mut alone_p99),
        wrong,
    };
    let output = context.output;
    if output.is_json() {
        output.object(&found)?;
    } else {
        output.line(format!(
            "siblings  {} honest jobs/s while one in five is a bomb, {} with honest ones in their place: {:.2} times \
             (medians of {} turns)",
            quantity::count(found.beside_bombs_per_s as u64),
            quantity::count(found.alone_per_s as u64),
            found.ratio,
            found.turns
        ))?;
        output.line(format!(
            "attempt   p99 {:.2} ms beside bombs, {:.2} ms without",
            found.honest_p99_beside_bombs_ms, found.honest_p99_alone_ms
        ))?;
    }
    Ok(if wrong == 0 { ExitCode::DONE } else { ExitCode::FAILED })
}
