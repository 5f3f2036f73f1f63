//! What the sandbox promises, held against hand-written modules: no wasm
//! toolchain is needed to run these. One binary, so the engine is linked once.

mod accounts;
mod bounds;
mod checkpoints;
mod commands;
mod effects;
mod escapes;
mod facts;
mod files;
mod fuel;
mod hostile;
mod outcomes;
mod quotas;
mod refusals;
mod slots;
mod stopping;
mod support;
