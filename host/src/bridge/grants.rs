//! Which of the operator's directories a job gets: those it asks for by name, that are open
//! to its kind, with no more access than it asks for.

use cofferdam_queue::Pointer;
use cofferdam_sandbox::Grant;

use crate::config::{Access, GrantedDir};

/// The directories of a job.
///
/// # Errors
/// One sentence that names the first grant that this worker does not have for it; another
/// worker may.
pub fn resolve(pointer: &Pointer, granted: &[GrantedDir]) -> Result<Vec<Grant>, String> {
    let asked = &pointer.manifest.grants;
    let reads = asked.read.iter().filter(|name| !asked.write.contains(name)).map(|name| (name, Access::Read));
    let writes = asked.write.iter().map(|name| (name, Access::Write));
    reads.chain(writes).map(|(name, access)| one(pointer, name, access, granted)).collect()
}

/// Whether the directories exist.
///
/// # Errors
/// One sentence that names the first that does not.
pub fn are_there(grants: &[Grant]) -> Result<(), String> {
    match grants.iter().find(|grant| !grant.dir.is_dir()) {
        Some(Grant { name, dir, .. }) => Err(format!(
            "the grant `{name}`: `{}` is not a directory: create it, or correct `[grants.{name}]`",
            dir.display()
        )),
        None => Ok(()),
    }
}

fn one(pointer: &Pointer, name: &str, access: Access, granted: &[GrantedDir]) -> Result<Grant, String> {
    let kind = pointer.manifest.kind.as_str();
    let word = if access == Access::Write { "write" } else { "read" };
    let Some(grant) = granted.iter().find(|grant| grant.name == name) else {
        return Err(format!(
            "`{kind}` asks for the grant `{name}`, which this worker does not have: add `[grants.{name}]` with `{word} = \"/dir\"`"
        ));
    };
    if !grant.is_for(kind) {
        return Err(format!("`{kind}` asks for the grant `{name}`, whose `kinds` do not include it"));
    }
    if !grant.modules.is_empty() && !grant.modules.contains(&pointer.module) {
        return Err(format!(
            "`{kind}` asks for the grant `{name}`, whose `modules` do not include `{}`: add it there if this build may have it",
            pointer.module
        ));
    }
    if access == Access::Write && grant.access == Access::Read {
        return Err(format!("`{kind}` asks to write to the grant `{name}`, which is for reading"));
    }
    Ok(Grant {
        name: name.to_owned(),
        dir: grant.dir.clone(),
        write: access == Access::Write,
        quota: grant.quota,
    })
}
