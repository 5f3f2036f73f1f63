//! The configuration: flags over environment over `cofferdam.toml` over defaults.
//!
//! Every key is in one registry ([`keys`]), which reads it, documents it and names its
//! environment variable. What a command alone can say (`work -q`) is laid over this by
//! that command.

mod exposed;
mod file;
mod grants;
mod keys;
mod log_filter;
mod mistake;
mod value;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cofferdam_queue::{Policy, QueueOrder, SizeLimits};
use cofferdam_store::Retention;
use cofferdam_store::redis::RedisConfig;
use cofferdam_store::sqlite::Synchronous;

use crate::cli::Globals;
use crate::failure::Failure;
use crate::open_store::StoreUrl;

pub use grants::{Access, GrantedDir, KEYS as GRANT_KEYS, grant_name};
pub use keys::{KEYS, check_lease};
pub use mistake::{Mistake, nearest};
pub use value::{parse_queues, parse_size};

/// The file that is read when none is named.
pub const FILE_NAME: &str = "cofferdam.toml";

/// Everything that can be configured, resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    pub store: StoreConfig,
    pub worker: WorkerConfig,
    pub policy: Policy,
    /// Sorted by name, each name once.
    pub grants: Vec<GrantedDir>,
    /// `[retention]`
    pub retention: Retention,
    /// `[limits]`
    pub limits: LimitsConfig,
    pub cache: CacheConfig,
    pub compile: CompileConfig,
    pub log: LogConfig,
}

/// `[store]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreConfig {
    pub url: StoreUrl,
    pub synchronous: Synchronous,
    /// No worker starts on a store that may lose acknowledged work.
    pub require_durable: bool,
}

/// `[compile]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompileConfig {
    pub memory_bytes: u64,
}

impl Default for CompileConfig {
    fn default() -> Self {
        CompileConfig { memory_bytes: 2 << 30 }
    }
}

/// `[limits]`; `None`: as the kind of store has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitsConfig {
    pub input_bytes: Option<u64>,
    pub output_bytes: Option<u64>,
    pub checkpoint_bytes: Option<u64>,
    pub append_bytes: Option<u64>,
    pub parts_bytes: Option<u64>,
    pub module_bytes: Option<u64>,
}

impl Config {
    /// The largest values that the configured store takes.
    pub fn size_limits(&self) -> SizeLimits {
        let of_store = match &self.store.url {
            StoreUrl::Sqlite(_) => SizeLimits::default(),
            StoreUrl::Redis(_) => RedisConfig::size_limits(),
        };
        let said = &self.limits;
        SizeLimits {
            input_bytes: said.input_bytes.unwrap_or(of_store.input_bytes),
            output_bytes: said.output_bytes.unwrap_or(of_store.output_bytes),
            checkpoint_bytes: said.checkpoint_bytes.unwrap_or(of_store.checkpoint_bytes),
            append_bytes: said.append_bytes.unwrap_or(of_store.append_bytes),
            parts_bytes: said.parts_bytes.unwrap_or(of_store.parts_bytes),
            module_bytes: said.module_bytes.unwrap_or(of_store.module_bytes),
        }
    }
}

/// `[worker]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerConfig {
    pub queues: QueueOrder,
    /// `None`: eight for each core.
    pub concurrency: Option<u32>,
    pub processes: u32,
    /// `None`: four fifths of what the control group or the machine has.
    pub memory_budget_bytes: Option<u64>,
    pub drain_timeout_ms: u64,
    pub lease_ms: u64,
}

impl Default for WorkerConfig {
    fn default() -> WorkerConfig {
        WorkerConfig {
            queues: QueueOrder::All,
            concurrency: None,
            processes: 1,
            memory_budget_bytes: None,
            drain_timeout_ms: 25_000,
            lease_ms: 15_000,
        }
    }
}

/// `[cache]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheConfig {
    /// `None`: `$XDG_CACHE_HOME/cofferdam`, else `~/.cache/cofferdam`.
    pub dir: Option<PathBuf>,
}

impl CacheConfig {
    /// The directory; `None`: nobody says where, and nothing is kept.
    pub fn resolved(&self) -> Option<PathBuf> {
        let absolute =
            |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let user = || absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
        self.dir.clone().or_else(|| Some(user()?.join("cofferdam")))
    }
}

/// `[log]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogConfig {
    /// `None`: `info` for `work`, else `warn`.
    pub level: Option<String>,
    pub format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// Looks up an environment variable; an empty one counts as not set.
pub type Environment = dyn Fn(&str) -> Option<OsString>;

/// The process's environment.
pub fn environment() -> Box<Environment> {
    Box::new(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

/// The configuration file that the environment names.
pub fn file_of_environment(environment: &Environment) -> Option<PathBuf> {
    environment("COFFERDAM_CONFIG").map(PathBuf::from)
}

/// The text of a variable.
///
/// # Errors
/// It is not UTF-8. To go on as if it were not set would be to take another store.
pub fn text_of(variable: &str, value: OsString) -> Result<String, Failure> {
    value.into_string().map_err(|value| {
        Failure::usage(format!("environment variable {variable}: `{}` is not UTF-8", value.to_string_lossy()))
    })
}

/// Resolves the configuration for a command; `trusts_directory`: a file here counts without
/// being named.
pub fn load(globals: &Globals, environment: &Environment, trusts_directory: bool) -> Result<Config, Failure> {
    let mut config = Config::default();
    if let Some(path) = file_to_read(globals, environment, trusts_directory) {
        let mistakes = file::read(&path)?.apply(&mut config);
        if !mistakes.is_empty() {
            return Err(Mistake::all(mistakes));
        }
    }
    apply_environment(&mut config, environment)?;
    if let Some(url) = &globals.store {
        config.store.url =
            StoreUrl::parse(url, None).map_err(|why| Failure::usage(format!("--store: {why}")))?;
    }
    // Once more: variables and flags have moved the store and the cache.
    if let Some((_, why)) = exposed::exposed(&config, None).into_iter().next() {
        return Err(Failure::usage(why));
    }
    Ok(config)
}

/// All that is wrong with one file; nothing of the environment counts.
pub fn check_file(path: &Path) -> Result<(Config, Vec<Mistake>), Failure> {
    let mut config = Config::default();
    let mistakes = file::read(path)?.apply(&mut config);
    Ok((config, mistakes))
}

/// The same of what is in a file that would be at `path`.
pub fn check_bytes(path: &Path, whole: Vec<u8>) -> Result<(Config, Vec<Mistake>), Failure> {
    let mut config = Config::default();
    let mistakes = file::of(path, whole)?.apply(&mut config);
    Ok((config, mistakes))
}

/// The file named by flag or environment, which must be there, or the one in this
/// directory, if there is one.
fn file_to_read(globals: &Globals, environment: &Environment, trusts_directory: bool) -> Option<PathBuf> {
    let named = globals.config.clone().or_else(|| file_of_environment(environment));
    named.or_else(|| Some(PathBuf::from(FILE_NAME)).filter(|path| trusts_directory && path.exists()))
}

pub fn apply_environment(config: &mut Config, environment: &Environment) -> Result<(), Failure> {
    for key in KEYS {
        let variable = key.variable();
        let Some(value) = environment(&variable) else { continue };
        let text = text_of(&variable, value)?;
        (key.set)(config, &value::Value::text(&text))
            .map_err(|why| Failure::usage(format!("environment variable {variable}: {why}")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
