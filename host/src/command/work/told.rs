//! What a worker says at its start, when it is asked, and at its end.

use cofferdam_queue::{QueueOrder, show_duration_ms};
use cofferdam_worker::{Interrupted, RunningAttempt, Snapshot, Summary};
use serde::Serialize;

use super::{Bed, Settings};
use crate::command::awaited::progressed;
use crate::config::{Config, LogFormat};
use crate::failure::Failure;
use crate::output::Output;
use crate::{quantity, when};

/// With what it begins.
pub fn begin(settings: &Settings, config: &Config, bed: &Bed) {
    let worker = &settings.worker;
    let ms = |duration: std::time::Duration| show_duration_ms(duration.as_millis() as u64);
    tracing::info!(
        version = worker.version,
        store = bed.store_name(),
        queues = queues(&worker.queues),
        concurrency = worker.concurrency,
        memory_budget = quantity::bytes(worker.budget_bytes),
        memory_budget_is = settings.budget.source,
        lease = ms(worker.lease),
        drain_timeout = ms(worker.drain_timeout),
        grants = config.grants.len(),
        "works"
    );
    if !bed.is_pooling() {
        tracing::warn!("there is too little address space for a pool of slots: attempts start slower");
    }
}

fn queues(order: &QueueOrder) -> String {
    match order {
        QueueOrder::All => "all".to_owned(),
        QueueOrder::Strict(names) => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        QueueOrder::Weighted(names) => {
            names.iter().map(|(name, weight)| format!("{name}={weight}")).collect::<Vec<_>>().join(",")
        }
    }
}

/// Where a worker says more than its log: on stderr, in the log's form where that is JSON, so
/// that whoever reads it reads one kind of line.
#[derive(Clone, Copy)]
pub struct Aside {
    output: Output,
    json: bool,
}

impl Aside {
    pub fn new(output: Output, config: &Config) -> Aside {
        Aside { output, json: config.log.format == LogFormat::Json }
    }

    fn say(self, line: impl AsRef<str>) {
        match self.json {
            true => tracing::info!("{}", line.as_ref().trim_start()),
            false => self.output.note(line.as_ref()),
        }
    }
}

/// What runs now.
pub fn running(snapshot: &Snapshot, aside: Aside) {
    let state = match (snapshot.draining, snapshot.quiet) {
        (true, _) => ", draining",
        (false, true) => ", quiet",
        (false, false) => "",
    };
    aside.say(format!(
        "{} running, {} ready, {} of {} reserved{state}",
        snapshot.attempts.len(),
        snapshot.ready,
        quantity::bytes(snapshot.reserved_bytes),
        quantity::bytes(snapshot.budget_bytes),
    ));
    snapshot.attempts.iter().for_each(|attempt| aside.say(attempt_line(attempt)));
}

fn attempt_line(attempt: &RunningAttempt) -> String {
    let checkpoint = match attempt.checkpoint_age_ms {
        Some(age_ms) => format!("checkpoint {} ago", when::duration(age_ms)),
        None => "no checkpoint in this attempt".to_owned(),
    };
    let progress = attempt.progress.as_ref().map(|it| format!(", {}", progressed(it))).unwrap_or_default();
    format!(
        "  {} {} attempt {} for {}: memory {} of {}, fuel {}, {checkpoint}{progress}",
        attempt.id,
        attempt.kind,
        attempt.attempt,
        when::duration(attempt.running_ms),
        quantity::bytes(attempt.memory_bytes),
        quantity::bytes(attempt.memory_cap_bytes),
        quantity::fuel(attempt.fuel_used),
    )
}

#[derive(Serialize)]
struct Ended {
    ended: u64,
    returned: u64,
    signed_off: bool,
    interrupted: Vec<Lost>,
}

#[derive(Serialize)]
struct Lost {
    id: String,
    kind: String,
    attempt: u32,
    lost_ms: u64,
    from_its_start: bool,
    given_back: bool,
}

/// What it did, and what work was lost.
pub fn end(summary: &Summary, aside: Aside) -> Result<(), Failure> {
    let lost_ms: u64 = summary.interrupted.iter().map(|one| one.lost_ms).sum();
    aside.say(format!(
        "ended {} attempt(s); interrupted {}, losing {} of work; {} job(s) claimed ahead were given back",
        quantity::count(summary.ended),
        summary.interrupted.len(),
        when::duration(lost_ms),
        summary.returned,
    ));
    summary.interrupted.iter().for_each(|one| aside.say(lost_line(one)));
    if !summary.signed_off {
        aside.say("the store did not hear of its end: its jobs go on when its lease ends");
    }
    if !aside.output.is_json() {
        return Ok(());
    }
    let interrupted = summary.interrupted.iter().map(|one| Lost {
        id: one.id.to_string(),
        kind: one.kind.to_string(),
        attempt: one.attempt,
        lost_ms: one.lost_ms,
        from_its_start: one.from_its_start,
        given_back: one.given_back,
    });
    aside.output.object(&Ended {
        ended: summary.ended,
        returned: summary.returned,
        signed_off: summary.signed_off,
        interrupted: interrupted.collect(),
    })
}

fn lost_line(one: &Interrupted) -> String {
    let lost = match (one.lost_ms, one.from_its_start) {
        (0, _) => "lost nothing".to_owned(),
        (ms, true) => format!("lost {}: it made no checkpoint in this attempt", when::duration(ms)),
        (ms, false) => format!("lost {} since its last checkpoint", when::duration(ms)),
    };
    let back = if one.given_back { "" } else { "; it goes on when the lease ends" };
    format!("  {} {} attempt {}: {lost}{back}", one.id, one.kind, one.attempt)
}
