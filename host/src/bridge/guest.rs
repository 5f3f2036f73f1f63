//! The worker's hold on one guest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cofferdam_queue::{Append, Claimed, Effects, PartName, Progress, SizeLimits, Timestamp};
use cofferdam_sandbox::{Control, Logs, Snapshot};
use cofferdam_worker::{Pending, Stop, Urgency, Usage};

use super::children;
use super::ended::Fault;
use super::logs::{Told, lines};
use super::place::Place;

/// What the guest's task and the worker's hold share.
pub struct Hold {
    pub control: Control,
    pub claimed: Arc<Claimed>,
    pub told: Arc<Told>,
    pub sizes: SizeLimits,
    pub began: Timestamp,
    shared: Mutex<Shared>,
}

/// What is known so far; touched by whoever takes.
struct Shared {
    /// Where the job's effects stand.
    place: Place,
    progress: Option<Progress>,
    /// The ids of all children, for the report; the first [`CHILDREN_LISTED_MAX`].
    children: Vec<String>,
    /// Set once, by the first thing that is wrong; ends the attempt.
    fault: Option<Fault>,
}

/// How many children a report names.
const CHILDREN_LISTED_MAX: usize = 1000;

impl Hold {
    /// On an attempt of this job that is about to begin.
    pub fn new(
        control: Control,
        claimed: Arc<Claimed>,
        told: Arc<Told>,
        sizes: SizeLimits,
        began: Timestamp,
        place: Place,
    ) -> Hold {
        let shared = Mutex::new(Shared { place, progress: None, children: Vec::new(), fault: None });
        Hold { control, claimed, told, sizes, began, shared }
    }

    /// The newest state and all else that nobody took, for the next commit.
    pub fn take(&self) -> Option<Pending> {
        // Held from before the snapshot is taken: the attempt's last one, which is taken after
        // it, must not be numbered before it.
        let mut shared = self.lock();
        // Before the lines are taken: one that comes in between wakes again.
        self.told.taken();
        self.pending(&mut shared, self.control.take(), self.control.take_logs())
    }

    /// The same for the last time; `None`: the attempt's report has it.
    pub fn give_up(&self) -> Option<Pending> {
        let mut shared = self.lock();
        let snapshot = self.control.take();
        // Asked after: an end in between leaves what was taken here.
        if snapshot.is_none() && self.control.is_over() {
            return None;
        }
        Some(self.pending(&mut shared, snapshot, self.control.take_logs()).unwrap_or_default())
    }

    /// What the attempt had at its end that nobody took.
    pub fn last(&self, snapshot: Option<Snapshot>, logs: Logs) -> Option<Pending> {
        self.pending(&mut self.lock(), snapshot, logs)
    }

    /// The children of the attempt, and what was wrong with it. Asked once, at its end.
    pub fn concluded(&self) -> (Vec<String>, Option<Fault>) {
        let mut shared = self.lock();
        (std::mem::take(&mut shared.children), shared.fault.take())
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // What a panic left half done is a number too many, which does no harm.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self, shared: &mut Shared, snapshot: Option<Snapshot>, logs: Logs) -> Option<Pending> {
        let mut pending = Pending::default();
        if let Some(snapshot) = snapshot {
            match self.effects(shared, &snapshot) {
                Ok(effects) => {
                    pending.checkpoint_no = if snapshot.state.is_some() { snapshot.checkpoint_no } else { 0 };
                    pending.next_effect = shared.place.next_effect(snapshot.next_effect);
                    pending.state = snapshot.state;
                    pending.effects = effects;
                }
                Err(why) => {
                    // Neither the state nor its effects become durable: they belong together.
                    shared.fault.get_or_insert(Fault(why));
                    self.control.end_now(cofferdam_sandbox::Stop::Interrupt);
                }
            }
        }
        pending.effects.logs = lines(logs, self.claimed.token.attempt, self.began);
        let progress = self.control.usage().progress.map(progress);
        if progress != shared.progress {
            shared.progress.clone_from(&progress);
            pending.effects.progress = progress;
        }
        (pending.state.is_some() || !pending.effects.is_empty()).then_some(pending)
    }

    fn effects(&self, shared: &mut Shared, snapshot: &Snapshot) -> Result<Effects, String> {
        if let Some(Fault(why)) = &shared.fault {
            return Err(why.clone());
        }
        let children = children::jobs(
            &snapshot.effects.children,
            &self.claimed.id,
            self.sizes.input_bytes,
            super::world::wall(),
        )?;
        let room = CHILDREN_LISTED_MAX.saturating_sub(shared.children.len());
        shared.children.extend(children.iter().take(room).map(|child| child.job.id.to_string()));
        let mut appends = Vec::with_capacity(snapshot.effects.appends.len());
        for chunk in &snapshot.effects.appends {
            let part: PartName = chunk.part.parse().map_err(|error| format!("appended to {error}"))?;
            appends.push(Append { number: shared.place.append(), part, bytes: Bytes::clone(&chunk.bytes) });
        }
        Ok(Effects { children, appends, ..Effects::default() })
    }
}

fn progress(said: cofferdam_sandbox::Progress) -> Progress {
    Progress { done: said.done, total: said.total, message: said.message }
}

/// The worker's end of it.
pub struct Guest(pub Arc<Hold>);

impl cofferdam_worker::Guest for Guest {
    fn request_stop(&self, stop: Stop) {
        self.0.control.request_stop(seen(stop));
    }

    fn end_now(&self, stop: Stop) {
        self.0.control.end_now(seen(stop));
    }

    fn urgency(&self) -> Option<Urgency> {
        let urgency = self.0.control.urgency().map(|urgency| match urgency {
            cofferdam_sandbox::Urgency::Later => Urgency::Later,
            cofferdam_sandbox::Urgency::Soon => Urgency::Soon,
            cofferdam_sandbox::Urgency::Now => Urgency::Now,
        });
        urgency.or_else(|| self.0.told.is_something().then_some(Urgency::Later))
    }

    fn take(&self) -> Option<Pending> {
        self.0.take()
    }

    fn give_up(&self) -> Option<Pending> {
        self.0.give_up()
    }

    fn durable(&self, checkpoint_no: u64) {
        self.0.control.durable(checkpoint_no);
    }

    fn usage(&self) -> Usage {
        let usage = self.0.control.usage();
        Usage {
            fuel_used: usage.fuel_used,
            memory_bytes: usage.memory_bytes,
            checkpoint_count: usage.checkpoint_count,
            checkpoint_age_ms: usage
                .last_checkpoint_age
                .map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
            progress: usage.progress.map(progress),
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // Abandoned before its end; after it this does nothing.
        self.0.control.end_now(cofferdam_sandbox::Stop::Interrupt);
    }
}

fn seen(stop: Stop) -> cofferdam_sandbox::Stop {
    match stop {
        Stop::Interrupt => cofferdam_sandbox::Stop::Interrupt,
        Stop::Cancel => cofferdam_sandbox::Stop::Cancel,
    }
}
