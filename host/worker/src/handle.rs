//! A worker and the hand that its process keeps on it.

use std::sync::Arc;

use cofferdam_queue::{Drive, Modules};
use tokio::sync::{mpsc, oneshot};

use crate::config::WorkerConfig;
use crate::dispatcher::Dispatcher;
use crate::message::{Inbox, Message, Order};
use crate::observer::Observer;
use crate::sandbox::Sandbox;
use crate::snapshot::Snapshot;
use crate::summary::{Summary, WorkerError};
use crate::world::World;

/// Everything that a worker reaches.
#[derive(Clone)]
pub struct Ports {
    /// Where jobs come from and commits go.
    pub drive: Arc<dyn Drive>,
    /// Where modules come from; the same store.
    pub modules: Arc<dyn Modules>,
    /// What runs them.
    pub sandbox: Arc<dyn Sandbox>,
    /// Time, tasks, random bits.
    pub world: Arc<dyn World>,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
}

/// A worker that has not begun. Nothing happens before [`Worker::run`] is polled.
pub struct Worker {
    dispatcher: Dispatcher,
}

impl Worker {
    /// A worker, and the handle by which signals reach it.
    pub fn new(config: WorkerConfig, ports: Ports) -> (Worker, WorkerHandle) {
        let (inbox, messages) = mpsc::unbounded_channel();
        let dispatcher = Dispatcher::new(config, ports, inbox.clone(), messages);
        (Worker { dispatcher }, WorkerHandle { inbox })
    }

    /// Signs on, works until told to stop, drains, signs off.
    ///
    /// After a stop it completes within the drain's timeout and 2 s, whatever guests and
    /// store do.
    ///
    /// # Errors
    /// When the store refuses it for good before it could begin.
    pub async fn run(self) -> Result<Summary, WorkerError> {
        self.dispatcher.run().await
    }
}

/// Orders for a worker, from signals or the command line. Clones reach the same worker;
/// orders to one that has ended do nothing.
#[derive(Clone)]
pub struct WorkerHandle {
    inbox: Inbox,
}

impl WorkerHandle {
    /// Take no new jobs; go on with what runs (TSTP).
    pub fn quiet(&self) {
        self.order(Order::Quiet);
    }

    /// Take jobs again (CONT).
    pub fn unquiet(&self) {
        self.order(Order::Unquiet);
    }

    /// Drain: take no new jobs, let every attempt end at its next checkpoint, drop what
    /// still runs at the timeout (TERM, INT).
    pub fn stop(&self) {
        self.order(Order::Stop);
    }

    /// Drain with a timeout of zero from now (a second TERM).
    pub fn stop_now(&self) {
        self.order(Order::StopNow);
    }

    /// What runs now (TTIN); `None`: the worker has ended.
    pub async fn snapshot(&self) -> Option<Snapshot> {
        let (reply, shown) = oneshot::channel();
        self.order(Order::Show(reply));
        shown.await.ok()
    }

    fn order(&self, order: Order) {
        // A worker that has ended obeys nothing, which is what was asked for.
        let _ = self.inbox.send(Message::Order(order));
    }
}
