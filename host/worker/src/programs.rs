//! The modules that this worker can run: a task apart follows the store's pointers, and
//! fetches, checks and compiles what is new. The dispatcher gets a new table each time and
//! never waits; attempts that run keep the module they began with.
//!
//! The table says what the store's pointers say, and with which count of deploys: a claim
//! repeats it, and a store that has counted on gives nothing until the new table is there. A kind
//! whose newest module is still being compiled waits for it: what is pushed after a
//! deploy never starts on the old one.

use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{Kind, Manifest, ModuleHash, Modules, Pointer, Pointers, Policy, Program, StoreError};
use tokio::sync::watch;

use crate::backoff::Backoff;
use crate::message::{Inbox, Message};
use crate::observer::{Observer, Step};
use crate::patience::{self, answer_within};
use crate::sandbox::{Compiled, LoadError, Sandbox};
use crate::world::World;

/// A module as one kind.
#[derive(Clone)]
pub(crate) struct LoadedProgram {
    pub kind: Kind,
    pub module: ModuleHash,
    pub manifest: Arc<Manifest>,
    pub current: bool,
    pub readiness: Readiness,
}

#[derive(Clone)]
pub(crate) enum Readiness {
    Compiled(Arc<dyn Compiled>),
    /// Its jobs are claimed, but only to end them dead with this message.
    Refused(Arc<str>),
    /// Its jobs are left to others.
    Elsewhere,
}

impl LoadedProgram {
    /// What an attempt at `step` of the ladder reserves, in bytes.
    pub fn reservation_bytes(&self, step: u8) -> u64 {
        match self.readiness {
            Readiness::Compiled(_) => self.manifest.reservation_bytes(step),
            Readiness::Refused(_) | Readiness::Elsewhere => 0,
        }
    }

    /// As a claim says it; `None`: nothing of it may be claimed.
    pub fn claimable(&self) -> Option<Program> {
        let reservations_bytes = match self.readiness {
            Readiness::Compiled(_) => {
                let steps = 0..self.manifest.memory_ladder_bytes.len().min(255);
                steps.map(|step| self.manifest.reservation_bytes(step as u8)).collect()
            }
            Readiness::Refused(_) => vec![0],
            Readiness::Elsewhere => return None,
        };
        Some(Program {
            kind: self.kind.clone(),
            module: self.module,
            checkpoint_version: self.manifest.checkpoint_version,
            reservations_bytes,
            current: self.current,
        })
    }

    fn is(&self, pointer: &Pointer) -> bool {
        self.kind == pointer.kind && self.module == pointer.module && *self.manifest == pointer.manifest
    }
}

/// What can be run, as of one count of deploys.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pub deploys: u64,
    pub programs: Vec<LoadedProgram>,
}

/// The task that keeps the table.
pub(crate) struct Loader {
    pub modules: Arc<dyn Modules>,
    pub sandbox: Arc<dyn Sandbox>,
    pub world: Arc<dyn World>,
    pub observer: Arc<dyn Observer>,
    pub policy: Policy,
    pub inbox: Inbox,
    /// How long the store may leave a question for its pointers unanswered.
    pub patience: Duration,
    /// The store's count of deploys, as the heartbeat heard it. Closed when the worker ends.
    pub deploys: watch::Receiver<u64>,
    pub table: Table,
}

impl Loader {
    pub async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(30));
        loop {
            // Seen before the pointers are read: a deploy in between is read again.
            self.deploys.borrow_and_update();
            let all_loaded = match self.reload().await {
                Ok(all_loaded) => all_loaded,
                Err(error) => {
                    tracing::warn!(%error, "cannot read the deployed modules; trying again");
                    false
                }
            };
            let changed = if all_loaded {
                backoff.reset();
                self.deploys.changed().await
            } else {
                let again_at = self.world.now() + backoff.next(self.world.random_u64());
                tokio::select! {
                    biased;
                    changed = self.deploys.changed() => changed,
                    () = self.world.sleep_until(again_at) => Ok(()),
                }
            };
            if changed.is_err() || self.inbox.is_closed() {
                return;
            }
        }
    }

    /// Whether everything that is deployed was loaded, or refused for good.
    async fn reload(&mut self) -> Result<bool, StoreError> {
        let Pointers { deploys, pointers } =
            answer_within(self.patience, self.world.as_ref(), self.modules.pointers()).await?;
        // What needs no work is usable at once, and what is gone is gone at once.
        let known = std::mem::replace(&mut self.table, Table { deploys, programs: Vec::new() }).programs;
        let mut missing = Vec::new();
        for pointer in pointers {
            match known.iter().find(|program| program.is(&pointer)) {
                Some(program) => {
                    self.table.programs.push(LoadedProgram { current: pointer.current, ..program.clone() });
                }
                None => missing.push(pointer),
            }
        }
        self.publish();
        let mut all_loaded = true;
        // Newest first: jobs wait for those.
        missing.sort_by_key(|pointer| !pointer.current);
        for pointer in missing {
            match self.load(&pointer).await? {
                Some(readiness) => {
                    self.table.programs.push(LoadedProgram {
                        kind: pointer.kind,
                        module: pointer.module,
                        manifest: Arc::new(pointer.manifest),
                        current: pointer.current,
                        readiness,
                    });
                    self.publish();
                }
                None => all_loaded = false,
            }
        }
        Ok(all_loaded)
    }

    /// `None`: our fault, and worth another try.
    async fn load(&self, pointer: &Pointer) -> Result<Option<Readiness>, StoreError> {
        let Pointer { kind, module, .. } = pointer;
        if let Err(violation) = self.policy.check(&pointer.manifest) {
            tracing::error!(%kind, %module, "module refused: {violation}");
            return Ok(Some(Readiness::Refused(violation.to_string().into())));
        }
        let fetch = self.modules.fetch(*module);
        let Some(wasm) = answer_within(patience::MODULE, self.world.as_ref(), fetch).await? else {
            tracing::error!(%kind, %module, "the store has a pointer to this module, but not the module");
            return Ok(None);
        };
        self.observer.at(Step::Loading);
        match self.sandbox.load(pointer.clone(), wasm).await {
            Ok(compiled) => {
                tracing::info!(%kind, %module, "module loaded");
                Ok(Some(Readiness::Compiled(compiled)))
            }
            Err(LoadError::Refused(message)) => {
                tracing::error!(%kind, %module, "module refused: {message}");
                Ok(Some(Readiness::Refused(message.into())))
            }
            Err(LoadError::Elsewhere(message)) => {
                tracing::warn!(%kind, %module, "jobs of this kind are left to other workers: {message}");
                Ok(Some(Readiness::Elsewhere))
            }
            Err(LoadError::Host(message)) => {
                tracing::error!(%kind, %module, "cannot load the module; trying again: {message}");
                Ok(None)
            }
        }
    }

    fn publish(&self) {
        let _ = self.inbox.send(Message::Programs(self.table.clone()));
    }
}
