//! Everything that this package reads from outside, as functions of bytes: for the tests that give
//! them any bytes. What they answer is what people would be told.

use std::ffi::OsString;
use std::path::Path;

use bytes::Bytes;
use cofferdam_queue::{Child, JobId, Manifest, ManifestDraft, ModuleHash, NewJob, Timestamp};

use crate::bridge::children;
use crate::command::push::bulk;
use crate::command::run::checkpoint_file::CheckpointFile;
use crate::config::{self, Config};
use crate::{command, module_file, when};

/// The manifest section of a module, understood and with its defaults.
///
/// # Errors
/// One sentence that says why no job can run under it.
pub fn manifest(section: &[u8]) -> Result<(ManifestDraft, Manifest), String> {
    let draft = module_file::manifest(section)?;
    let manifest = draft.clone().resolve(None)?;
    module_file::can_be_given(&manifest)?;
    Ok((draft, manifest))
}

/// A configuration file: its mistakes, each with its line.
///
/// # Errors
/// It could not be read as text.
pub fn config(whole: &[u8]) -> Result<Vec<(usize, String)>, String> {
    let read = config::check_bytes(Path::new("/etc/cofferdam.toml"), whole.to_vec());
    let (config, mistakes) = read.map_err(|failure| failure.to_string())?;
    config.size_limits();
    Ok(mistakes.into_iter().map(|mistake| (mistake.line, mistake.to_string())).collect())
}

/// This text as every variable of the environment, one at a time.
pub fn variables(text: &str) {
    for key in config::KEYS {
        let (variable, value) = (key.variable(), OsString::from(text));
        let environment = move |name: &str| (name == variable).then(|| value.clone());
        // Refused or not: that it is told is all.
        let _ = config::apply_environment(&mut Config::default(), &environment);
    }
}

/// A checkpoint file of a certain job: its line of JSON as it would be written again, and the state.
///
/// # Errors
/// Why it is none of this job.
pub fn checkpoint(whole: &Bytes) -> Result<(Vec<u8>, Bytes), String> {
    let manifest = ManifestDraft::default().resolve(Some("a"))?;
    let file = CheckpointFile::new("checkpoint".into(), &manifest, ModuleHash([7; 32]));
    let saved = file.understand(whole).map_err(|failure| failure.to_string())?;
    let head = file.head(&saved).map_err(|error| error.to_string())?;
    Ok((head, saved.state))
}

/// What a guest says of a child.
///
/// # Errors
/// Why it is no job.
pub fn child(spec: &[u8], input_bytes_max: u64) -> Result<Child, String> {
    let spec = Bytes::copy_from_slice(spec);
    let child = cofferdam_sandbox::Child { no: 7, id: "a.7".to_owned(), spec };
    let jobs = children::jobs(&[child], &JobId::trusted("a"), input_bytes_max, Timestamp(1_000))?;
    jobs.into_iter().next().ok_or_else(|| "there is no child".to_owned())
}

/// A file of jobs.
///
/// # Errors
/// The first line that is none, and what is wrong with it.
pub fn jobs(whole: &Bytes) -> Result<Vec<NewJob>, (u32, String)> {
    bulk::parse(whole, Timestamp(1_000)).map(|bulk| bulk.jobs)
}

/// Whether an input is JSON.
///
/// # Errors
/// Where it is none.
pub fn json(input: &[u8]) -> Result<(), String> {
    command::payload::check_json(input)
}

/// A point in time, and how it is shown.
///
/// # Errors
/// It is not understood.
pub fn time(text: &str) -> Result<(Timestamp, String), String> {
    let at = when::parse(text)?;
    Ok((at, when::rfc3339(at)))
}

/// How long a job is put off.
///
/// # Errors
/// It is not understood, or too long.
pub fn delay_ms(text: &str) -> Result<u64, String> {
    when::parse_delay_ms(text)
}
