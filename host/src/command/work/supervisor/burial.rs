//! The store hears of workers whose process was seen to end, however long it takes to reach it.

use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{Store, WorkerId};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const BETWEEN_TRIES: Duration = Duration::from_millis(250);

/// One task for each dead process.
pub(super) struct Burials {
    store: Arc<dyn Store>,
    tasks: JoinSet<()>,
}

impl Burials {
    pub(super) fn of(store: Arc<dyn Store>) -> Burials {
        Burials { store, tasks: JoinSet::new() }
    }

    /// All ids under which the process had signed on.
    pub(super) fn bury(&mut self, workers: Vec<WorkerId>) {
        while self.tasks.try_join_next().is_some() {}
        let store = self.store.clone();
        self.tasks.spawn(async move {
            for worker in workers {
                bury(&*store, worker).await;
            }
        });
    }

    /// Whether the store has heard of all of them by then.
    pub(super) async fn all_within(&mut self, time: Duration) -> bool {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        timeout(time, all).await.is_ok()
    }
}

async fn bury(store: &dyn Store, worker: WorkerId) {
    let mut failing = false;
    loop {
        match store.bury(worker.clone()).await {
            Ok(0) => return,
            Ok(jobs) => return tracing::warn!(%worker, jobs, "its leases are ended; its jobs go on"),
            Err(error) if !error.is_temporary() => {
                return tracing::error!(%worker, %error, "cannot end its leases; its jobs go on when they run out");
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%worker, %error, "cannot end its leases yet; trying again");
                }
                sleep(BETWEEN_TRIES).await;
            }
        }
    }
}
