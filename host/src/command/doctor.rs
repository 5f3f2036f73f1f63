//! `cofferdam doctor`: can this machine and its store do the work?
//!
//! Looks only: a store that is not there is not made, and nothing is repaired.

mod finding;
mod life;
mod machine;
mod store_file;

use std::path::Path;

use self::finding::{Finding, State};
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::open_store::{MADE_BY, StoreUrl};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam doctor
  cofferdam doctor --store sqlite:/srv/jobs.db --json

Exits with 1 when something would keep a worker from working.")]
pub struct Args {}

/// Looks.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let Args {} = args;
    let mut findings = machine::look(&context.config);
    let StoreUrl::Sqlite(path) = &context.config.store.url else { return Ok(ExitCode::DONE) };
    findings.extend(store_file::look(path, context.config.store.synchronous));
    findings.extend(look_inside(path, context).await);
    for finding in &findings {
        finding.show(context.output)?;
    }
    let failed = findings.iter().any(|finding| finding.state == State::Fail);
    Ok(if failed { ExitCode::FAILED } else { ExitCode::DONE })
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
    match life::look(&*store, context.config.policy).await {
        Ok(life) => findings.extend(life),
        Err(error) => findings.push(Finding::fail("store", error.to_string())),
    }
    findings
}
