//! The machine that a worker runs on: its clocks, its tasks, its random bits.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cofferdam_queue::{BoxFuture, Timestamp};
use cofferdam_worker::{Moment, World};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Handle;

/// The longest wait in one piece. Timers stand still while the machine is suspended, leases
/// do not: a waiter looks at the clock that counts suspension this often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// This machine.
pub struct Machine {
    control: Handle,
}

impl Machine {
    /// Tasks run on this runtime, where no guest ever does.
    pub fn new(control: Handle) -> Machine {
        Machine { control }
    }
}

impl World for Machine {
    fn now(&self) -> Moment {
        now()
    }

    fn wall(&self) -> Timestamp {
        wall()
    }

    fn sleep_until(&self, moment: Moment) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            loop {
                let left = moment.since(now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            }
        })
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.control.spawn(task);
    }

    fn random_u64(&self) -> u64 {
        rand::random()
    }
}

fn now() -> Moment {
    let time = clock_gettime(ClockId::Boottime);
    let micros = time.tv_sec.unsigned_abs() * 1_000_000 + time.tv_nsec.unsigned_abs() / 1_000;
    Moment::from_micros(micros)
}

/// Now, by the wall clock.
pub fn wall() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}
