//! `work --processes N`: N workers, each a process of its own, and one that watches them.
//!
//! A guest cannot reach beyond its enclosure, but an engine has bugs, and a system runs out of
//! memory: whatever ends a process takes its running attempts with it, and no other's. The
//! supervisor saw it end, and that is proof: it ends its leases at once, starts another process in
//! its place, and its jobs go on from their checkpoints wherever there is room. It runs no guest,
//! compiles nothing, and holds nothing but a connection to the store.

mod burial;
mod control_group;
mod process;
mod restarts;

use std::time::Duration;

use cofferdam_queue::Store;
use cofferdam_worker::LOADS_AT_ONCE;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, wait};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use self::burial::Burials;
use self::control_group::ControlGroups;
use self::process::Process;
use self::restarts::Restarts;
use super::Settings;
use super::orders::Orders;
use super::supervised::Order;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::quantity;

pub use control_group::why_not as why_no_control_groups;

/// After the drain's own time, beyond what a worker takes for itself: who is left is killed.
const GRACE: Duration = Duration::from_secs(4);
/// How long the store may take to hear that a process is dead, at our own end.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// One place for a worker, and who is in it.
struct Place {
    number: u32,
    process: Option<Process>,
    restarts: Restarts,
    /// Somebody is to be in it from then on.
    start_at: Option<Instant>,
}

struct Supervisor {
    places: Vec<Place>,
    groups: Option<ControlGroups>,
    burials: Burials,
    share_bytes: u64,
    drain_timeout: Duration,
    stopping: Option<Instant>,
    /// Who takes the place of another is, too.
    is_quiet: bool,
    is_well: bool,
}

/// Runs them until they are told to stop.
pub async fn supervise(
    settings: &Settings,
    context: &Context,
    orders: &mut Orders,
    store: std::sync::Arc<dyn Store>,
) -> Result<ExitCode, Failure> {
    let mut ended = signal(SignalKind::child())
        .map_err(|error| Failure::new(format!("cannot listen to signals: {error}")))?;
    let share_bytes = settings.share().budget_bytes;
    let groups =
        ControlGroups::prepare(share_bytes, LOADS_AT_ONCE as u64 * context.config.compile.memory_bytes);
    tracing::info!(
        processes = settings.processes,
        memory_budget_of_each = quantity::bytes(share_bytes),
        concurrency_of_each = settings.share().concurrency,
        memory_limit_of_each = groups
            .as_ref()
            .map_or_else(|why| format!("none: {why}"), |groups| quantity::bytes(groups.limit_bytes)),
        "supervises"
    );
    let now = Instant::now();
    let places = (1..=settings.processes)
        .map(|number| Place { number, process: None, restarts: Restarts::default(), start_at: Some(now) })
        .collect();
    let mut supervisor = Supervisor {
        places,
        groups: groups.ok(),
        burials: Burials::of(store),
        share_bytes,
        drain_timeout: settings.worker.drain_timeout,
        stopping: None,
        is_quiet: false,
        is_well: true,
    };
    loop {
        supervisor.start_due();
        if supervisor.is_empty() {
            break;
        }
        let next_at = supervisor.next_at();
        tokio::select! {
            biased;
            _ = ended.recv() => supervisor.reap(),
            order = orders.next() => supervisor.pass_on(order),
            () = async { sleep_until(next_at.unwrap_or_else(Instant::now)).await }, if next_at.is_some() => {
                supervisor.kill_late();
            }
        }
    }
    supervisor.is_well &= supervisor.burials.all_within(LAST_WORDS).await;
    Ok(if supervisor.is_well { ExitCode::DONE } else { ExitCode::FAILED })
}

impl Supervisor {
    fn start_due(&mut self) {
        let now = Instant::now();
        for place in &mut self.places {
            if self.stopping.is_some() || place.start_at.is_none_or(|at| at > now) {
                continue;
            }
            place.start_at = None;
            match Process::start(place.number, self.share_bytes) {
                Ok(mut process) => {
                    if self.is_quiet {
                        process.tell(Order::Quiet);
                    }
                    if let Some(groups) = &self.groups
                        && let Err(error) = groups.take_in(place.number, process.pid())
                    {
                        tracing::warn!(process = place.number, %error, "it has no memory limit of its own");
                    }
                    tracing::info!(process = place.number, pid = process.pid(), "started");
                    place.restarts.started(now);
                    place.process = Some(process);
                }
                Err(error) => {
                    tracing::error!(process = place.number, %error, "cannot start a process; trying again");
                    place.start_at = Some(place.restarts.next_at(now));
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        let waits = |place: &Place| place.start_at.is_some() && self.stopping.is_none();
        !self.places.iter().any(|place| place.process.is_some() || waits(place))
    }

    fn next_at(&self) -> Option<Instant> {
        match self.stopping {
            Some(at) => Some(at),
            None => self.places.iter().filter_map(|place| place.start_at).min(),
        }
    }

    /// Every process that has ended since; in a container, orphans of others are among them.
    fn reap(&mut self) {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            self.ended(pid, status);
        }
    }

    fn ended(&mut self, pid: Pid, status: WaitStatus) {
        let is_it = |place: &&mut Place| place.process.as_ref().is_some_and(|process| process.is(pid));
        let Some(place) = self.places.iter_mut().find(is_it) else { return };
        let Some(mut process) = place.process.take() else { return };
        let number = place.number;
        if status.exit_status() == Some(0) {
            tracing::info!(process = number, "ended in good order");
            return;
        }
        // Whatever it held is free from now on.
        self.burials.bury(process.workers());
        if self.stopping.is_some() {
            tracing::error!(process = number, how = how(status), "a process did not end in good order");
            self.is_well = false;
            return;
        }
        let at = place.restarts.next_at(Instant::now());
        let again_in = at.saturating_duration_since(Instant::now());
        tracing::error!(
            process = number,
            how = how(status),
            ?again_in,
            "a process was lost; its jobs go on elsewhere, and another one takes its place"
        );
        place.start_at = Some(at);
    }

    fn pass_on(&mut self, order: Order) {
        let order = match (order, self.stopping) {
            (Order::Stop, None) => {
                self.stopping = Some(Instant::now() + self.drain_timeout + GRACE);
                Order::Stop
            }
            (Order::Stop | Order::StopNow, _) => {
                self.stopping = Some(Instant::now() + GRACE);
                Order::StopNow
            }
            (order, _) => order,
        };
        if let Order::Quiet | Order::GoOn = order {
            self.is_quiet = order == Order::Quiet;
        }
        self.places.iter_mut().filter_map(|place| place.process.as_mut()).for_each(|one| one.tell(order));
    }

    /// Those that did not end in their time.
    fn kill_late(&mut self) {
        if self.stopping.is_none_or(|at| at > Instant::now()) {
            return;
        }
        for process in self.places.iter().filter_map(|place| place.process.as_ref()) {
            process.kill();
        }
        // Their end comes as a signal.
        self.stopping = Some(Instant::now() + GRACE);
    }
}

fn how(status: WaitStatus) -> String {
    match (status.terminating_signal().map(|raw| (raw, Signal::from_named_raw(raw))), status.exit_status()) {
        (Some((_, Some(Signal::KILL))), _) => {
            "killed (by hand, or because the system or its control group was out of memory)".to_owned()
        }
        (Some((_, Some(Signal::ABORT))), _) => "it aborted".to_owned(),
        (Some((raw, _)), _) => format!("signal {raw}"),
        (None, code) => format!("exit code {}", code.unwrap_or_default()),
    }
}
