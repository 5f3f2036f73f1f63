//! One worker process of a run, and the hand on it.

use std::sync::{Arc, Mutex, PoisonError};

use cofferdam_queue::WorkerId;
use cofferdam_worker::{Observer, Step, Summary, WorkerHandle};
use tokio::sync::watch;

use crate::process::Process;
use crate::sandbox::Gauge;
use crate::weather::Weather;

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
    /// Its machine's own line to the store.
    pub line: Arc<Weather>,
}

/// The ids of a worker, newest last. Sees each of its steps, some of which are its last.
pub struct SignedOn {
    ids: Mutex<Vec<WorkerId>>,
    process: Arc<Process>,
    weather: Arc<Weather>,
}

impl SignedOn {
    pub(crate) fn new(process: Arc<Process>, weather: Arc<Weather>) -> SignedOn {
        SignedOn { ids: Mutex::default(), process, weather }
    }

    /// All of them.
    pub fn ids(&self) -> Vec<WorkerId> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Observer for SignedOn {
    fn signed_on(&self, worker: &WorkerId) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).push(worker.clone());
    }

    fn at(&self, _step: Step) {
        let per_mille = self.weather.crash_per_mille();
        if per_mille > 0 && self.process.dice().within(0..1_000) < per_mille {
            self.process.kill();
        }
    }
}

impl Member {
    /// Whether nothing comes from it any more.
    pub fn is_gone(&self) -> bool {
        self.process.is_killed() || self.done.borrow().is_some()
    }

    /// Waits for its end, at most ten virtual minutes.
    pub async fn ended(&mut self) -> Summary {
        let ended =
            tokio::time::timeout(std::time::Duration::from_secs(600), self.done.wait_for(Option::is_some));
        let summary = ended.await.expect("the worker ends").expect("its process lives").clone();
        summary.expect("that is what was waited for")
    }
}
