//! What lives in the store: workers, kinds and queues that nobody runs, dead jobs.

use cofferdam_queue::{JobFilter, Policy, State, Store, StoreError};
use cofferdam_store::Retention;

use super::finding::Finding;
use crate::command::dead::dead_alert;
use crate::command::jobs::why::Surroundings;
use crate::{quantity, when};

/// Further ahead than this a job's push is a clock that was wrong.
const CLOCK_SKEW_MS: u64 = 60_000;

/// Looks at all of it.
pub async fn look(
    store: &dyn Store,
    policy: Policy,
    retention: Retention,
) -> Result<Vec<Finding>, StoreError> {
    let surroundings = Surroundings::look(store, policy).await?;
    let dead = store.counts().await?.into_iter().find(|(state, _)| *state == State::Dead);
    let newest = store.jobs(JobFilter { limit: 1, ..JobFilter::default() }).await?;
    let mut findings = workers(&surroundings);
    findings.extend(kinds(&surroundings));
    findings.extend(queues(&surroundings));
    findings.push(dead_jobs(dead.map_or(0, |(_, count)| count), retention));
    if let Some(ahead) =
        newest.first().filter(|job| job.enqueued_at.since_ms(surroundings.now) > CLOCK_SKEW_MS)
    {
        let at = when::shown(ahead.enqueued_at, surroundings.now);
        findings.push(
            Finding::warn("clock", format!("the newest job was pushed {at}: this clock went back"))
                .remedy("let NTP keep it; what is due by the old clock waits until this one is there"),
        );
    }
    Ok(findings)
}

fn workers(surroundings: &Surroundings) -> Vec<Finding> {
    if surroundings.workers.is_empty() {
        return vec![Finding::warn("workers", "none lives").remedy("`cofferdam work` starts one")];
    }
    let now = surroundings.now;
    let mut findings = vec![Finding::ok("workers", format!("{} live", surroundings.workers.len()))];
    for worker in surroundings.workers.iter().filter(|worker| worker.expires_at < now) {
        let (id, since) = (&worker.facts.id, when::relative(worker.expires_at, now));
        findings.push(
            Finding::warn("workers", format!("`{id}` is silent: its lease ended {since}"))
                .remedy("its jobs go on as soon as another worker looks; see that machine"),
        );
    }
    findings
}

/// The newest module of each kind, as far as no live worker can run it.
fn kinds(surroundings: &Surroundings) -> Vec<Finding> {
    if surroundings.modules.is_empty() {
        let finding = Finding::warn("kinds", "no module is deployed: every push is refused");
        return vec![finding.remedy("`cofferdam deploy JOB.wasm` deploys one")];
    }
    // Without any worker that is said once, not for each kind.
    if surroundings.workers.is_empty() {
        return Vec::new();
    }
    let current = surroundings.modules.iter().filter(|module| module.current);
    let stuck = current.filter_map(|module| {
        let why = surroundings.why_nowhere(module, &module.manifest.queue, 0)?;
        Some(Finding::warn("kinds", format!("no live worker runs `{}`", module.kind)).remedy(why))
    });
    stuck.collect()
}

/// Those of which nothing is given out.
fn queues(surroundings: &Surroundings) -> Vec<Finding> {
    let stuck = surroundings.queues.iter().filter_map(|view| {
        let queue = &view.queue;
        let (what, remedy) = if view.paused {
            ("is paused", format!("`cofferdam queues resume {queue}`"))
        } else if view.available == 0 || surroundings.workers.is_empty() {
            return None;
        } else if surroundings.serving(queue).next().is_none() {
            ("has no live worker", format!("start one with `cofferdam work -q {queue}`"))
        } else {
            ("is not being worked on", surroundings.why_not_taken(queue)?)
        };
        let waiting = quantity::count(view.available);
        Some(Finding::warn("queues", format!("`{queue}` {what}, {waiting} job(s) wait in it")).remedy(remedy))
    });
    stuck.collect()
}

fn dead_jobs(count: u64, retention: Retention) -> Finding {
    if let Some(alert) = dead_alert(count, retention) {
        return Finding::warn("dead jobs", alert)
            .remedy("`cofferdam dead retry` or `dead delete`; `retention.dead_overflow = \"drop\"` lets the first to die go");
    }
    match count {
        0 => Finding::ok("dead jobs", "none"),
        count => Finding::warn("dead jobs", quantity::count(count))
            .remedy("`cofferdam dead list` tells why; `dead retry` runs them again"),
    }
}
