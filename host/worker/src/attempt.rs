//! One running attempt: its guest, what it has written, and when its newest state has to
//! be durable.

use std::sync::Arc;

use cofferdam_queue::{Claimed, Commit};

use crate::config::FlushPolicy;
use crate::flush;
use crate::programs::LoadedProgram;
use crate::sandbox::{Ended, Guest, Stop};
use crate::snapshot::RunningAttempt;
use crate::summary::Interrupted;
use crate::verdict::{self, Written};
use crate::world::Moment;

pub(crate) struct Attempt {
    pub claimed: Arc<Claimed>,
    pub program: Arc<LoadedProgram>,
    pub guest: Box<dyn Guest>,
    pub reservation_bytes: u64,
    pub started_at: Moment,
    written: Written,
    flushed_at: Option<Moment>,
    flush_due_at: Option<Moment>,
    /// A commit of it was sent and not answered; the next one waits for that answer.
    pub committing: bool,
    /// It ended while a commit was on its way.
    pub ended: Option<Ended>,
    /// The guest's memory is not counted here any more.
    pub released: bool,
    /// When it was first asked to end because nobody wants it any more.
    pub cancelled_at: Option<Moment>,
    /// When it was told to end where it stands.
    pub ended_now_at: Option<Moment>,
}

impl Attempt {
    pub fn new(
        claimed: Arc<Claimed>,
        program: Arc<LoadedProgram>,
        guest: Box<dyn Guest>,
        reservation_bytes: u64,
        started_at: Moment,
    ) -> Attempt {
        Attempt {
            claimed,
            program,
            guest,
            reservation_bytes,
            started_at,
            written: Written::default(),
            flushed_at: None,
            flush_due_at: None,
            committing: false,
            ended: None,
            released: false,
            cancelled_at: None,
            ended_now_at: None,
        }
    }

    /// When its newest state has to go; `None`: nothing is pending, or its end is on its
    /// way and carries everything.
    pub fn plan_flush(&mut self, policy: &FlushPolicy, now: Moment) -> Option<Moment> {
        if self.ended.is_some() {
            return None;
        }
        let urgency = self.guest.urgency()?;
        let due_at = flush::due_at(policy, urgency, self.flushed_at, self.started_at, now);
        // More of the same does not put off what is due already.
        let due_at = self.flush_due_at.map_or(due_at, |planned| planned.min(due_at));
        self.flush_due_at = Some(due_at);
        (!self.committing).then_some(due_at)
    }

    /// Takes what is pending, as a commit and the number of its checkpoint.
    pub fn checkpoint(&mut self, now: Moment) -> Option<(Commit, u64)> {
        self.flush_due_at = None;
        let pending = self.guest.take()?;
        let checkpoint_no = if pending.state.is_some() { pending.checkpoint_no } else { 0 };
        let (saved, effects) = verdict::saved(&self.claimed, &self.program.manifest, &self.written, pending);
        self.flushed_at = Some(now);
        self.committing = true;
        self.written.seq += 1;
        let commit = Commit {
            id: self.claimed.id.clone(),
            token: self.claimed.token,
            seq: self.written.seq,
            saved,
            effects,
            end: None,
        };
        Some((commit, checkpoint_no))
    }

    /// That commit is durable.
    pub fn checkpointed(&mut self, commit: &Commit, checkpoint_no: u64) {
        self.committing = false;
        if let Some(saved) = &commit.saved {
            self.written.checkpoint_no = checkpoint_no;
            self.written.progressed |= saved.progressed;
            self.guest.durable(checkpoint_no);
        }
    }

    pub fn end_now(&mut self, stop: Stop, now: Moment) {
        self.ended_now_at.get_or_insert(now);
        self.guest.end_now(stop);
    }

    /// The attempt's last commit.
    pub fn conclude(&self, ended: Ended, random: u64) -> Commit {
        verdict::conclude(&self.claimed, &self.program.manifest, self.written, ended, random)
    }

    /// What an interruption cost. Asked when the guest has ended, or is given up.
    pub fn interrupted(&self, now: Moment) -> Interrupted {
        let usage = self.guest.usage();
        let no_checkpoint = usage.checkpoint_count == 0;
        let lost_ms = match self.ended_now_at {
            // It stopped inside a checkpoint, as it was asked to.
            None => 0,
            Some(_) if no_checkpoint => now.since_ms(self.started_at),
            Some(_) => usage.checkpoint_age_ms.unwrap_or_default(),
        };
        Interrupted {
            id: self.claimed.id.clone(),
            kind: self.claimed.kind.clone(),
            attempt: self.claimed.token.attempt,
            lost_ms,
            from_its_start: no_checkpoint,
            given_back: false,
        }
    }

    pub fn shown(&self, now: Moment) -> RunningAttempt {
        let usage = self.guest.usage();
        RunningAttempt {
            id: self.claimed.id.clone(),
            kind: self.claimed.kind.clone(),
            attempt: self.claimed.token.attempt,
            running_ms: now.since_ms(self.started_at),
            memory_bytes: usage.memory_bytes,
            memory_cap_bytes: self.program.manifest.memory_bytes(self.claimed.step),
            fuel_used: usage.fuel_used,
            checkpoint_age_ms: usage.checkpoint_age_ms,
            progress: usage.progress,
        }
    }
}
