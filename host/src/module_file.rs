//! A module as a file on this machine: read, inspected, and its manifest understood.
//! Nothing is compiled here, and nothing is run.

use std::path::Path;

use bytes::Bytes;
use cofferdam_queue::{Kind, Manifest, ManifestDraft, ModuleHash, show_bytes};
use cofferdam_sandbox::{EngineConfig, IMPORT_MODULE, Inspection, Shape, inspect};

use crate::bounded_file::{self, ReadError};
use crate::config::grant_name;
use crate::failure::Failure;

/// A module that could be run.
#[derive(Clone, Debug)]
pub struct ModuleFile {
    /// Its bytes.
    pub wasm: Bytes,
    /// The SHA-256 of them.
    pub hash: ModuleHash,
    /// What was found in it.
    pub inspection: Inspection,
    /// What its manifest says; nothing when it has none.
    pub draft: ManifestDraft,
    /// The file's name without `.wasm`.
    pub stem: String,
}

/// Why a file is no such module.
#[derive(Debug)]
pub enum ModuleError {
    /// The file could not be read.
    Unreadable(Failure),
    /// It was read, and no worker would run it: one sentence that says why.
    Refused(String),
}

impl ModuleError {
    /// For a command that needed the module.
    pub fn into_failure(self) -> Failure {
        match self {
            ModuleError::Unreadable(failure) => failure,
            ModuleError::Refused(why) => Failure::new(why),
        }
    }
}

/// Reads and inspects the file; one of more than `limit_bytes` is refused.
pub fn read(path: &Path, limit_bytes: u64) -> Result<ModuleFile, ModuleError> {
    let wasm = bounded_file::read(path, limit_bytes).map_err(|error| match error {
        ReadError::Unreadable(error) => ModuleError::Unreadable(Failure::new(format!(
            "cannot read the module `{}`: {error}",
            path.display()
        ))),
        ReadError::TooLarge(too_large) => ModuleError::Refused(format!(
            "the module {too_large}: strip it of debugging information, or raise `limits.module`"
        )),
    })?;
    understand(wasm.into(), stem(path))
}

/// The file's name without `.wasm`.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The kind of a module that declares none and is only run here: its file's name, with what
/// a name may not have replaced.
pub fn kind_of_stem(stem: &str) -> Kind {
    let plain = stem.chars().map(|c| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9' | '.' | '_' | '-') => c,
        _ => '-',
    });
    let name: String = plain.take(64).collect();
    name.parse().unwrap_or_else(|_| Kind::trusted("job"))
}

/// Inspects a module that is in memory; `stem` names it when it names itself nothing.
pub fn understand(wasm: Bytes, stem: String) -> Result<ModuleFile, ModuleError> {
    let inspection =
        inspect(&wasm).map_err(|refusal| ModuleError::Refused(format!("the module {refusal}")))?;
    uses_what_it_may(&inspection).map_err(ModuleError::Refused)?;
    let hash = inspection.sha256.parse().map_err(ModuleError::Refused)?;
    let draft = match &inspection.manifest {
        Some(section) => manifest(section).map_err(ModuleError::Refused)?,
        None => ManifestDraft::default(),
    };
    Ok(ModuleFile { wasm, hash, inspection, draft, stem })
}

impl ModuleFile {
    /// The manifest with `flags` over it and every default filled in; `fallback` is the kind
    /// of a module that declares none.
    ///
    /// # Errors
    /// One sentence that names the key and why no job can run under it.
    pub fn manifest(&self, flags: ManifestDraft, fallback: Option<&str>) -> Result<Manifest, String> {
        let manifest = crate::command::declared::over(self.draft.clone(), flags).resolve(fallback)?;
        can_be_given(&manifest)?;
        let (needed, cap) = (self.inspection.minimum_bytes(), manifest.memory_bytes(0));
        if needed > cap {
            return Err(format!(
                "the module needs {needed} bytes of memory before it starts; {cap} is the cap: raise `memory`"
            ));
        }
        Ok(manifest)
    }
}

/// The job's interface is for jobs: a command has no input to read through it.
fn uses_what_it_may(inspection: &Inspection) -> Result<(), String> {
    let import = inspection.imports.iter().find(|(from, _)| from == IMPORT_MODULE);
    match (inspection.shape, import) {
        (Shape::Command, Some((from, name))) => Err(format!(
            "the module is a command (it exports `_start`) and imports `{from}.{name}`, which is for jobs: build it with the SDK as a job, which exports `cofferdam_run`"
        )),
        _ => Ok(()),
    }
}

/// Whether any worker could give what the manifest asks for, whatever its configuration.
///
/// # Errors
/// One sentence that names the key and the bound.
pub fn can_be_given(manifest: &Manifest) -> Result<(), String> {
    let largest = manifest.memory_ladder_bytes.last().copied().unwrap_or_default();
    let most = EngineConfig::default().memory_bytes_max;
    if largest > most {
        let (largest, most) = (show_bytes(largest), show_bytes(most));
        return Err(format!("`memory` asks for {largest}; {most} is the most that a module can address"));
    }
    let grants = &manifest.grants;
    grants.read.iter().chain(&grants.write).try_for_each(|name| grant_name(name))
}

pub fn manifest(section: &[u8]) -> Result<ManifestDraft, String> {
    let mut json = serde_json::Deserializer::from_slice(section);
    let draft = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!(" at `{path}`") };
        format!("the module's manifest is not understood{place}: {}", error.inner())
    })?;
    // Two sections of one name are one after the other: two jobs in one module.
    json.end().map_err(|_| {
        "the module has more than one manifest: build each job as a module of its own".to_owned()
    })?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = r#"(module (memory (export "memory") 2) (func (export "_start")))"#;

    fn with_manifest(json: &str) -> Result<ModuleFile, ModuleError> {
        let custom = format!("(@custom \"cofferdam.manifest\" {json:?})");
        let text = PLAIN.replace("(module", &format!("(module {custom}"));
        understand(wat::parse_str(text).unwrap().into(), "wc".to_owned())
    }

    fn refusal(result: Result<ModuleFile, ModuleError>) -> String {
        match result {
            Err(ModuleError::Refused(why)) => why,
            other => panic!("expected a refusal: {other:?}"),
        }
    }

    #[test]
    fn a_module_without_a_manifest_is_named_by_its_file() {
        let module = understand(wat::parse_str(PLAIN).unwrap().into(), "wc".to_owned()).unwrap();
        let manifest = module.manifest(ManifestDraft::default(), Some(&module.stem)).unwrap();
        assert_eq!(manifest.kind.as_str(), "wc");
        assert_eq!(kind_of_stem("My Job").as_str(), "my-job");
        assert_eq!(kind_of_stem("").as_str(), "job");
    }

    #[test]
    fn a_manifest_with_an_unknown_key_or_a_wrong_unit_is_refused_with_its_place() {
        let why = refusal(with_manifest(r#"{"kind": "a", "memory": "16MB"}"#));
        assert!(why.contains("`16MB` is not a size"), "{why}");
        let why = refusal(with_manifest(r#"{"kind": "a", "grants": {"reed": []}}"#));
        assert!(why.contains("grants") && why.contains("reed"), "{why}");
    }

    #[test]
    fn a_quantity_below_zero_is_refused_in_words() {
        let why = refusal(with_manifest(r#"{"kind": "a", "memory": -5}"#));
        assert!(why.contains("at `memory`") && why.contains("a number from 0 on"), "{why}");
        assert!(!why.contains("variant"), "{why}");
    }

    #[test]
    fn what_no_worker_could_give_is_refused_with_the_bound() {
        for (json, expected) in [
            (r#"{"kind": "a", "memory": "16GiB"}"#, "`memory` asks for 16GiB; 4GiB is the most"),
            (r#"{"kind": "a", "memory_ladder": ["99999GiB"]}"#, "`memory` asks for 99999GiB"),
            (r#"{"kind": "a", "grants": {"read": ["../x"]}}"#, "`../x` is not a name for a grant"),
            (r#"{"kind": "a", "grants": {"write": ["a/b"]}}"#, "`a/b` is not a name for a grant"),
        ] {
            let why = with_manifest(json).unwrap().manifest(ManifestDraft::default(), None).unwrap_err();
            assert!(why.contains(expected), "{json}: {why}");
        }
        let most = with_manifest(r#"{"kind": "a", "memory": "4GiB"}"#).unwrap();
        assert!(most.manifest(ManifestDraft::default(), None).is_ok());
    }

    #[test]
    fn a_command_that_imports_the_jobs_interface_is_refused() {
        let import = r#"(module (import "cofferdam_v1" "stop_requested" (func (result i32)))"#;
        let wasm = wat::parse_str(PLAIN.replace("(module", import)).unwrap();
        let why = refusal(understand(wasm.into(), String::new()));
        assert!(why.contains("cofferdam_v1.stop_requested"), "{why}");
    }

    #[test]
    fn two_manifests_in_one_module_are_refused() {
        let why = refusal(with_manifest(r#"{"kind": "a"}{"kind": "b"}"#));
        assert!(why.contains("more than one manifest"), "{why}");
    }

    #[test]
    fn a_minimum_over_the_cap_is_refused_with_both_figures() {
        let module = with_manifest(r#"{"kind": "a", "memory": "64KiB"}"#).unwrap();
        let why = module.manifest(ManifestDraft::default(), None).unwrap_err();
        assert!(why.contains("131072") && why.contains("65536"), "{why}");
    }

    #[test]
    fn what_is_no_module_is_refused_and_what_is_not_there_is_unreadable() {
        assert!(
            refusal(understand(Bytes::from_static(b"hello"), String::new())).starts_with("the module is")
        );
        assert!(matches!(read(Path::new("/no/such.wasm"), 1), Err(ModuleError::Unreadable(_))));
        assert!(refusal(read(Path::new("/dev/zero"), 1_000)).contains("more than 1000 bytes"));
    }
}
