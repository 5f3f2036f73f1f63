//! The demonstration, in three acts on the January flights, played through the command
//! line as an operator would: the siblings among honest jobs, then among bombs, then
//! through the death of their worker.

mod flights;
mod operator;
mod promises;
mod stage;
mod table;
mod watch;

use serde_json::json;

use crate::run::Result;
use crate::setup;
use operator::{Job, Operator};
use promises::Promises;
use stage::Stage;
use watch::Watch;

/// How many siblings run throughout each act.
const SIBLINGS: usize = 20;

/// Every job of one act, as it ended.
struct Act {
    jobs: Vec<Job>,
    siblings: Vec<Job>,
}

impl Act {
    fn job(&self, kind: &str) -> Result<&Job> {
        self.jobs
            .iter()
            .find(|job| job.kind() == kind)
            .ok_or_else(|| format!("there is no job of kind `{kind}`"))
    }

    /// The longest sibling: of twenty, that is the 99th percentile.
    fn sibling_p99_ms(&self) -> u64 {
        self.siblings.iter().map(|job| job.number("wall_spent_ms")).max().unwrap_or_default()
    }

    fn all(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().chain(&self.siblings)
    }
}

/// Plays it, and fails if a promise does not hold.
pub fn demo() -> Result<()> {
    setup::wasm_target()?;
    let stage = Stage::set()?;
    let expected = flights::figures(&stage.csv()?)?;
    let mut promises = Promises::default();

    println!("\n== Act 1: twenty siblings, the streaming report and a plain command, for comparison\n");
    let honest = honest(&stage)?;

    println!(
        "\n== Act 2: the same among a naive report, with and without a memory ladder, and an endless loop\n"
    );
    let bombed = bombed(&stage)?;

    println!("\n== Act 3: the same, and the worker is killed with SIGKILL in mid-run\n");
    let (killed, resumed) = killed(&stage)?;

    println!("\n== Every attempt of act 2\n");
    table::show(&bombed);
    println!("\n== Every attempt of act 3\n");
    table::show(&killed);

    println!("\n== What was promised\n");
    promises.streaming(honest.job("flights.delays")?, &expected);
    promises.naive_alone(bombed.job("flights.naive.capped")?);
    promises.naive_with_ladder(bombed.job("flights.naive")?, &expected);
    promises.out_of_fuel(bombed.job("demo.spin")?);
    promises.plain_command(bombed.job("wc")?, &stage);
    promises.siblings(&honest, &bombed);
    promises.resumed(killed.job("flights.delays")?, resumed.as_deref(), &expected);
    for act in [&honest, &bombed, &killed] {
        promises.exactly_once(act);
    }
    promises.kept()
}

fn honest(stage: &Stage) -> Result<Act> {
    let operator = stage.operator("honest")?;
    deploy(stage, &operator)?;
    let jobs = push_honest(stage, &operator)?;
    let siblings = push_siblings(&operator)?;
    let _worker = operator.work()?;
    Watch::new(&operator).until_all_ended(jobs.len() + siblings.len())?;
    end(&operator, &jobs, &siblings)
}

fn bombed(stage: &Stage) -> Result<Act> {
    let operator = stage.operator("bombed")?;
    deploy(stage, &operator)?;
    let mut jobs = push_honest(stage, &operator)?;
    jobs.push(operator.push("flights.naive", &stage.file_input())?);
    jobs.push(operator.push("flights.naive.capped", &stage.file_input())?);
    jobs.push(operator.push("demo.spin", "null")?);
    let siblings = push_siblings(&operator)?;
    let _worker = operator.work()?;
    Watch::new(&operator).until_all_ended(jobs.len() + siblings.len())?;
    end(&operator, &jobs, &siblings)
}

/// Returns the line in which the long job said where it went on.
fn killed(stage: &Stage) -> Result<(Act, Option<String>)> {
    let operator = stage.operator("killed")?;
    deploy(stage, &operator)?;
    let siblings = push_siblings(&operator)?;
    let jobs = push_honest(stage, &operator)?;
    let long = jobs.first().ok_or("no long job was pushed")?;
    let mut worker = operator.work()?;
    let mut watch = Watch::new(&operator);
    let at = watch.until_durable(long)?;
    worker.kill()?;
    println!("   the worker is killed (SIGKILL) while `flights.delays` is at {at}; another one starts");
    let _worker = operator.work()?;
    watch.until_all_ended(jobs.len() + siblings.len())?;
    let said = operator.run(&["jobs", "logs", long])?;
    let resumed = said.lines().find(|line| line.contains("resumed at row")).map(str::to_owned);
    Ok((end(&operator, &jobs, &siblings)?, resumed))
}

fn deploy(stage: &Stage, operator: &Operator) -> Result<()> {
    let module = |name: &str| stage.module(name);
    operator.run(&["deploy", &module("flights"), &module("flights_naive")])?;
    // Their minute is enough on a machine that does nothing else; this may be a busy one.
    operator.run(&["deploy", &module("sibling"), &module("spin"), "--timeout", "10m"])?;
    // No ladder and no second try: what one cap means.
    operator.run(&[
        "deploy",
        &module("flights_naive"),
        "--kind",
        "flights.naive.capped",
        "--memory",
        "16MiB",
        "--retries",
        "0",
    ])?;
    // It knows nothing of Cofferdam, so the operator says what a manifest would.
    operator.run(&["deploy", &module("wc"), "--memory", "4MiB", "--fuel", "1G", "--timeout", "10m"])?;
    Ok(())
}

fn push_honest(stage: &Stage, operator: &Operator) -> Result<Vec<String>> {
    Ok(vec![operator.push("flights.delays", &stage.file_input())?, operator.push("wc", stage.prose())?])
}

fn push_siblings(operator: &Operator) -> Result<Vec<String>> {
    let input = json!({"up_to": 1_000_000, "rounds": 30});
    let lines: Vec<String> = (0..SIBLINGS)
        .map(|number| {
            json!({"kind": "demo.sibling", "id": format!("sibling-{number:02}"), "input": input}).to_string()
        })
        .collect();
    operator.push_bulk(&lines)?;
    Ok((0..SIBLINGS).map(|number| format!("sibling-{number:02}")).collect())
}

fn end(operator: &Operator, jobs: &[String], siblings: &[String]) -> Result<Act> {
    let show = |ids: &[String]| ids.iter().map(|id| operator.job(id)).collect::<Result<Vec<_>>>();
    let act = Act { jobs: show(jobs)?, siblings: show(siblings)? };
    let listed = operator.list()?.len();
    match listed == act.all().count() {
        true => Ok(act),
        false => Err(format!("{} jobs were pushed, and {listed} are in the store", act.all().count())),
    }
}
