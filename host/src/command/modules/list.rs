//! `cofferdam modules list`: list the modules of every kind, newest first.

use cofferdam_queue::{Kind, ModuleView, Timestamp, show_bytes, show_duration_ms, show_fuel};

use crate::command::jobs::object;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::{quantity, when};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only of this kind [default: any]
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
}

/// Lists.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let mut modules = context.existing_store().await?.modules().await?;
    modules.retain(|module| args.kind.as_ref().is_none_or(|kind| module.kind == *kind));
    let output = context.output;
    if output.is_json() {
        for module in &modules {
            let mut line = object::keys(module)?;
            object::times(&mut line, &["deployed_at"]);
            output.object(&line)?;
        }
        return Ok(ExitCode::DONE);
    }
    if modules.is_empty() {
        output.note("no modules: `cofferdam deploy JOB.wasm` deploys one");
    }
    let now = when::now();
    let rows: Vec<Vec<String>> = modules.iter().map(|module| row(module, now)).collect();
    let head = ["KIND", "MODULE", "", "SIZE", "DEPLOYED", "MEMORY", "FUEL", "TIMEOUT", "RETRIES", "QUEUE"];
    output.table(&head, &rows)?;
    Ok(ExitCode::DONE)
}

fn row(module: &ModuleView, now: Timestamp) -> Vec<String> {
    let manifest = &module.manifest;
    let ladder: Vec<String> = manifest.memory_ladder_bytes.iter().map(|step| show_bytes(*step)).collect();
    vec![
        module.kind.to_string(),
        module.module.to_string(),
        if module.current { "current" } else { "" }.to_owned(),
        quantity::bytes(module.bytes),
        when::relative(module.deployed_at, now),
        ladder.join(", "),
        show_fuel(manifest.fuel),
        show_duration_ms(manifest.timeout_ms),
        manifest.retries.to_string(),
        manifest.queue.to_string(),
    ]
}
