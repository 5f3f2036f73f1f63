//! Signals become orders: TERM and INT stop, a second one at once; TSTP quiets, CONT goes
//! on; TTIN shows what runs.

use std::time::Duration;

use cofferdam_worker::WorkerHandle;
use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{told, watchdog};
use crate::failure::Failure;

/// Listens from its making on.
pub struct Orders {
    terminate: Signal,
    interrupt: Signal,
    quiet: Signal,
    go_on: Signal,
    show: Signal,
}

impl Orders {
    /// From here on these signals do nothing by themselves.
    pub fn listen() -> Result<Orders, Failure> {
        let listen = |number: Number| {
            signal(SignalKind::from_raw(number.as_raw()))
                .map_err(|error| Failure::new(format!("cannot listen to signals: {error}")))
        };
        Ok(Orders {
            terminate: listen(Number::TERM)?,
            interrupt: listen(Number::INT)?,
            quiet: listen(Number::TSTP)?,
            go_on: listen(Number::CONT)?,
            show: listen(Number::TTIN)?,
        })
    }

    /// Passes them on for as long as the worker lives.
    pub async fn obey(mut self, worker: WorkerHandle, drain_timeout: Duration, aside: told::Aside) {
        let mut is_stopping = false;
        loop {
            tokio::select! {
                _ = self.terminate.recv() => stop(&worker, &mut is_stopping, drain_timeout),
                _ = self.interrupt.recv() => stop(&worker, &mut is_stopping, drain_timeout),
                _ = self.quiet.recv() => worker.quiet(),
                _ = self.go_on.recv() => worker.unquiet(),
                _ = self.show.recv() => {
                    if let Some(snapshot) = worker.snapshot().await {
                        told::running(&snapshot, aside);
                    }
                }
            }
        }
    }
}

fn stop(worker: &WorkerHandle, is_stopping: &mut bool, drain_timeout: Duration) {
    if *is_stopping {
        watchdog::arm(Duration::ZERO);
        return worker.stop_now();
    }
    *is_stopping = true;
    watchdog::arm(drain_timeout);
    worker.stop();
}
