//! The modules that this worker can run, as the [loader](crate::loader) has them. The dispatcher
//! gets a new table each time and never waits; attempts that run keep the module they began with.
//!
//! The table says what the store's pointers say, and with which count of deploys: a claim
//! repeats it, and a store that has counted on gives nothing until the new table is there. A kind
//! whose newest module is still being compiled waits for it: what is pushed after a
//! deploy never starts on the old one.

use std::sync::Arc;

use cofferdam_queue::{Kind, Manifest, ModuleHash, Pointer, Program};

use crate::sandbox::Compiled;

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

    pub fn is(&self, pointer: &Pointer) -> bool {
        self.kind == pointer.kind && self.module == pointer.module && *self.manifest == pointer.manifest
    }
}

/// What can be run, as of one count of deploys.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pub deploys: u64,
    pub programs: Vec<LoadedProgram>,
}
