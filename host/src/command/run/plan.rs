//! What is to be run: the module, its manifest under the flags, its grants and the
//! checkpoint to go on from. Wrong usage ends here; nothing has been compiled.

use std::path::PathBuf;

use cofferdam_queue::{Manifest, ManifestDraft, Outcome, SizeLimits};
use cofferdam_sandbox::{Grant, Quota, Shape};

use super::Args;
use super::checkpoint_file::{CheckpointFile, Saved};
use super::outcome::RunOutcome;
use crate::failure::Failure;
use crate::module_file::{self, ModuleError, ModuleFile, can_be_given, kind_of_stem};

/// What is to be run.
pub struct Plan {
    pub module: ModuleFile,
    pub manifest: Manifest,
    pub grants: Vec<Grant>,
    pub input: Option<String>,
    pub args: Vec<String>,
    pub checkpoint: Option<CheckpointFile>,
    pub resume: Option<Saved>,
}

/// A plan, or an end without one: this module is refused.
pub enum Planned {
    Run(Box<Plan>),
    Ended(Box<RunOutcome>),
}

/// Puts the plan together. Blocks for as long as a pipe that it reads is open.
pub fn plan(args: Args, sizes: &SizeLimits) -> Result<Planned, Failure> {
    let fallback = kind_of_stem(&module_file::stem(&args.job));
    let module = match module_file::read(&args.job, sizes.module_bytes) {
        Ok(module) => module,
        Err(ModuleError::Unreadable(failure)) => return Err(failure),
        Err(ModuleError::Refused(why)) => {
            return Ok(Planned::Ended(Box::new(RunOutcome::without_guest(
                Outcome::Refused,
                fallback,
                None,
                None,
                why,
            ))));
        }
    };
    let flags = args.limits.draft();
    let manifest = match module.manifest(flags.clone(), Some(fallback.as_str())) {
        Ok(manifest) => manifest,
        // The module's fault only if it is one without the flags too, or if it needs more
        // than they give: then another module or another cap helps.
        Err(why) if is_of_flags(&module, &flags) => return Err(Failure::usage(why)),
        Err(why) => {
            let kind = module.draft.kind.clone().unwrap_or(fallback);
            let mut refused = RunOutcome::without_guest(Outcome::Refused, kind, Some(module.hash), None, why);
            let cap_bytes = flags.memory_bytes.or(module.draft.memory_bytes);
            refused.report.memory.cap_bytes = cap_bytes.unwrap_or(cofferdam_queue::DEFAULT_MEMORY_BYTES);
            refused.report.memory.requested_bytes = Some(module.inspection.minimum_bytes());
            return Ok(Planned::Ended(Box::new(refused)));
        }
    };
    if module.inspection.shape == Shape::Job && !args.args.is_empty() {
        return Err(Failure::usage("an SDK job takes no arguments").hint("give it `--input` instead"));
    }
    let grants = grants(&args.read, &args.write, &manifest)?;
    let checkpoint = args.checkpoint.map(|path| CheckpointFile::new(path, &manifest, module.hash));
    let resume = match &checkpoint {
        Some(file) => file.read(sizes.checkpoint_bytes)?,
        None => None,
    };
    let Args { input, args, .. } = args;
    Ok(Planned::Run(Box::new(Plan { module, manifest, grants, input, args, checkpoint, resume })))
}

/// A limit that no module could be run under: of zero, or beyond what there can be.
fn is_of_flags(module: &ModuleFile, flags: &ManifestDraft) -> bool {
    let is_wrong = |draft: &ManifestDraft| {
        let resolved = draft.clone().resolve(Some("job"));
        resolved.and_then(|manifest| can_be_given(&manifest)).is_err()
    };
    is_wrong(flags) && !is_wrong(&module.draft)
}

fn grants(
    read: &[(String, PathBuf)],
    write: &[(String, PathBuf)],
    manifest: &Manifest,
) -> Result<Vec<Grant>, Failure> {
    let mut grants: Vec<Grant> = Vec::with_capacity(read.len() + write.len());
    let named = read.iter().map(|grant| (grant, false)).chain(write.iter().map(|grant| (grant, true)));
    for ((name, dir), write) in named {
        if grants.iter().any(|grant| grant.name == *name) {
            return Err(Failure::usage(format!("the grant `{name}` is given twice"))
                .hint("`--write` includes reading"));
        }
        if !dir.is_dir() {
            return Err(Failure::usage(format!(
                "the grant `{name}`: `{}` is not a directory",
                dir.display()
            )));
        }
        grants.push(Grant { name: name.clone(), dir: dir.clone(), write, quota: Quota::default() });
    }
    for (asked, flag) in [(&manifest.grants.read, "--read"), (&manifest.grants.write, "--write")] {
        let enough = |grant: &&Grant, name: &str| grant.name == name && (grant.write || flag == "--read");
        if let Some(name) = asked.iter().find(|name| !grants.iter().any(|grant| enough(&grant, name))) {
            return Err(Failure::usage(format!("`{}` asks for the grant `{name}`", manifest.kind))
                .hint(format!("add `{flag} {name}=DIR`; the job sees the directory as `/{name}`")));
        }
    }
    Ok(grants)
}
