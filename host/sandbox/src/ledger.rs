//! The ledger of one attempt: checkpoints and effects as they are recorded, up
//! to the snapshot that somebody takes. Effects recorded after a checkpoint are
//! open; the next checkpoint, or completing, closes them.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::effects::{Append, Child, Effects, Progress, Snapshot, Urgency};
use crate::limits::Limits;
use crate::report::{CheckpointUse, LogLine, Logs};

#[derive(Default)]
pub(crate) struct Ledger {
    open: Effects,
    open_bytes: u64,
    closed: Option<Snapshot>,
    closed_bytes: u64,
    /// Taken and not known to be durable: (checkpoint number, bytes).
    in_flight: Vec<(u64, u64)>,
    next_effect: u64,
    checkpoints: CheckpointUse,
    last_checkpoint: Option<Instant>,
    progress: Option<Progress>,
    logs: Logs,
    logged_bytes: u64,
    logged_lines: u32,
    untaken_log_bytes: u64,
    over: bool,
}

/// What became of one checkpoint.
pub(crate) struct Closed {
    pub(crate) checkpoint_no: u64,
    /// The state that it replaced before anybody took it.
    pub(crate) replaced_bytes: u64,
    /// More urgent than what was there: somebody should hear of it.
    pub(crate) louder: bool,
}

impl Ledger {
    pub(crate) fn starting_at(next_effect: u64) -> Self {
        Self { next_effect, ..Self::default() }
    }

    pub(crate) fn next_effect(&self) -> u64 {
        self.next_effect
    }

    pub(crate) fn record_child(&mut self, id: String, spec: Bytes, charged_bytes: u64) {
        self.open.children.push(Child { no: self.next_effect, id, spec });
        self.open_bytes += charged_bytes;
        self.next_effect += 1;
    }

    pub(crate) fn record_append(&mut self, part: String, bytes: Bytes, charged_bytes: u64) {
        self.open.appends.push(Append { part, bytes });
        self.open_bytes += charged_bytes;
    }

    /// Closes what is open under a new state.
    pub(crate) fn checkpoint(&mut self, state: Bytes, now: bool) -> Closed {
        let replaced = self.closed.as_ref().and_then(|closed| closed.state.as_ref());
        let replaced_bytes = replaced.map_or(0, |state| state.len() as u64);
        self.checkpoints.count += 1;
        self.checkpoints.bytes = state.len() as u64;
        self.last_checkpoint = Some(Instant::now());
        let mut urgency = Urgency::Later;
        if self.checkpoints.count == 1 || !self.open.children.is_empty() {
            urgency = Urgency::Soon;
        }
        if now {
            urgency = Urgency::Now;
        }
        let before = self.urgency();
        self.closed_bytes = self.closed_bytes - replaced_bytes + state.len() as u64;
        self.close(Some(state), urgency);
        Closed { checkpoint_no: self.checkpoints.count, replaced_bytes, louder: self.urgency() > before }
    }

    /// Raises the snapshot to [`Urgency::Now`]. True when it was not.
    pub(crate) fn hurry(&mut self) -> bool {
        match &mut self.closed {
            Some(closed) if closed.urgency < Urgency::Now => {
                closed.urgency = Urgency::Now;
                true
            }
            _ => false,
        }
    }

    /// Nothing is recorded any more. Hands out what nobody took; of a guest that completed,
    /// what is open belongs to its end.
    pub(crate) fn end(&mut self, completed: bool) -> Option<Snapshot> {
        self.over = true;
        if completed && !self.open.is_empty() {
            self.close(None, Urgency::Soon);
        }
        self.take()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    fn close(&mut self, state: Option<Bytes>, urgency: Urgency) {
        let mut open = std::mem::take(&mut self.open);
        self.closed_bytes += std::mem::take(&mut self.open_bytes);
        let closed = self.closed.get_or_insert_with(|| Snapshot {
            state: None,
            checkpoint_no: 0,
            next_effect: 0,
            effects: Effects::default(),
            urgency,
        });
        if state.is_some() {
            closed.state = state;
        }
        closed.checkpoint_no = self.checkpoints.count;
        closed.next_effect = self.next_effect;
        closed.effects.children.append(&mut open.children);
        closed.effects.appends.append(&mut open.appends);
        closed.urgency = closed.urgency.max(urgency);
    }

    pub(crate) fn urgency(&self) -> Option<Urgency> {
        self.closed.as_ref().map(|c| c.urgency)
    }

    /// Hands out what is closed. Its bytes stay charged until it is durable.
    pub(crate) fn take(&mut self) -> Option<Snapshot> {
        let closed = self.closed.take()?;
        self.in_flight.push((closed.checkpoint_no, std::mem::take(&mut self.closed_bytes)));
        Some(closed)
    }

    /// Everything up to this checkpoint is durable; answers the bytes let go.
    pub(crate) fn durable(&mut self, checkpoint_no: u64) -> u64 {
        let mut released_bytes = 0;
        self.in_flight.retain(|(no, bytes)| {
            if *no <= checkpoint_no {
                released_bytes += bytes;
            }
            *no > checkpoint_no
        });
        released_bytes
    }

    /// Closed or in flight: what the guest would wait for if it waited now.
    pub(crate) fn undurable_bytes(&self) -> u64 {
        self.closed_bytes + self.in_flight.iter().map(|(_, bytes)| bytes).sum::<u64>()
    }

    pub(crate) fn checkpoints(&self) -> CheckpointUse {
        self.checkpoints
    }

    pub(crate) fn last_checkpoint_age(&self) -> Option<Duration> {
        self.last_checkpoint.map(|at| at.elapsed())
    }

    pub(crate) fn report_progress(&mut self, progress: Progress) -> u64 {
        let before = self.progress.replace(progress);
        before.map_or(0, |p| p.message.len() as u64)
    }

    pub(crate) fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// Whether a line of this size still fits; a line that does not is counted.
    pub(crate) fn admit_line(&mut self, line_bytes: u64, limits: &Limits) -> bool {
        if self.logged_bytes + line_bytes > limits.log_bytes || self.logged_lines >= limits.log_lines {
            self.logs.dropped += 1;
            return false;
        }
        self.logged_bytes += line_bytes;
        self.logged_lines += 1;
        true
    }

    pub(crate) fn log(&mut self, line: LogLine, charged_bytes: u64) {
        self.logs.lines.push(line);
        self.untaken_log_bytes += charged_bytes;
    }

    /// The lines so far, and the bytes let go with them.
    pub(crate) fn take_logs(&mut self) -> (Logs, u64) {
        (std::mem::take(&mut self.logs), std::mem::take(&mut self.untaken_log_bytes))
    }
}
