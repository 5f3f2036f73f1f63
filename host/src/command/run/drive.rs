//! From a plan to what came of it: compile, read the payload, run the guest, keep what it
//! checkpoints, and end it when somebody wants that.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cofferdam_queue::{JobId, Outcome};
use cofferdam_sandbox::{
    Control, JobFacts, LiveOutput, LoadError, Program, Request, Resume, Shape, Snapshot, Stop, Urgency,
};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::kept::{Kept, NotKept};
use super::outcome::RunOutcome;
use super::passthrough::{Passing, Passthrough};
use super::payload;
use super::plan::Plan;
use super::progress::Shown;
use super::report::{self, Known};
use super::signals::Signals;
use super::told;
use crate::bounded_file::TooLarge;
use crate::bridge::{Budget, Guests, limits, open_engine};
use crate::command::payload::InputError;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

/// The name that children are derived from: there is no job in a store.
const JOB_ID: &str = "run";
/// How long an interrupted job may take to its next checkpoint.
const STOP_GRACE: Duration = Duration::from_secs(1);
/// Between two writes of a checkpoint file that nobody waits for.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// How long output may take to be written when its time is over.
const LAST_OUTPUT: Duration = Duration::from_secs(1);
const LOOK_AT_PROGRESS: Duration = Duration::from_millis(100);

/// Runs the plan to its end.
pub async fn drive(mut plan: Plan, context: &Context, signals: &mut Signals) -> Result<RunOutcome, Failure> {
    let timeout = Duration::from_millis(plan.manifest.timeout_ms);
    let (wasm, config) = (plan.module.wasm.clone(), context.config.clone());
    let compiling = tokio::task::spawn_blocking(move || open_engine(&config, 1)?.load(&wasm));
    let (given, shape) = (plan.input.take(), plan.module.inspection.shape);
    let limit_bytes = plan.manifest.host_allowance_bytes;
    let reading = tokio::task::spawn_blocking(move || payload::read(given.as_deref(), shape, limit_bytes));
    let read = tokio::select! {
        read = reading => read.map_err(|error| Failure::new(format!("cannot read the payload: {error}")))?,
        exit = signals.next() => return Ok(interrupted(&plan, exit)),
        () = sleep(timeout) => return Ok(too_late(&plan)),
    };
    let input = match read {
        Ok(input) => input,
        Err(InputError::Unreadable(failure)) => return Err(failure),
        Err(InputError::TooLarge(too_large)) => return Ok(does_not_fit(&plan, too_large)),
    };
    if let Some(file) = &mut plan.checkpoint {
        file.take_input(&input, plan.resume.as_ref())?;
    }
    let program = tokio::select! {
        loaded = compiling => loaded.map_err(|error| Failure::new(format!("cannot compile: {error}")))?,
        exit = signals.next() => return Ok(interrupted(&plan, exit)),
    };
    match program {
        Ok(program) => Attempt::start(plan, &program, input, context)?.end(signals).await,
        Err(LoadError::Refused(refusal)) => {
            Ok(report::without_guest(&plan, Outcome::Refused, format!("the module {refusal}")))
        }
        Err(LoadError::Host(error)) => Err(Failure::new(error)),
    }
}

fn interrupted(plan: &Plan, exit: ExitCode) -> RunOutcome {
    report::without_guest(plan, Outcome::Interrupted, report::NOT_BEGUN.to_owned()).ended_by(exit)
}

/// What the sandbox would say of it, with its real size.
fn does_not_fit(plan: &Plan, too_large: TooLarge) -> RunOutcome {
    let what = "does not fit into the host allowance";
    let message = match (too_large.bytes, too_large.limit_bytes) {
        (Some(bytes), allowance) => format!("its input of {bytes} bytes {what} of {allowance} bytes"),
        (None, allowance) => format!("its input of more than {allowance} bytes {what} of {allowance} bytes"),
    };
    let mut outcome = report::without_guest(plan, Outcome::MemoryLimit, message);
    outcome.hints = told::hints(&outcome.report, &plan.manifest, None);
    outcome
}

fn too_late(plan: &Plan) -> RunOutcome {
    let timeout = cofferdam_queue::show_duration_ms(plan.manifest.timeout_ms);
    let mut outcome = report::without_guest(
        plan,
        Outcome::TimeLimit,
        format!("its payload on stdin did not end within its time of {timeout}"),
    );
    outcome.hints.push("`--input` gives another payload, `--input ''` an empty one".to_owned());
    outcome
}

/// One running guest.
struct Attempt {
    plan: Plan,
    control: Control,
    ended: oneshot::Receiver<cofferdam_sandbox::Report>,
    deadline: Instant,
    passthrough: Arc<Passthrough>,
    shown: Shown,
    kept: Kept,
    known: Known,
    flushed_at: Option<Instant>,
    flush_at: Option<Instant>,
    end_at: Option<Instant>,
    failed: Option<Failure>,
    // Last, so that it goes last: the guest is on it.
    _guests: Guests,
}

impl Attempt {
    fn start(mut plan: Plan, program: &Program, input: Bytes, context: &Context) -> Result<Attempt, Failure> {
        let cannot = |error| Failure::new(format!("cannot start a thread: {error}"));
        let shown = Shown::new(context.output);
        let passing = match (context.output.is_json(), plan.module.inspection.shape) {
            (true, _) => Passing::Nothing,
            (false, Shape::Command) => Passing::Both,
            (false, Shape::Job) => Passing::ToStderr,
        };
        let passthrough = Passthrough::start(passing, shown.bar()).map_err(cannot)?;
        let budget = Budget::of(&plan.manifest);
        let deadline = Instant::now() + Duration::from_millis(budget.timeout_ms);
        let parent = JobId::trusted(JOB_ID);
        let request = Request {
            job: JobFacts {
                id: JOB_ID.to_owned(),
                kind: plan.manifest.kind.to_string(),
                queue: plan.manifest.queue.to_string(),
                attempt: 1,
            },
            input,
            args: std::mem::take(&mut plan.args),
            grants: std::mem::take(&mut plan.grants),
            limits: limits(&plan.manifest, &budget, &context.config.size_limits()),
            resume: plan
                .resume
                .as_ref()
                .map(|saved| Resume { state: saved.state.clone(), next_effect: saved.next_effect }),
            child_id: Arc::new(move |number| parent.child(number).to_string()),
            live: Some(passthrough.clone() as Arc<dyn LiveOutput>),
        };
        let guests = Guests::start(1).map_err(cannot)?;
        let (attempt, control) = program.attempt(request);
        let (done, ended) = oneshot::channel();
        guests.spawn(async move {
            // Nobody waits any more only when the process is about to end.
            let _ = done.send(attempt.await);
        });
        let kept = Kept::new(plan.checkpoint.clone(), plan.resume.as_ref());
        Ok(Attempt {
            plan,
            control,
            ended,
            deadline,
            passthrough,
            shown,
            kept,
            known: Known::default(),
            flushed_at: None,
            flush_at: None,
            end_at: None,
            failed: None,
            _guests: guests,
        })
    }

    async fn end(mut self, signals: &mut Signals) -> Result<RunOutcome, Failure> {
        let mut seen = self.until_ended(signals).await?;
        if let Some(last) = seen.last.take() {
            self.keep(last).await;
        }
        self.shown.show(self.passthrough.progress().map(progress));
        self.write_out(signals).await;
        self.shown.clear();
        match self.failed {
            Some(failure) => Err(failure),
            None => Ok(report::of(seen, self.plan, self.kept, self.known)),
        }
    }

    async fn until_ended(&mut self, signals: &mut Signals) -> Result<cofferdam_sandbox::Report, Failure> {
        let mut look = interval(LOOK_AT_PROGRESS);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_late = false;
        loop {
            tokio::select! {
                biased;
                ended = &mut self.ended => {
                    return ended.map_err(|_| Failure::new("the guest's thread ended before the guest"));
                }
                exit = signals.next() => self.stop(exit),
                () = self.passthrough.broken(), if !self.known.is_reader_gone => {
                    self.known.is_reader_gone = true;
                    self.control.end_now(Stop::Cancel);
                }
                () = self.control.changed() => self.plan_flush(),
                () = until(self.flush_at) => self.flush().await,
                () = until(self.end_at) => self.end_now(),
                () = sleep_until(self.deadline), if !is_late => {
                    is_late = true;
                    self.passthrough.release();
                }
                _ = look.tick() => self.shown.show(self.passthrough.progress().map(progress)),
            }
        }
    }

    /// A job with a file to keep it in may come to its next checkpoint; nothing else is lost
    /// by ending at once.
    fn stop(&mut self, exit: ExitCode) {
        let is_first = self.known.signal.is_none();
        self.known.signal = Some(exit);
        if is_first && self.plan.checkpoint.is_some() && self.plan.module.inspection.shape == Shape::Job {
            self.control.request_stop(Stop::Interrupt);
            self.end_at = Some(Instant::now() + STOP_GRACE);
        } else {
            self.end_now();
        }
    }

    fn end_now(&mut self) {
        self.end_at = None;
        self.passthrough.release();
        self.control.end_now(Stop::Interrupt);
    }

    fn plan_flush(&mut self) {
        let now = Instant::now();
        let at = match (self.control.urgency(), self.flushed_at) {
            (None, _) => return,
            (Some(Urgency::Later), Some(flushed_at)) => flushed_at + FLUSH_EVERY,
            (Some(_), _) => now,
        };
        self.flush_at = Some(self.flush_at.map_or(at, |planned| planned.min(at)));
    }

    async fn flush(&mut self) {
        self.flush_at = None;
        if let Some(snapshot) = self.control.take() {
            self.keep(snapshot).await;
            self.flushed_at = Some(Instant::now());
            // The next one is not announced when it is no more urgent than this was.
            self.flush_at = self.flushed_at.map(|flushed_at| flushed_at + FLUSH_EVERY);
        }
    }

    async fn keep(&mut self, snapshot: Snapshot) {
        let checkpoint_no = snapshot.checkpoint_no;
        match self.kept.keep(snapshot).await {
            Ok(()) => self.control.durable(checkpoint_no),
            Err(NotKept::Wrong(why)) => {
                self.known.fault.get_or_insert(why);
                self.end_now();
            }
            Err(NotKept::Failed(failure)) => {
                self.failed.get_or_insert(failure);
                self.end_now();
            }
        }
    }

    /// Waits for a slow reader as long as the job had time, and for one that does not read
    /// no longer.
    async fn write_out(&mut self, signals: &mut Signals) {
        let latest = self.deadline.max(Instant::now() + LAST_OUTPUT);
        tokio::select! {
            () = self.passthrough.finished() => {}
            () = sleep_until(latest) => {}
            _ = signals.next() => {}
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn progress(said: cofferdam_sandbox::Progress) -> cofferdam_queue::Progress {
    cofferdam_queue::Progress { done: said.done, total: said.total, message: said.message }
}
