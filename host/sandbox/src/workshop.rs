//! Where a guest's bytes are worked on: modules compiled, and the frames of traps named.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::PathBuf;

use crate::apart::{Answer, Apart, FrameAt, Lost, Task};
use crate::backtrace::{self, Trace};
use crate::compile::compile;
use crate::error::{HostError, LoadError};
use crate::inspect::{Inspection, Refusal};

/// Where that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Workshop {
    /// In a process of its own for each, with limits: what a worker that runs the modules of
    /// others needs.
    Child {
        /// A program whose `main` begins with [`serve_child`](crate::serve_child); usually
        /// `/proc/self/exe`.
        program: PathBuf,
        /// What compiling one module may take, in bytes that can be written to; above it the
        /// module is refused.
        memory_bytes: u64,
        /// Its whole environment; for an allocator that would reserve what the limit is for.
        variables: Vec<(String, String)>,
    },
    /// In this process, without limits: for tests and benches.
    ThisProcess,
}

impl Workshop {
    /// Checks and compiles.
    pub(crate) fn compile(&self, module: &File, metering: bool) -> Result<(Inspection, Vec<u8>), LoadError> {
        let Workshop::Child { program, memory_bytes, variables } = self else {
            return compile(bytes(module).map_err(HostError::Module)?, metering);
        };
        let task = Task::Compile { metering, memory_bytes: *memory_bytes };
        match (Apart { program, variables }).ask(&task, module) {
            Ok((Answer::Compiled(inspection), code)) => Ok((*inspection, code)),
            Ok((Answer::Refused(refusal), _)) => Err(refusal.into()),
            Ok((Answer::Failed(reason), _)) => Err(HostError::Apart(reason).into()),
            Ok((Answer::Symbols(_), _)) => Err(HostError::Apart("it answered something else".into()).into()),
            Err(Lost::Bound(reason)) => Err(Refusal::Uncompilable { reason }.into()),
            Err(Lost::Machine(reason)) => Err(HostError::Apart(reason).into()),
        }
    }

    /// A report is whole without them.
    pub(crate) fn name(&self, module: &File, frames: &[FrameAt]) -> Result<Trace, Lost> {
        let Workshop::Child { program, variables, .. } = self else {
            let wasm = bytes(module).map_err(|error| Lost::Machine(error.to_string()))?;
            return Ok(backtrace::name(&wasm, frames));
        };
        let task = Task::Symbols { frames: frames.to_vec() };
        match (Apart { program, variables }).ask(&task, module)? {
            (Answer::Symbols(trace), _) => Ok(trace),
            _ => Err(Lost::Machine("was answered with something else".to_owned())),
        }
    }
}

fn bytes(mut module: &File) -> io::Result<Vec<u8>> {
    let mut wasm = Vec::new();
    module.rewind()?;
    module.read_to_end(&mut wasm)?;
    Ok(wasm)
}
