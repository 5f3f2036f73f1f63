//! Between the worker, which knows jobs, and the sandbox, which knows bytes: the one place
//! where a manifest becomes limits, a child's JSON a job, and a guest's end an outcome.
//!
//! What a verdict is and when something is durable is decided by the worker; what a guest
//! may do, by the sandbox. Neither is decided here.

pub mod children;
mod compiled;
mod ended;
mod engine;
mod grants;
mod guest;
mod guests;
mod limits;
mod logs;
mod place;
mod report;
mod world;

use std::sync::Arc;

use bytes::Bytes;
use cofferdam_queue::{BoxFuture, Claimed, ModuleHash, Pointer, SizeLimits};
use cofferdam_sandbox::Engine;
use cofferdam_worker::{Compiled, Ended, LoadError, Sandbox};

use crate::config::GrantedDir;

pub use children::{ListedChild, Spec};
pub use engine::{open_engine, workshop};
pub use guests::Guests;
pub use limits::{Budget, limits};
pub use report::{Facts, check_output, output_value, report};
pub use world::Machine;

/// The sandbox, as the worker sees it.
pub struct Bridge {
    /// Compiles and starts.
    pub engine: Engine,
    /// Where guests run.
    pub guests: Arc<Guests>,
    /// What the operator opened.
    pub granted: Vec<GrantedDir>,
    /// What the store takes.
    pub sizes: SizeLimits,
}

impl Sandbox for Bridge {
    fn load(&self, pointer: Pointer, wasm: Bytes) -> BoxFuture<'_, Result<Arc<dyn Compiled>, LoadError>> {
        Box::pin(async move {
            let grants = grants::resolve(&pointer, &self.granted).map_err(LoadError::Elsewhere)?;
            // Looked at again until it is there, instead of failing every attempt.
            grants::are_there(&grants).map_err(LoadError::Host)?;
            let engine = self.engine.clone();
            let program = tokio::task::spawn_blocking(move || engine.load(&wasm))
                .await
                .map_err(|error| LoadError::Host(format!("compiling `{}`: {error}", pointer.module)))?
                .map_err(refused_or_host)?;
            check_identity(pointer.module, program.hash())?;
            let budget = Budget::of(&pointer.manifest);
            let first = limits(&pointer.manifest, &budget, &self.sizes);
            program.admits(&first).map_err(|refusal| LoadError::Refused(format!("the module {refusal}")))?;
            let loaded = Arc::new(compiled::Loaded { program, module: pointer.module, grants });
            let ready = compiled::Ready { loaded, guests: self.guests.clone(), sizes: self.sizes };
            Ok(Arc::new(ready) as Arc<dyn Compiled>)
        })
    }

    fn report_without_guest(&self, claimed: &Claimed, ended: &Ended) -> Bytes {
        ended::report_without_guest(claimed, ended)
    }
}

/// What the store has under a hash need not be what was put there.
fn check_identity(wanted: ModuleHash, found: &str) -> Result<(), LoadError> {
    if wanted.to_string().trim_start_matches("sha256:") == found {
        return Ok(());
    }
    Err(LoadError::Host(format!(
        "the store has other bytes under `{wanted}`, of `sha256:{found}`: somebody changed them; deploy another build"
    )))
}

fn refused_or_host(error: cofferdam_sandbox::LoadError) -> LoadError {
    match error {
        cofferdam_sandbox::LoadError::Refused(refusal) => LoadError::Refused(format!("the module {refusal}")),
        cofferdam_sandbox::LoadError::Host(error) => LoadError::Host(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
