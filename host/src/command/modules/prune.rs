//! `cofferdam modules prune`: remove modules that no kind and no kept job needs.

use serde_json::json;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::quantity;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Keep the newest of each kind all the same, a number [default: 5]
    #[arg(long, value_name = "N", default_value_t = 5, hide_default_value = true)]
    pub keep: u32,
}

/// Prunes.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let pruned = context.existing_store().await?.prune_modules(args.keep).await?;
    let output = context.output;
    if output.is_json() {
        output.object(&json!({ "modules": pruned.modules, "bytes": pruned.bytes }))?;
        return Ok(ExitCode::DONE);
    }
    for module in &pruned.modules {
        output.line(module.to_string())?;
    }
    output.note(format!("{} module(s) removed, {}", pruned.modules.len(), quantity::bytes(pruned.bytes)));
    Ok(ExitCode::DONE)
}
