//! A task apart that follows the store's pointers, and fetches, checks and compiles what is new.
//!
//! Pointers are read again while modules are still being compiled: a store that has counted a
//! deploy gives this worker nothing until its table says so too, and one module that takes its
//! compiler minutes must not keep all others waiting for that long.

use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{BoxFuture, ModuleHash, Modules, Pointer, Pointers, Policy, StoreError};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;

use crate::backoff::Backoff;
use crate::message::{Inbox, Message};
use crate::observer::{Observer, Step};
use crate::patience::{self, answer_within};
use crate::programs::{LoadedProgram, Readiness, Table};
use crate::sandbox::{LoadError, Sandbox};
use crate::world::{Moment, World};

/// So many modules are loaded at once: while one takes long, the others go past it.
pub const LOADS_AT_ONCE: usize = 2;

/// What modules are loaded with.
pub(crate) struct Source {
    pub modules: Arc<dyn Modules>,
    pub sandbox: Arc<dyn Sandbox>,
    pub world: Arc<dyn World>,
    pub observer: Arc<dyn Observer>,
    pub policy: Policy,
}

/// The task that keeps the table.
pub(crate) struct Loader {
    pub source: Arc<Source>,
    pub inbox: Inbox,
    /// How long the store may leave a question for its pointers unanswered.
    pub patience: Duration,
    /// The store's count of deploys, as the heartbeat heard it. Closed when the worker ends.
    pub deploys: watch::Receiver<u64>,
    pub table: Table,
    pub loads: Loads,
}

/// A module, and what became of it. `None`: our fault, and worth another try.
type Loaded = (Pointer, Option<Readiness>);

/// What is not in the table yet.
#[derive(Default)]
pub(crate) struct Loads {
    /// All of it, what jobs wait for first.
    wanted: Vec<Pointer>,
    under_way: FuturesUnordered<BoxFuture<'static, Loaded>>,
    /// What is under way, wanted still or not.
    begun: Vec<ModuleHash>,
}

impl Loader {
    pub async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(30));
        loop {
            // Seen before the pointers are read: a deploy in between is read again.
            self.deploys.borrow_and_update();
            let read = self.read_pointers().await;
            if let Err(error) = &read {
                tracing::warn!(%error, "cannot read the deployed modules; trying again");
            }
            if !self.until_it_is_to_be_read_again(&mut backoff, read.is_err()).await {
                return;
            }
        }
    }

    /// Loads until there is a deploy, or something has to be tried again. False when the worker
    /// has ended.
    async fn until_it_is_to_be_read_again(&mut self, backoff: &mut Backoff, failed: bool) -> bool {
        let world = self.source.world.clone();
        let mut next_try = || world.now() + backoff.next(world.random_u64());
        let mut again_at: Option<Moment> = failed.then(&mut next_try);
        loop {
            self.loads.begin(&self.source);
            if self.loads.under_way.is_empty() && again_at.is_none() {
                break;
            }
            let again = again_at.map(|at| world.sleep_until(at));
            tokio::select! {
                biased;
                changed = self.deploys.changed() => return changed.is_ok() && !self.inbox.is_closed(),
                Some((pointer, readiness)) = self.loads.under_way.next() => {
                    if !self.settle(pointer, readiness) {
                        again_at = again_at.or_else(|| Some(next_try()));
                    }
                }
                Some(()) = async {
                    again?.await;
                    Some(())
                } => return !self.inbox.is_closed(),
            }
        }
        backoff.reset();
        self.deploys.changed().await.is_ok() && !self.inbox.is_closed()
    }

    /// What needs no work is usable at once, what is gone is gone at once, and the rest waits.
    async fn read_pointers(&mut self) -> Result<(), StoreError> {
        let asked = self.source.modules.pointers();
        let Pointers { deploys, pointers } =
            answer_within(self.patience, self.source.world.as_ref(), asked).await?;
        let known = std::mem::replace(&mut self.table, Table { deploys, programs: Vec::new() }).programs;
        self.loads.wanted.clear();
        for pointer in pointers {
            match known.iter().find(|program| program.is(&pointer)) {
                Some(program) => {
                    self.table.programs.push(LoadedProgram { current: pointer.current, ..program.clone() });
                }
                None => self.loads.wanted.push(pointer),
            }
        }
        // Newest first: jobs wait for those.
        self.loads.wanted.sort_by_key(|pointer| !pointer.current);
        self.publish();
        Ok(())
    }

    /// What was loaded goes into the table, if it is wanted still. False: it is to be tried again.
    fn settle(&mut self, loaded: Pointer, readiness: Option<Readiness>) -> bool {
        self.loads.begun.retain(|module| *module != loaded.module);
        let is_it = |wanted: &Pointer| {
            wanted.kind == loaded.kind && wanted.module == loaded.module && wanted.manifest == loaded.manifest
        };
        let Some(at) = self.loads.wanted.iter().position(is_it) else { return true };
        // What is to be tried again comes back with the pointers.
        let Pointer { kind, module, manifest, current, .. } = self.loads.wanted.remove(at);
        let Some(readiness) = readiness else { return false };
        let manifest = Arc::new(manifest);
        self.table.programs.push(LoadedProgram { kind, module, manifest, current, readiness });
        self.publish();
        true
    }

    fn publish(&self) {
        let _ = self.inbox.send(Message::Programs(self.table.clone()));
    }
}

impl Loads {
    /// Begins as many as may be under way. A module of two kinds is not compiled for both at once:
    /// the second finds it compiled.
    fn begin(&mut self, source: &Arc<Source>) {
        while self.under_way.len() < LOADS_AT_ONCE {
            let mut idle = self.wanted.iter().filter(|wanted| !self.begun.contains(&wanted.module));
            let Some(pointer) = idle.next().cloned() else { return };
            let source = source.clone();
            self.begun.push(pointer.module);
            self.under_way.push(Box::pin(async move {
                let readiness = source.load(&pointer).await;
                (pointer, readiness)
            }));
        }
    }
}

impl Source {
    async fn load(&self, pointer: &Pointer) -> Option<Readiness> {
        let Pointer { kind, module, .. } = pointer;
        if let Err(violation) = self.policy.check(&pointer.manifest) {
            tracing::error!(%kind, %module, "module refused: {violation}");
            return Some(Readiness::Refused(violation.to_string().into()));
        }
        let fetch = self.modules.fetch(*module);
        let wasm = match answer_within(patience::MODULE, self.world.as_ref(), fetch).await {
            Ok(Some(wasm)) => wasm,
            Ok(None) => {
                tracing::error!(%kind, %module, "the store has a pointer to this module, but not the module");
                return None;
            }
            Err(error) => {
                tracing::warn!(%kind, %module, %error, "cannot read the module; trying again");
                return None;
            }
        };
        self.observer.at(Step::Loading);
        match self.sandbox.load(pointer.clone(), wasm).await {
            Ok(compiled) => {
                tracing::info!(%kind, %module, "module loaded");
                Some(Readiness::Compiled(compiled))
            }
            Err(LoadError::Refused(message)) => {
                tracing::error!(%kind, %module, "module refused: {message}");
                Some(Readiness::Refused(message.into()))
            }
            Err(LoadError::Elsewhere(message)) => {
                tracing::warn!(%kind, %module, "jobs of this kind are left to other workers: {message}");
                Some(Readiness::Elsewhere)
            }
            Err(LoadError::Host(message)) => {
                tracing::error!(%kind, %module, "cannot load the module; trying again: {message}");
                None
            }
        }
    }
}
