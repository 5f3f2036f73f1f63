//! Log lines, on stderr: text for people or JSON for collectors. A panic is a log line too.

mod lines;

use std::io::IsTerminal;
use std::sync::Arc;

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};
use crate::failure::Failure;

use lines::Lines;

/// Logs until it is dropped; then what was said is written.
#[must_use = "lines that are on their way are written when this is dropped"]
pub struct Logging {
    lines: Option<Arc<Lines>>,
}

/// Starts logging; once, before anything is logged. `of_worker`: a worker tells what it does,
/// and never waits for whoever reads it; other commands tell only what goes wrong.
pub fn start(config: &LogConfig, of_worker: bool) -> Result<Logging, Failure> {
    let default = if of_worker { "info" } else { "warn" };
    let level = config.level.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(level)
        .map_err(|error| Failure::usage(format!("`log.level`: `{level}` is not a log filter: {error}")))?;
    let is_colored = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(is_colored);
    let cannot = |error: &dyn std::fmt::Display| Failure::new(format!("cannot start logging: {error}"));
    let lines = match of_worker {
        true => Some(Lines::start().map_err(|error| cannot(&error))?),
        false => None,
    };
    let started = match (config.format, lines.clone()) {
        (LogFormat::Text, Some(lines)) => builder.with_target(false).with_writer(lines).try_init(),
        (LogFormat::Text, None) => builder.with_target(false).with_writer(std::io::stderr).try_init(),
        (LogFormat::Json, Some(lines)) => builder.json().flatten_event(true).with_writer(lines).try_init(),
        (LogFormat::Json, None) => builder.json().flatten_event(true).with_writer(std::io::stderr).try_init(),
    };
    started.map_err(|error| cannot(&error))?;
    if of_worker {
        std::panic::set_hook(Box::new(log_panic));
    }
    Ok(Logging { lines })
}

impl Drop for Logging {
    fn drop(&mut self) {
        if let Some(lines) = &self.lines {
            lines.flush();
        }
    }
}

/// A panic fails one attempt, never the worker; its place must still be in the log.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = panic.payload_as_str().unwrap_or("no message");
    tracing::error!(place, message, "panicked");
}
