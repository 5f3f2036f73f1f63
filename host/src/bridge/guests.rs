//! The guests' own runtime: threads that run wasm and nothing else. No timer and no socket
//! of ours is on it, so that a guest which spins delays only other guests.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

/// Threads for guests.
pub struct Guests {
    /// Taken out when it is dropped.
    runtime: Option<Runtime>,
}

impl Guests {
    /// Starts so many threads.
    pub fn start(threads: usize) -> std::io::Result<Guests> {
        let runtime =
            Builder::new_multi_thread().worker_threads(threads.max(1)).thread_name("guests").build()?;
        Ok(Guests { runtime: Some(runtime) })
    }

    /// As many threads as there are cores.
    pub fn for_all_cores() -> std::io::Result<Guests> {
        Guests::start(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// Runs a guest to its end.
    pub fn spawn(&self, guest: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(guest);
        }
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        // Waiting for guests to yield is not worth it: whoever lets go of all of them is done.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
