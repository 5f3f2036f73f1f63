//! A running `cofferdam work`.

use std::ops::{Deref, DerefMut};

use crate::wait;
use crate::{Process, Site};

/// A worker, started and signed on.
#[derive(Debug)]
pub struct Worker {
    process: Process,
}

impl Worker {
    #[track_caller]
    pub(crate) fn start(site: &Site, flags: &[&str], variables: &[(&str, &str)]) -> Worker {
        let mut command = site.command(["work"].iter().chain(flags));
        command.envs(variables.iter().copied());
        let mut worker = Worker { process: Process::start(&mut command) };
        let id = u64::from(worker.id());
        wait::until("the worker signs on", || {
            assert!(!worker.has_ended(), "the worker ended at its start");
            let listed = site.run(["workers", "list", "--json"]);
            // Before the first worker has made the store there is none to look into.
            let workers = (listed.code == 0).then(|| listed.json_lines())?;
            workers.iter().any(|worker| worker["pid"] == id).then_some(())
        });
        worker
    }
}

impl Deref for Worker {
    type Target = Process;
    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Worker {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
