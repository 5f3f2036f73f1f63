//! The signals that end a run, and what it exits with for each.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::ExitCode;
use crate::failure::Failure;

/// Listens from its making on.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From here on the process decides itself when it ends.
    pub fn listen() -> Result<Signals, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::new(format!("cannot listen to signals: {error}")));
        Ok(Signals {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// The next one, as what to exit with.
    pub async fn next(&mut self) -> ExitCode {
        tokio::select! {
            _ = self.interrupt.recv() => ExitCode::INTERRUPTED,
            _ = self.terminate.recv() => ExitCode::TERMINATED,
        }
    }
}
