//! A module that is ready, and the task that takes one guest from its start to its end.

use std::sync::Arc;

use cofferdam_queue::{JobId, ModuleHash, SizeLimits, Timestamp};
use cofferdam_sandbox::{Control, Grant, JobFacts, LiveOutput, Program, Request, Resume, Shape};
use cofferdam_worker::{Compiled, Guest, Start};

use super::ended::ended;
use super::guest::{self, Hold};
use super::guests::Guests;
use super::limits::{Budget, limits};
use super::logs::stream_lines;
use super::place::Place;
use super::report::Facts;

/// A module that is ready.
pub struct Ready {
    pub loaded: Arc<Loaded>,
    pub guests: Arc<Guests>,
    pub sizes: SizeLimits,
}

/// What all attempts of a module share.
pub struct Loaded {
    pub program: Program,
    pub module: ModuleHash,
    pub grants: Vec<Grant>,
}

impl Compiled for Ready {
    fn start(&self, start: Start) -> Box<dyn Guest> {
        let claimed = start.claimed.clone();
        let place = Place::of(claimed.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.next_effect));
        let control = Control::new(start.manifest.host_allowance_bytes, place.children());
        let hold = Arc::new(Hold::new(control, claimed, Arc::default(), self.sizes, start.started_at, place));
        self.guests.spawn(run(self.loaded.clone(), start, hold.clone()));
        Box::new(guest::Guest(hold))
    }
}

impl Loaded {
    fn request(&self, start: &Start, hold: &Hold) -> Request {
        let Start { claimed, manifest, memory_bytes, fuel, timeout_ms, .. } = start;
        let budget = Budget { memory_bytes: *memory_bytes, fuel: *fuel, timeout_ms: *timeout_ms };
        let parent = claimed.id.clone();
        Request {
            job: JobFacts {
                id: claimed.id.to_string(),
                kind: claimed.kind.to_string(),
                queue: claimed.queue.to_string(),
                attempt: u64::from(claimed.token.attempt),
            },
            input: claimed.input.clone(),
            args: Vec::new(),
            grants: self.grants.clone(),
            limits: limits(manifest, &budget, &hold.sizes),
            resume: claimed.checkpoint.as_ref().map(|checkpoint| Resume {
                state: checkpoint.state.clone(),
                next_effect: Place::of(checkpoint.next_effect).children(),
            }),
            child_id: Arc::new(move |number| JobId::child(&parent, number).to_string()),
            live: Some(hold.told.clone() as Arc<dyn LiveOutput>),
        }
    }

    fn facts(&self, start: &Start) -> Facts {
        let Start { claimed, manifest, .. } = start;
        Facts {
            id: Some(claimed.id.to_string()),
            attempt: Some(claimed.token.attempt),
            kind: claimed.kind.clone(),
            module: self.module,
            shape: self.program.inspection().shape,
            format: manifest.output,
            resumed: claimed.checkpoint.is_some(),
            children: Vec::new(),
        }
    }
}

/// From the start to the word of its end. All that the attempt needs is made here, by the thread
/// that runs it and lets go of it: memory that one thread allocates and another frees costs both.
async fn run(loaded: Arc<Loaded>, start: Start, hold: Arc<Hold>) {
    let mut attempt = loaded.program.attempt_under(&hold.control, loaded.request(&start, &hold));
    let mut facts = loaded.facts(&start);
    let events = start.events;
    let mut seen = loop {
        tokio::select! {
            biased;
            seen = &mut attempt => break seen,
            () = hold.control.changed() => events.changed(),
            () = hold.told.woken.notified() => events.changed(),
        }
    };
    // The guest's memory goes before anybody hears of its end.
    drop(attempt);
    let last = hold.last(seen.last.take(), std::mem::take(&mut seen.logs));
    let last = with_streams(last, &seen, &facts, hold.began);
    let (children, fault) = hold.concluded();
    facts.children = children;
    events.ended(ended(seen, facts, fault, last));
}

/// Streams that are not the result are read in the job's log.
fn with_streams(
    last: Option<cofferdam_worker::Pending>,
    seen: &cofferdam_sandbox::Report,
    facts: &Facts,
    began: Timestamp,
) -> Option<cofferdam_worker::Pending> {
    let attempt = facts.attempt.unwrap_or_default();
    let at = began + u64::try_from(seen.wall.as_millis()).unwrap_or(u64::MAX);
    let mut lines = Vec::new();
    if facts.shape == Shape::Job {
        lines.extend(stream_lines(&seen.stdout, "stdout", attempt, at));
    }
    lines.extend(stream_lines(&seen.stderr, "stderr", attempt, at));
    if lines.is_empty() {
        return last;
    }
    let mut last = last.unwrap_or_default();
    last.effects.logs.append(&mut lines);
    Some(last)
}
