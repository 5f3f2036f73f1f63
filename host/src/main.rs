//! The process of `cofferdam`: its allocator, and [`cofferdam::run`].

use std::process::ExitCode;

/// What a guest's thread allocates is freed by the dispatcher's or the store's: the system's
/// allocator takes a lock for each such piece, at every job several times.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cofferdam::run()
}
