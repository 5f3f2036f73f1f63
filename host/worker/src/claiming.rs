//! Asking for jobs, and starting them: what a claim says, and what becomes of its answer.

use std::sync::Arc;

use cofferdam_queue::{Claim, Claimed, Commit, Outcome};

use crate::admission;
use crate::attempt::Attempt;
use crate::dispatcher::Dispatcher;
use crate::message::Events;
use crate::observer::Step;
use crate::outbox::Owner;
use crate::programs::{LoadedProgram, Readiness, Table};
use crate::queues;
use crate::sandbox::{Ended, Start};
use crate::verdict::{self, Written};
use crate::world::Moment;

/// A job that was claimed and has not started.
pub(crate) struct Ready {
    pub claimed: Arc<Claimed>,
    /// `None`: a claim whose answer was lost came back after its module had gone.
    pub program: Option<Arc<LoadedProgram>>,
    pub reservation_bytes: u64,
    pub claimed_at: Moment,
}

impl Ready {
    pub fn conclude(&self, ended: Ended, random: u64) -> Commit {
        match &self.program {
            Some(program) => {
                verdict::conclude(&self.claimed, &program.manifest, Written::default(), ended, random)
            }
            None => verdict::give_back(&self.claimed, ended),
        }
    }
}

impl Dispatcher {
    /// The table of programs has changed.
    pub fn loaded(&mut self, Table { deploys, programs }: Table) {
        self.claimable_deploys = deploys;
        self.claimable = Arc::new(programs.iter().filter_map(LoadedProgram::claimable).collect());
        self.programs = programs
            .into_iter()
            .map(|program| ((program.kind.clone(), program.module), Arc::new(program)))
            .collect();
        self.admission.look_again();
    }

    /// How many more jobs are wanted now: free slots, and some ahead while attempts are short.
    fn wanted(&self, now: Moment) -> usize {
        let ahead = self.pace.ahead(self.config.concurrency, now);
        (self.admission.idle_slots() + ahead).saturating_sub(self.ready.len())
    }

    fn could_run(&self, now: Moment) -> bool {
        !self.takes_nothing() && !self.claimable.is_empty() && self.wanted(now) > 0
    }

    fn may_claim(&self, now: Moment) -> bool {
        self.could_run(now) && self.admission.may_find()
    }

    /// Whether the want for jobs alone is worth an exchange: slots stand idle, or what was
    /// claimed ahead is half used up.
    pub fn needs_jobs(&self, now: Moment) -> bool {
        let ready = self.ready.len();
        self.may_claim(now) && (self.admission.idle_slots() > ready || self.wanted(now) >= ready)
    }

    /// What to ask for in the exchange that is about to go. `commits`: it goes anyway, and what was used up
    /// of the claim that stays is asked for anew.
    pub fn claim(&mut self, commits: bool, now: Moment) -> Option<Claim> {
        self.turns += 1;
        let lease = self.standing.lease()?;
        let mut claim = Claim {
            worker: lease.worker.clone(),
            queues: Vec::new(),
            programs: self.claimable.clone(),
            deploys: self.claimable_deploys,
            jobs_max: 0,
            free_bytes: 0,
            budget_bytes: self.config.budget_bytes,
            held: None,
            stays: self.admission.idle_slots().saturating_sub(self.ready.len()),
            turn: self.turns,
            random: self.ports.world.random_u64(),
        };
        let given = std::mem::take(&mut self.outbox.given) && !self.may_claim(now);
        if self.outbox.claim_lost || given {
            // Only what was given already: it was within the limits of the lost claim.
            claim.held = Some(self.held());
            return Some(claim);
        }
        let renews = commits && std::mem::take(&mut self.outbox.renew) && self.could_run(now);
        if !renews && !self.may_claim(now) {
            return None;
        }
        claim.queues = queues::draw(&self.config.queues, self.ports.world.as_ref());
        claim.jobs_max = self.wanted(now);
        claim.free_bytes = self.admission.free_bytes();
        if let Some(kept_for_bytes) = self.admission.kept_for_bytes(now) {
            claim.programs = Arc::new(admission::only_from(&self.claimable, kept_for_bytes));
        }
        Some(claim)
    }

    /// Jobs are under this worker's lease now. Returns the largest of their reservations.
    pub fn take_claimed(&mut self, claimed: Vec<Claimed>, now: Moment) -> u64 {
        if claimed.is_empty() {
            return 0;
        }
        self.ports.observer.at(Step::Claimed);
        let mut largest_bytes = 0;
        for claimed in claimed {
            let program = self.programs.get(&(claimed.kind.clone(), claimed.module)).cloned();
            let reservation_bytes =
                program.as_ref().map_or(0, |program| program.reservation_bytes(claimed.step));
            self.admission.claimed(reservation_bytes);
            largest_bytes = largest_bytes.max(reservation_bytes);
            let ready = Ready { claimed: Arc::new(claimed), program, reservation_bytes, claimed_at: now };
            if self.drain.is_some() {
                self.give_back(ready, now);
            } else {
                self.ready.push_back(ready);
            }
        }
        largest_bytes
    }

    /// Starts what there is room for, in the order of the claim.
    pub fn start_ready(&mut self, now: Moment) {
        while let Some(ready) = self.ready.pop_front() {
            let Some(program) = ready.program.clone() else {
                self.give_back(ready, now);
                continue;
            };
            match &program.readiness {
                Readiness::Compiled(compiled) => {
                    if !self.admission.start(ready.reservation_bytes) {
                        // The next one may be smaller, but this one was first.
                        self.ready.push_front(ready);
                        return;
                    }
                    let compiled = compiled.clone();
                    self.start(ready, program, compiled.as_ref(), now);
                }
                Readiness::Refused(message) => {
                    let ended = Ended::without_guest(Outcome::Refused, message.as_ref());
                    self.end_unstarted(ready, ended, now);
                }
                Readiness::Elsewhere => self.give_back(ready, now),
            }
        }
    }

    fn start(
        &mut self,
        ready: Ready,
        program: Arc<LoadedProgram>,
        compiled: &dyn crate::sandbox::Compiled,
        now: Moment,
    ) {
        self.attempt_no += 1;
        let no = self.attempt_no;
        let Ready { claimed, reservation_bytes, .. } = ready;
        let manifest = &program.manifest;
        let start = Start {
            memory_bytes: manifest.memory_bytes(claimed.step),
            fuel: verdict::left(manifest.fuel, manifest.fuel_total, claimed.fuel_spent),
            timeout_ms: verdict::left(manifest.timeout_ms, manifest.timeout_total_ms, claimed.wall_spent_ms),
            manifest: manifest.clone(),
            started_at: self.ports.world.wall(),
            events: Events::new(no, self.inbox.clone()),
            claimed: claimed.clone(),
        };
        let guest = compiled.start(start);
        self.ports.observer.started(&claimed);
        self.attempts.insert(no, Attempt::new(claimed, program, guest, reservation_bytes, now));
    }

    /// Gives a job back that never started here.
    pub fn give_back(&mut self, ready: Ready, now: Moment) {
        self.admission.given_up(ready.reservation_bytes);
        let mut ended = Ended::without_guest(Outcome::Interrupted, "given back before it started");
        ended.report = self.ports.sandbox.report_without_guest(&ready.claimed, &ended);
        let commit = verdict::give_back(&ready.claimed, ended);
        self.outbox.push(commit, Owner::GivenBack { claimed: ready.claimed }, now);
    }

    /// What was claimed ahead and then met long attempts is for others.
    pub fn give_back_what_waited_too_long(&mut self, now: Moment) {
        let late = |ready: &Ready| self.pace.waited_too_long(ready.claimed_at) <= now;
        if !self.ready.front().is_some_and(late) {
            return;
        }
        for ready in std::mem::take(&mut self.ready) {
            self.give_back(ready, now);
        }
    }
}
