//! `cofferdam inspect`: what a module is and declares, without running it.

use std::path::PathBuf;

use cofferdam_queue::{
    Manifest, ManifestDraft, ModuleHash, Outcome, show_bytes, show_duration_ms, show_fuel,
};
use cofferdam_sandbox::Shape;
use serde::Serialize;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::module_file::{self, ModuleError, ModuleFile, kind_of_stem};
use crate::output::Output;
use crate::quantity;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam inspect job.wasm
  cofferdam inspect job.wasm --json

Exits with 126 when the module would be refused, by the policy of the configuration at hand
too, and says why.")]
pub struct Args {
    /// The module
    #[arg(value_name = "JOB.wasm")]
    pub job: PathBuf,
}

#[derive(Serialize)]
struct Inspected<'a> {
    file: &'a PathBuf,
    /// It can be run.
    ok: bool,
    problem: Option<String>,
    shape: Option<&'static str>,
    module: Option<ModuleHash>,
    bytes: Option<u64>,
    memory_minimum_bytes: Option<u64>,
    line_tables: Option<bool>,
    imports: Vec<String>,
    has_manifest: bool,
    manifest: Option<Manifest>,
}

/// Inspects.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let (module, refused) = match module_file::read(&args.job, context.config.size_limits().module_bytes) {
        Ok(module) => (Some(module), None),
        Err(ModuleError::Refused(why)) => (None, Some(why)),
        Err(ModuleError::Unreadable(failure)) => return Err(failure),
    };
    let fallback = kind_of_stem(&module_file::stem(&args.job));
    let resolved =
        module.as_ref().map(|module| module.manifest(ManifestDraft::default(), Some(fallback.as_str())));
    let (manifest, problem) = match resolved {
        Some(Ok(manifest)) => {
            let violation = context.config.policy.check(&manifest).err();
            (Some(manifest), violation.map(|violation| violation.to_string()))
        }
        Some(Err(why)) => (None, Some(why)),
        None => (None, refused),
    };
    let is_refused = problem.is_some();
    if context.output.is_json() {
        context.output.object(&inspected(&args.job, module.as_ref(), manifest, problem))?;
    } else {
        tell(context.output, module.as_ref(), manifest.as_ref(), problem.as_deref())?;
    }
    Ok(if is_refused { ExitCode::of(Outcome::Refused) } else { ExitCode::DONE })
}

fn inspected<'a>(
    file: &'a PathBuf,
    module: Option<&ModuleFile>,
    manifest: Option<Manifest>,
    problem: Option<String>,
) -> Inspected<'a> {
    let found = module.map(|module| &module.inspection);
    Inspected {
        file,
        ok: problem.is_none(),
        problem,
        shape: found.map(|found| word(found.shape)),
        module: module.map(|module| module.hash),
        bytes: found.map(|found| found.size_bytes),
        memory_minimum_bytes: found.map(|found| found.minimum_bytes()),
        line_tables: found.map(|found| found.has_line_tables),
        imports: module.map(imports).unwrap_or_default(),
        has_manifest: found.is_some_and(|found| found.manifest.is_some()),
        manifest,
    }
}

fn word(shape: Shape) -> &'static str {
    match shape {
        Shape::Command => "command",
        Shape::Job => "job",
    }
}

fn imports(module: &ModuleFile) -> Vec<String> {
    module.inspection.imports.iter().map(|(from, name)| format!("{from}.{name}")).collect()
}

fn tell(
    output: Output,
    module: Option<&ModuleFile>,
    manifest: Option<&Manifest>,
    problem: Option<&str>,
) -> Result<(), Failure> {
    let said = |label: &str, text: String| output.line(format!("{label:<15} {text}"));
    if let Some(module) = module {
        let found = &module.inspection;
        let shape = match found.shape {
            Shape::Command => "command: input on stdin, output on stdout",
            Shape::Job => "job: built with the SDK",
        };
        said("shape", shape.to_owned())?;
        said("module", format!("{}, {}", module.hash, quantity::bytes(found.size_bytes)))?;
        said("memory at start", format!("{} bytes", quantity::count(found.minimum_bytes())))?;
        let lines = if found.has_line_tables { "yes" } else { "no: traps name functions, not lines" };
        said("line tables", lines.to_owned())?;
        said("imports", imports(module).join(" "))?;
    }
    if let Some(manifest) = manifest {
        let from = match module.and_then(|module| module.inspection.manifest.as_ref()) {
            Some(_) => "in the module; what it leaves out has its default",
            None => "none: these are the defaults",
        };
        said("manifest", from.to_owned())?;
        declared(output, manifest)?;
    }
    match problem {
        Some(problem) => said("refused", problem.to_owned()),
        None => said("problems", "none".to_owned()),
    }
}

fn declared(output: Output, manifest: &Manifest) -> Result<(), Failure> {
    let said = |label: &str, text: String| output.line(format!("  {label:<18} {text}"));
    let ladder: Vec<_> = manifest.memory_ladder_bytes.iter().map(|bytes| show_bytes(*bytes)).collect();
    let word = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    };
    said("kind", manifest.kind.to_string())?;
    said("queue", manifest.queue.to_string())?;
    said("memory", ladder.join(", then "))?;
    said("fuel", show_fuel(manifest.fuel))?;
    if let Some(total) = manifest.fuel_total {
        said("fuel_total", show_fuel(total))?;
    }
    said("timeout", show_duration_ms(manifest.timeout_ms))?;
    if let Some(total) = manifest.timeout_total_ms {
        said("timeout_total", show_duration_ms(total))?;
    }
    said("retries", manifest.retries.to_string())?;
    said("host_allowance", show_bytes(manifest.host_allowance_bytes))?;
    said("on_memory_limit", word(serde_json::to_value(manifest.on_memory_limit)))?;
    said("drain", word(serde_json::to_value(manifest.drain)))?;
    said("checkpoint_version", manifest.checkpoint_version.to_string())?;
    said("output", word(serde_json::to_value(manifest.output)))?;
    for (label, names) in
        [("grants to read", &manifest.grants.read), ("grants to write", &manifest.grants.write)]
    {
        if !names.is_empty() {
            said(label, names.join(", "))?;
        }
    }
    Ok(())
}
