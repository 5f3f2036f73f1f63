//! One worker process of a run, and the hand on it.

use std::sync::{Arc, Mutex, PoisonError};

use cofferdam_queue::WorkerId;
use cofferdam_worker::{Observer, Summary, WorkerHandle};
use tokio::sync::watch;

use crate::process::Process;
use crate::sandbox::Gauge;

/// One worker process and the hand on it.
pub struct Member {
    /// The process.
    pub process: Arc<Process>,
    /// Its worker.
    pub handle: WorkerHandle,
    /// What runs in it.
    pub gauge: Arc<Gauge>,
    /// What its worker said at its end, if that has come.
    pub done: watch::Receiver<Option<Summary>>,
    /// Under which ids it signed on.
    pub signed_on: Arc<SignedOn>,
}

/// The ids of a worker, newest last.
#[derive(Default)]
pub struct SignedOn(Mutex<Vec<WorkerId>>);

impl Observer for SignedOn {
    fn signed_on(&self, worker: &WorkerId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(worker.clone());
    }
}

impl SignedOn {
    /// All of them.
    pub fn ids(&self) -> Vec<WorkerId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Member {
    /// Waits for its end, at most ten virtual minutes.
    pub async fn ended(&mut self) -> Summary {
        let ended =
            tokio::time::timeout(std::time::Duration::from_secs(600), self.done.wait_for(Option::is_some));
        let summary = ended.await.expect("the worker ends").expect("its process lives").clone();
        summary.expect("that is what was waited for")
    }
}
