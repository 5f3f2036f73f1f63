//! Log lines, on stderr: text for people or JSON for collectors. A panic is a log line too.

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};
use crate::failure::Failure;

/// Starts logging; once, before anything is logged. `of_worker`: a worker tells what it
/// does, other commands only what goes wrong.
pub fn start(config: &LogConfig, of_worker: bool) -> Result<(), Failure> {
    let default = if of_worker { "info" } else { "warn" };
    let level = config.level.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(level)
        .map_err(|error| Failure::usage(format!("`log.level`: `{level}` is not a log filter: {error}")))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Failure::new(format!("cannot start logging: {error}")))?;
    if of_worker {
        std::panic::set_hook(Box::new(log_panic));
    }
    Ok(())
}

/// A panic fails one attempt, never the worker; its place must still be in the log.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = panic.payload_as_str().unwrap_or("no message");
    tracing::error!(place, message, "panicked");
}
