//! A module that was compiled and linked, ready to be attempted any number of
//! times, by any number of attempts at once.

use std::sync::Arc;

use wasmtime::{InstancePre, Module, ModuleExport};

use crate::Refusal;
use crate::abi::{COMMAND_ENTRY, INITIALIZE, JOB_ENTRY};
use crate::attempt::{self, Attempt};
use crate::backtrace::Symbols;
use crate::control::Control;
use crate::engine::Engine;
use crate::error::HostError;
use crate::guest::Guest;
use crate::inspect::{Inspection, Shape};
use crate::limits::Limits;
use crate::request::Request;

/// Cheap to clone; clones are the same program.
#[derive(Clone)]
pub struct Program {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) instance: InstancePre<Box<Guest>>,
    pub(crate) entry: ModuleExport,
    pub(crate) initialize: Option<ModuleExport>,
    pub(crate) memory: Option<ModuleExport>,
    pub(crate) inspection: Inspection,
    pub(crate) symbols: Option<Arc<Symbols>>,
}

impl Program {
    pub(crate) fn link(
        engine: &Engine,
        module: Module,
        inspection: Inspection,
        symbols: Option<Symbols>,
    ) -> Result<Self, HostError> {
        let failed = |reason: String| HostError::Compile { hash: inspection.sha256.clone(), reason };
        let instance = engine.linker().instantiate_pre(&module).map_err(|e| failed(format!("{e:#}")))?;
        let (entry, initialize) = match inspection.shape {
            Shape::Command => (COMMAND_ENTRY, None),
            Shape::Job => (JOB_ENTRY, module.get_export_index(INITIALIZE)),
        };
        let entry = module
            .get_export_index(entry)
            .ok_or_else(|| failed(format!("the compiled module lacks `{entry}`")))?;
        let memory = module.get_export_index("memory");
        // Paid here, once, instead of by the first attempt.
        module.initialize_copy_on_write_image().map_err(|e| failed(format!("{e:#}")))?;
        Ok(Self {
            inner: Arc::new(Inner {
                engine: engine.clone(),
                instance,
                entry,
                initialize,
                memory,
                inspection,
                symbols: symbols.map(Arc::new),
            }),
        })
    }

    /// Lower-case hexadecimal SHA-256 of the module's bytes.
    pub fn hash(&self) -> &str {
        &self.inner.inspection.sha256
    }

    pub fn inspection(&self) -> &Inspection {
        &self.inner.inspection
    }

    /// Whether these limits can hold this module at all.
    ///
    /// # Errors
    ///
    /// [`Refusal::MinimumOverCap`] or [`Refusal::CapOverEngine`].
    pub fn admits(&self, limits: &Limits) -> Result<(), Refusal> {
        let maximum_bytes = self.inner.engine.config().memory_bytes_max;
        if limits.memory_cap_bytes > maximum_bytes {
            return Err(Refusal::CapOverEngine { cap_bytes: limits.memory_cap_bytes, maximum_bytes });
        }
        let minimum_bytes = self.inner.inspection.minimum_bytes();
        if minimum_bytes > limits.memory_cap_bytes {
            return Err(Refusal::MinimumOverCap { minimum_bytes, cap_bytes: limits.memory_cap_bytes });
        }
        Ok(())
    }

    /// One attempt: a future to be spawned on the guests' runtime (a tokio
    /// runtime; it needs neither timers nor I/O), and the outside's hold on it.
    /// Nothing runs before the first poll. Dropping the future drops the guest.
    pub fn attempt(&self, request: Request) -> (Attempt, Control) {
        let next_effect = request.resume.as_ref().map_or(0, |resume| resume.next_effect);
        let control = Control::new(request.limits.host_allowance_bytes, next_effect);
        (self.attempt_under(&control, request), control)
    }

    /// The same under a hold that was there before: so that the thread which is to run the
    /// guest makes the attempt, too. One hold is for one attempt, with the allowance and the
    /// next effect that the hold was made for.
    pub fn attempt_under(&self, control: &Control, request: Request) -> Attempt {
        attempt::new(self.clone(), request, control.shared.clone())
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("inspection", &self.inner.inspection).finish_non_exhaustive()
    }
}
