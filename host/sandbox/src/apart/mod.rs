//! Work on a guest's bytes that the engine does not bound: compiling them, and reading their
//! names and line tables. It is done in a process of its own, which has limits of its own,
//! inherits nothing, and can be lost: what explodes there costs that process.
//!
//! ```text
//! Apart::ask ── module as stdin, task as argument ──▶ child: enclose, read, do, answer
//!           ◀── answer on stdout, bounded; or a refusal; or the signal that ended it ──
//! ```
//!
//! What a child answers is trusted as far as the compiler is: the code in it is run.

mod child;
mod enclosure;
mod parent;
mod task;

pub use child::{is_child, serve_child};
pub(crate) use parent::{Apart, Lost, in_memory};
pub(crate) use task::{Answer, FrameAt, Task};
