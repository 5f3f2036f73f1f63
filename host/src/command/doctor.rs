//! `cofferdam doctor`: can this machine and its store do the work?
//!
//! Looks only: a store that is not there is not made, and nothing is repaired.

pub mod durable;
mod finding;
mod life;
mod machine;
mod redis_server;
mod store_file;
mod walls;

use std::path::Path;

use cofferdam_queue::show_bytes;
use cofferdam_store::redis::Address;

use self::finding::{Finding, State};
use crate::config::Config;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::open_store::{MADE_BY, StoreUrl, open_redis};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam doctor
  cofferdam doctor --store sqlite:/srv/jobs.db --json
  cofferdam doctor --store rediss://worker:secret@redis.example

Of a Redis server it tells what each of its settings can lose.

Exits with 1 when something would keep a worker from working.")]
pub struct Args {}

/// Looks.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let Args {} = args;
    let mut findings = machine::look(&context.config);
    findings.extend(walls::look(&context.config));
    findings.push(limits(&context.config));
    match &context.config.store.url {
        StoreUrl::Sqlite(path) => {
            findings.extend(store_file::look(path, context.config.store.synchronous));
            findings.extend(look_inside(path, context).await);
        }
        StoreUrl::Redis(address) => findings.extend(look_at_server(address, context).await),
    }
    if context.config.store.require_durable {
        findings.push(required(&durable::may_lose(&context.config).await));
    }
    for finding in &findings {
        finding.show(context.output)?;
    }
    let failed = findings.iter().any(|finding| finding.state == State::Fail);
    Ok(if failed { ExitCode::FAILED } else { ExitCode::DONE })
}

/// The largest values of the store.
fn limits(config: &Config) -> Finding {
    let sizes = config.size_limits();
    let shown = [
        ("input", sizes.input_bytes),
        ("output", sizes.output_bytes),
        ("checkpoint", sizes.checkpoint_bytes),
        ("append", sizes.append_bytes),
        ("parts", sizes.parts_bytes),
        ("module", sizes.module_bytes),
    ];
    let shown = shown.map(|(what, bytes)| format!("{what} up to {}", show_bytes(bytes)));
    Finding::ok("limits", shown.join(", "))
}

/// A server, and what lives in the store there.
async fn look_at_server(address: &Address, context: &Context) -> Vec<Finding> {
    let store = open_redis(&context.config, address);
    let seen = match store.durability().await {
        Ok(seen) => seen,
        Err(error) => return vec![Finding::fail("store", error.to_string())],
    };
    let mut findings = redis_server::look(&seen);
    // What cannot be answered now would only be waited for.
    if findings.iter().any(|finding| {
        matches!(finding.check, "server" | "rights" | "keys" | "address" | "cluster")
            && finding.state == State::Fail
    }) {
        return findings;
    }
    match life::look(&store, context.config.policy, context.config.retention).await {
        Ok(life) => {
            findings.push(Finding::ok("store", format!("`{address}` can be read")));
            findings.extend(life);
        }
        Err(error) => findings.push(Finding::fail("store", error.to_string())),
    }
    findings
}

fn required(losses: &Result<Vec<String>, Failure>) -> Finding {
    let fails = |why: String| {
        Finding::fail("required", why).remedy("a worker is refused: `store.require_durable` is set")
    };
    match losses {
        Ok(losses) if losses.is_empty() => {
            Finding::ok("required", "a power cut loses nothing that was acknowledged")
        }
        Ok(losses) => fails(losses.join("; ")),
        Err(failure) => fails(failure.what().to_owned()),
    }
}

/// Opening a store makes it: one that is not there stays so.
async fn look_inside(path: &Path, context: &Context) -> Vec<Finding> {
    if !path.exists() {
        return vec![
            Finding::warn("store", format!("there is none at `{}`", path.display())).remedy(MADE_BY),
        ];
    }
    let store = match context.store().await {
        Ok(store) => store,
        Err(failure) => return vec![Finding::fail("store", failure.what().to_owned())],
    };
    // Opening it has brought it to this version's schema; what the file says is of now.
    let mut findings = vec![Finding::ok("store", format!("`{}` can be read and written", store.name()))];
    findings.extend(store_file::schema(path));
    match life::look(&*store, context.config.policy, context.config.retention).await {
        Ok(life) => findings.extend(life),
        Err(error) => findings.push(Finding::fail("store", error.to_string())),
    }
    findings
}
