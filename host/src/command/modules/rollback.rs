//! `cofferdam modules rollback`: point a kind to a module that was deployed as it before.

use cofferdam_queue::{Kind, ModuleHash, Store};
use serde_json::json;

use crate::config::nearest;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The kind
    #[arg(value_name = "KIND")]
    pub kind: Kind,
    /// The module, as sha256:... [default: the one before the present one]
    #[arg(long, value_name = "MODULE")]
    pub to: Option<ModuleHash>,
}

/// Rolls back.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let store = context.existing_store().await?;
    let Some(module) = store.rollback(args.kind.clone(), args.to).await? else {
        return Err(nowhere(&*store, &args).await?);
    };
    match context.output.is_json() {
        true => context.output.object(&json!({ "kind": args.kind, "module": module }))?,
        false => context.output.line(format!("{}: {module}; attempts that run end on theirs", args.kind))?,
    }
    Ok(ExitCode::DONE)
}

async fn nowhere(store: &dyn Store, args: &Args) -> Result<Failure, Failure> {
    let modules = store.modules().await?;
    let of_kind: Vec<_> = modules.iter().filter(|module| module.kind == args.kind).collect();
    if of_kind.is_empty() {
        let meant = nearest(args.kind.as_str(), modules.iter().map(|module| module.kind.as_str()));
        let failure = Failure::new(format!("no module of kind `{}` is deployed", args.kind));
        return Ok(match meant {
            Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
            None => failure,
        });
    }
    let what = match args.to {
        Some(to) => format!("{to} was never deployed as kind `{}`", args.kind),
        None => format!("kind `{}` has no module before its present one", args.kind),
    };
    Ok(Failure::new(what).hint(format!("`cofferdam modules list --kind {}` shows what there is", args.kind)))
}
