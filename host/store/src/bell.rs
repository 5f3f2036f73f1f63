//! What wakes a worker inside its process: three flags and one waiter, without a system
//! call. A flag stays up until somebody was told, so that no wake is lost.

use std::sync::atomic::{AtomicBool, Ordering};

use cofferdam_queue::Wake;
use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(crate) struct Bell {
    jobs: AtomicBool,
    notices: AtomicBool,
    given: AtomicBool,
    rung: Notify,
}

impl Bell {
    pub(crate) fn ring(&self, wake: Wake) {
        if wake.jobs {
            self.jobs.store(true, Ordering::Release);
        }
        if wake.notices {
            self.notices.store(true, Ordering::Release);
        }
        if wake.given {
            self.given.store(true, Ordering::Release);
        }
        if wake != Wake::default() {
            self.rung.notify_one();
        }
    }

    /// Completes at once when it was rung since the last call returned.
    pub(crate) async fn woken(&self) -> Wake {
        loop {
            let wake = Wake {
                jobs: self.jobs.swap(false, Ordering::Acquire),
                notices: self.notices.swap(false, Ordering::Acquire),
                given: self.given.swap(false, Ordering::Acquire),
            };
            if wake != Wake::default() {
                return wake;
            }
            // A ring between the look and this line has left its permit: this does not sleep.
            self.rung.notified().await;
        }
    }
}
