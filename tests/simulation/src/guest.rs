//! A scripted guest behind the worker's port: everything that a real one may do to its
//! worker, on virtual time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cofferdam_queue::{
    Append, Child, Effects, FailureClass, JobId, Kind, LogLine, NewJob, Outcome, PartName, Timestamp,
};
use cofferdam_worker::{Ended, Guest, Pending, Start, Stop, Urgency, Usage};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::ledger::Ledger;
use crate::process::Process;
use crate::script::{Act, Script};

/// What guest and worker both touch.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    told: Notify,
}

#[derive(Default)]
struct State {
    asked: Option<Stop>,
    end: Option<Stop>,
    pending: Option<Pending>,
    urgency: Option<Urgency>,
    logs: Vec<LogLine>,
    /// Effects since the last checkpoint.
    loose: Effects,
    checkpoint_no: u64,
    checkpoint_at: Option<Instant>,
    durable_no: u64,
    fuel_used: u64,
    /// It has ended, and what it had goes with the word of it.
    over: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The worker's hold on it.
pub(crate) struct Hold(pub(crate) Arc<Shared>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.end_now(Stop::Interrupt);
    }
}

impl Guest for Hold {
    fn request_stop(&self, stop: Stop) {
        self.0.state().asked = Some(stop);
        self.0.told.notify_one();
    }

    fn end_now(&self, stop: Stop) {
        let mut state = self.0.state();
        if state.end != Some(Stop::Cancel) {
            state.end = Some(stop);
        }
        self.0.told.notify_one();
    }

    fn urgency(&self) -> Option<Urgency> {
        let state = self.0.state();
        state.urgency.or((!state.logs.is_empty()).then_some(Urgency::Later))
    }

    fn take(&self) -> Option<Pending> {
        self.0.state().take()
    }

    fn give_up(&self) -> Option<Pending> {
        let mut state = self.0.state();
        (!state.over).then(|| state.take().unwrap_or_default())
    }

    fn durable(&self, checkpoint_no: u64) {
        let mut state = self.0.state();
        state.durable_no = state.durable_no.max(checkpoint_no);
        self.0.told.notify_one();
    }

    fn usage(&self) -> Usage {
        let state = self.0.state();
        Usage {
            fuel_used: state.fuel_used,
            memory_bytes: 1 << 20,
            checkpoint_count: state.checkpoint_no,
            checkpoint_age_ms: state.checkpoint_at.map(|at| at.elapsed().as_millis() as u64),
            progress: None,
        }
    }
}

impl State {
    fn take(&mut self) -> Option<Pending> {
        self.urgency = None;
        let mut pending = match (self.pending.take(), self.logs.is_empty()) {
            (None, true) => return None,
            (pending, _) => pending.unwrap_or_default(),
        };
        pending.effects.logs.append(&mut self.logs);
        Some(pending)
    }

    /// The newest state and all effects up to it, in one piece with what nobody took yet.
    fn checkpoint(&mut self, position: usize, next_effect: u64, now: bool) -> u64 {
        self.checkpoint_no += 1;
        self.checkpoint_at = Some(Instant::now());
        let mut loose = std::mem::take(&mut self.loose);
        let urgency = match (now, self.checkpoint_no, loose.children.is_empty()) {
            (true, ..) => Urgency::Now,
            (false, 1, _) | (false, _, false) => Urgency::Soon,
            (false, _, true) => Urgency::Later,
        };
        self.urgency = self.urgency.max(Some(urgency));
        let pending = self.pending.get_or_insert_default();
        pending.state = Some(Bytes::from(position.to_string()));
        pending.checkpoint_no = self.checkpoint_no;
        pending.next_effect = next_effect;
        pending.effects.children.append(&mut loose.children);
        pending.effects.appends.append(&mut loose.appends);
        self.checkpoint_no
    }
}

/// Why a guest does not go on.
struct Over {
    outcome: Outcome,
    class: FailureClass,
    message: String,
}

fn over(outcome: Outcome, message: &str) -> Over {
    Over { outcome, class: FailureClass::default(), message: message.to_owned() }
}

fn stopped(stop: Stop) -> Over {
    match stop {
        Stop::Interrupt => over(Outcome::Interrupted, "interrupted"),
        Stop::Cancel => over(Outcome::Cancelled, "cancelled"),
    }
}

/// One attempt, played.
pub(crate) struct Play {
    pub(crate) shared: Arc<Shared>,
    pub(crate) start: Start,
    pub(crate) script: Script,
    /// For each position of the script, the number of the effects before it.
    pub(crate) numbers: Vec<u64>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) process: Arc<Process>,
}

impl Play {
    /// From its checkpoint to its end.
    pub(crate) async fn run(&self) -> Ended {
        let began = Instant::now();
        let result = self.acts(began).await;
        let (output, over) = match result {
            Ok(()) => (Some(Bytes::from("done")), over(Outcome::Completed, "")),
            Err(over) => (None, over),
        };
        let mut state = self.shared.state();
        state.over = true;
        let mut last = state.take();
        if over.outcome == Outcome::Completed {
            let mut loose = std::mem::take(&mut state.loose);
            let last = last.get_or_insert_default();
            last.effects.children.append(&mut loose.children);
            last.effects.appends.append(&mut loose.appends);
        }
        Ended {
            outcome: over.outcome,
            class: over.class,
            message: over.message,
            report: Bytes::from(format!("{{\"outcome\":\"{}\"}}", over.outcome)),
            output,
            last,
            fuel_used: state.fuel_used,
            wall_ms: began.elapsed().as_millis() as u64,
        }
    }

    async fn acts(&self, began: Instant) -> Result<(), Over> {
        let claimed = &self.start.claimed;
        let attempt = claimed.token.attempt;
        let from = claimed.checkpoint.as_ref().map_or(0, |checkpoint| {
            let position = std::str::from_utf8(&checkpoint.state).ok().and_then(|text| text.parse().ok());
            position.expect("the state that this script handed over")
        });
        let deadline = began + Duration::from_millis(self.start.timeout_ms);
        for (position, act) in self.script.acts.iter().enumerate().skip(from) {
            match act {
                Act::Work { us } => {
                    self.wait(deadline, Some(*us)).await?;
                    self.process.tenure().works(&claimed.id);
                    let mut state = self.shared.state();
                    state.fuel_used += us;
                    if state.fuel_used > self.start.fuel {
                        return Err(over(Outcome::FuelLimit, "spent its fuel"));
                    }
                }
                Act::Checkpoint | Act::CheckpointNow => {
                    self.checkpoint(position + 1, matches!(act, Act::CheckpointNow), deadline).await?;
                }
                Act::Append { .. } | Act::Child(_) => self.effect(position, act),
                Act::Log => {
                    self.shared.state().logs.push(LogLine {
                        at: Timestamp(0),
                        attempt,
                        level: "info".to_owned(),
                        text: position.to_string(),
                    });
                    self.start.events.changed();
                }
                Act::Fail { class, until } if attempt <= *until => {
                    return Err(Over { class: *class, ..over(Outcome::Failed, "as the script says") });
                }
                Act::Trap { until } if attempt <= *until => {
                    return Err(over(Outcome::Trapped, "unreachable"));
                }
                Act::Need { mib } if mib << 20 > self.start.memory_bytes => {
                    return Err(over(Outcome::MemoryLimit, "asked for more than its cap"));
                }
                Act::Spin { until } if attempt <= *until => self.wait(deadline, None).await?,
                Act::Hang { ms, until } if attempt <= *until => {
                    tokio::time::sleep_until(Instant::now() + Duration::from_millis(*ms)).await;
                    self.wait(deadline, Some(0)).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn effect(&self, position: usize, act: &Act) {
        let number = self.numbers[position];
        let mut state = self.shared.state();
        match act {
            Act::Append { part } => {
                state.loose.appends.push(Append { number, part: part_name(*part), bytes: chunk(number) })
            }
            Act::Child(script) => state
                .loose
                .children
                .push(Child { number, job: new_job(self.start.claimed.id.child(number), script) }),
            _ => {}
        }
    }

    async fn checkpoint(&self, position: usize, now: bool, deadline: Instant) -> Result<(), Over> {
        let next_effect = self.numbers[position];
        let (checkpoint_no, asked) = {
            let mut state = self.shared.state();
            (state.checkpoint(position, next_effect, now), state.asked)
        };
        self.ledger.handed(&self.start.claimed.id, self.start.claimed.token, position);
        self.start.events.changed();
        if let Some(stop) = asked {
            return Err(stopped(stop));
        }
        while now && self.shared.state().durable_no < checkpoint_no {
            let (end, asked) = {
                let state = self.shared.state();
                (state.end, state.asked)
            };
            if let Some(stop) = end.or(asked) {
                return Err(stopped(stop));
            }
            tokio::select! {
                biased;
                () = self.shared.told.notified() => {}
                () = tokio::time::sleep_until(deadline) => return Err(over(Outcome::TimeLimit, "too long")),
            }
        }
        Ok(())
    }

    /// For so long, or for ever, unless it is ended before.
    async fn wait(&self, deadline: Instant, us: Option<u64>) -> Result<(), Over> {
        let until = us.map_or(deadline, |us| deadline.min(Instant::now() + Duration::from_micros(us)));
        loop {
            if let Some(stop) = self.shared.state().end {
                return Err(stopped(stop));
            }
            if Instant::now() >= deadline {
                return Err(over(Outcome::TimeLimit, "too long"));
            }
            tokio::select! {
                biased;
                () = self.shared.told.notified() => {}
                () = tokio::time::sleep_until(until) => {
                    if until < deadline {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// The part with this number.
pub fn part_name(part: u8) -> PartName {
    PartName::trusted(&format!("part-{part}"))
}

/// The bytes of the effect with this number.
pub fn chunk(number: u64) -> Bytes {
    Bytes::from(format!("chunk {number}"))
}

/// A script as a job to push.
pub fn new_job(id: JobId, script: &Script) -> NewJob {
    NewJob { id, kind: Kind::trusted(&script.kind), queue: None, input: script.to_input(), due_at: None }
}
