//! `cofferdam deploy`: make modules the newest of their kinds.

use std::path::{Path, PathBuf};

use cofferdam_queue::{Deploy, Deployed, ManifestDraft, Store};
use serde_json::json;

use super::declared::Declared;
use crate::config::Config;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::kill_at::while_deploying;
use crate::module_file::{self, ModuleError};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam deploy delays.wasm report.wasm
  cofferdam deploy wc.wasm --kind text.wc --memory 16MiB --retries 3

A module without a manifest is deployed under its file's name. Workers take the new
module without a restart; attempts that run end on the one they began with.")]
pub struct Args {
    /// The modules
    #[arg(value_name = "JOB.wasm", required = true)]
    pub jobs: Vec<PathBuf>,
    #[command(flatten)]
    pub declared: Declared,
}

/// Deploys: every module is looked at before the first is deployed.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    if let Some(kind) = args.declared.kind.as_ref().filter(|_| args.jobs.len() > 1) {
        let modules = args.jobs.len();
        return Err(Failure::usage(format!("`--kind {kind}` names one module, and {modules} are given")));
    }
    let draft = args.declared.draft();
    let mut deploys: Vec<(&Path, Deploy)> = Vec::with_capacity(args.jobs.len());
    for file in &args.jobs {
        let deploy = prepare(file, draft.clone(), &context.config)?;
        let kind = &deploy.manifest.kind;
        if let Some((other, _)) = deploys.iter().find(|(_, other)| other.manifest.kind == *kind) {
            return Err(refused(file, &format!("it is of kind `{kind}`, and so is `{}`", other.display())));
        }
        deploys.push((file, deploy));
    }
    let store = context.store().await?;
    for (_, deploy) in deploys {
        deploy_one(&*store, deploy, context).await?;
    }
    Ok(ExitCode::DONE)
}

/// Everything that can be known without the store.
fn prepare(file: &Path, flags: ManifestDraft, config: &Config) -> Result<Deploy, Failure> {
    let module = module_file::read(file, config.size_limits().module_bytes).map_err(|error| match error {
        ModuleError::Unreadable(failure) => failure,
        ModuleError::Refused(why) => refused(file, &why),
    })?;
    let manifest = module.manifest(flags, Some(&module.stem)).map_err(|why| refused(file, &why))?;
    config.policy.check(&manifest).map_err(|violation| refused(file, &violation.to_string()))?;
    Ok(Deploy { module: module.hash, wasm: module.wasm, manifest })
}

fn refused(file: &Path, why: &str) -> Failure {
    Failure::new(format!("`{}` is refused: {why}; nothing was deployed", file.display()))
}

async fn deploy_one(store: &dyn Store, deploy: Deploy, context: &Context) -> Result<(), Failure> {
    let (kind, module) = (deploy.manifest.kind.clone(), deploy.module);
    let Deployed { previous, unchanged } = while_deploying(store.deploy(deploy)).await??;
    let output = context.output;
    if output.is_json() {
        let told = output.object(&json!({
            "kind": kind, "module": module, "unchanged": unchanged, "previous": previous,
        }));
        return told.map_err(|failure| failure.hint(format!("`{kind}` is deployed all the same")));
    }
    let what = match previous {
        _ if unchanged => "unchanged".to_owned(),
        None => "new".to_owned(),
        Some(previous) if previous == module => "the same module, with another manifest".to_owned(),
        Some(previous) => format!("was {previous}"),
    };
    let told = output.line(format!("{kind}: {module} ({what})"));
    told.map_err(|failure| failure.hint(format!("`{kind}` is deployed all the same")))
}
