//! Panics, reported to the host with message and place before the trap.

use std::panic::{self, PanicHookInfo};

use crate::abi;

/// Replaces the default hook, which would print to a stderr that nobody reads.
pub(crate) fn report() {
    panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let message = panic.payload_as_str().unwrap_or("a panic without a message");
        let (file, line, column) =
            panic.location().map_or(("", 0, 0), |place| (place.file(), place.line(), place.column()));
        abi::panic(message, file, line, column);
    }));
}
