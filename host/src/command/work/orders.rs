//! Signals become orders: TERM and INT stop, TSTP quiets, CONT goes on, TTIN shows what runs. A
//! supervisor gives the same orders through its link.

use std::time::Duration;

use cofferdam_worker::WorkerHandle;
use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::supervised::{Heard, Order};
use super::{told, watchdog};
use crate::failure::Failure;

/// Listens from its making on.
pub struct Orders {
    terminate: Signal,
    interrupt: Signal,
    quiet: Signal,
    go_on: Signal,
    show: Signal,
    supervisor: Option<Heard>,
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
            supervisor: None,
        })
    }

    /// Also from a supervisor.
    pub fn and_hear(self, supervisor: Heard) -> Orders {
        Orders { supervisor: Some(supervisor), ..self }
    }

    /// The next. A signal is never more than [`Order::Stop`]: what a second one means is decided
    /// by whoever counts them.
    pub async fn next(&mut self) -> Order {
        let heard = async {
            match &mut self.supervisor {
                Some(heard) => heard.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => Order::Stop,
            _ = self.interrupt.recv() => Order::Stop,
            _ = self.quiet.recv() => Order::Quiet,
            _ = self.go_on.recv() => Order::GoOn,
            _ = self.show.recv() => Order::Show,
            order = heard => order,
        }
    }

    /// Passes them on for as long as the worker lives.
    pub async fn obey(mut self, worker: WorkerHandle, drain_timeout: Duration, aside: told::Aside) {
        let mut is_stopping = false;
        // A service manager sends TERM to every process of a service, and the supervisor passes
        // its own on: two are one there.
        let twice_is_now = self.supervisor.is_none();
        loop {
            match self.next().await {
                Order::Stop if !is_stopping => {
                    is_stopping = true;
                    watchdog::arm(drain_timeout);
                    worker.stop();
                }
                Order::Stop if !twice_is_now => {}
                Order::Stop | Order::StopNow => {
                    watchdog::arm(Duration::ZERO);
                    worker.stop_now();
                }
                Order::Quiet => worker.quiet(),
                Order::GoOn => worker.unquiet(),
                Order::Show => {
                    if let Some(snapshot) = worker.snapshot().await {
                        told::running(&snapshot, aside);
                    }
                }
            }
        }
    }
}
