//! The machine: memory, open files, clock, and whether the sandbox can be set up.

use std::os::unix::fs::MetadataExt;

use cofferdam_sandbox::{Engine, EngineConfig, FUEL_MODEL};
use rustix::process::{Resource, getrlimit, getuid};

use super::finding::Finding;
use crate::bridge::workshop;
use crate::config::{Config, GrantedDir};
use crate::{memory_budget, quantity, when};

/// A worker has one file open for each connection to its store, for each granted directory
/// of each attempt, and a few besides.
const OPEN_FILES_MIN: u64 = 1_024;
/// No clock that is right shows a time before this program was written.
const EARLIEST_MS: u64 = 1_767_225_600_000;

/// Looks at all of it.
pub fn look(config: &Config) -> Vec<Finding> {
    vec![memory(config), open_files(), clock(), sandbox(config), cache(config), grants(config)]
}

fn memory(config: &Config) -> Finding {
    let suggested = memory_budget::of_this_machine();
    let Some(chosen) = config.worker.memory_budget_bytes else {
        let budget =
            format!("a worker may hand out {}: {}", quantity::bytes(suggested.bytes), suggested.source);
        return Finding::ok("memory", budget);
    };
    let shown = quantity::bytes(chosen);
    if chosen > suggested.bytes / 4 * 5 {
        return Finding::warn("memory", format!("`worker.memory_budget` is {shown}, more than there is"))
            .remedy(format!(
                "at most {} is safe here: {}",
                quantity::bytes(suggested.bytes),
                suggested.source
            ));
    }
    Finding::ok("memory", format!("a worker may hand out {shown}, as configured"))
}

fn open_files() -> Finding {
    match getrlimit(Resource::Nofile).current {
        None => Finding::ok("open files", "no limit"),
        Some(limit) if limit >= OPEN_FILES_MIN => Finding::ok("open files", format!("up to {limit}")),
        Some(limit) => Finding::warn("open files", format!("only {limit}"))
            .remedy(format!("`ulimit -n {OPEN_FILES_MIN}`, or `LimitNOFILE=` of the systemd unit")),
    }
}

fn clock() -> Finding {
    let now = when::now();
    if now.0 < EARLIEST_MS {
        return Finding::fail("clock", format!("it shows {}, which cannot be", when::rfc3339(now)))
            .remedy("set it, and let NTP keep it: due times, leases and retention go by it");
    }
    Finding::ok("clock", when::rfc3339(now))
}

fn sandbox(config: &Config) -> Finding {
    let engine = EngineConfig { workshop: workshop(config), ..EngineConfig::default() };
    match Engine::new(engine) {
        Err(error) => Finding::fail("sandbox", error.to_string())
            .remedy("no job can run here: 64-bit Linux with room for virtual memory (`ulimit -v`) is needed"),
        Ok(engine) if !engine.is_pooling() => Finding::warn(
            "sandbox",
            format!("{}, without a pool of slots: attempts start slower", versions()),
        )
        .remedy(
            "allow more virtual memory (`ulimit -v`, `vm.overcommit_memory`), or lower `worker.concurrency`",
        ),
        Ok(_) => {
            let grants = config.grants.len();
            Finding::ok("sandbox", format!("{}, pooling, {grants} grant(s)", versions()))
        }
    }
}

fn versions() -> String {
    format!(
        "cofferdam {}, wasmtime {}, fuel model {FUEL_MODEL}",
        env!("CARGO_PKG_VERSION"),
        wasmtime_version()
    )
}

/// The engine's version, as it was locked when this program was built.
fn wasmtime_version() -> &'static str {
    let locked = include_str!("../../../../Cargo.lock");
    let package = locked.split("[[package]]").find(|package| package.contains("\nname = \"wasmtime\"\n"));
    let version = package.and_then(|package| package.split("version = \"").nth(1)?.split('"').next());
    version.unwrap_or("unknown")
}

fn cache(config: &Config) -> Finding {
    let Some(dir) = config.cache.resolved() else {
        return Finding::warn(
            "cache",
            "no directory for compiled modules: neither HOME nor XDG_CACHE_HOME is set",
        )
        .remedy("set `cache.dir`; without it every worker compiles every module again");
    };
    let shown = dir.display();
    let engine = EngineConfig { cache_dir: Some(dir.clone()), slots: 1, ..EngineConfig::default() };
    if let Err(error) = Engine::new(engine) {
        return Finding::warn("cache", error.to_string()).remedy(
            "workers compile every module again: make it a directory of this user alone, or set `cache.dir`",
        );
    }
    match std::fs::metadata(&dir) {
        Ok(seen) if seen.uid() != getuid().as_raw() || seen.mode() & 0o022 != 0 => {
            Finding::warn("cache", format!("others can write to `{shown}`: what they put there would be run"))
                .remedy(format!("`chmod 700 {shown}`"))
        }
        Ok(_) => Finding::ok("cache", format!("`{shown}`, private and writable")),
        Err(error) => Finding::warn("cache", format!("`{shown}`: {error}")),
    }
}

/// Whether what is granted is there: jobs of kinds that ask for it wait until it is.
fn grants(config: &Config) -> Finding {
    let is_missing = |grant: &&GrantedDir| !grant.dir.is_dir();
    let missing: Vec<String> = config
        .grants
        .iter()
        .filter(is_missing)
        .map(|grant| format!("`grants.{}`: `{}` is not a directory", grant.name, grant.dir.display()))
        .collect();
    match (missing.is_empty(), config.grants.len()) {
        (true, 0) => Finding::ok("grants", "none: jobs see no files"),
        (true, count) => Finding::ok("grants", format!("{count}, and each directory is there")),
        (false, _) => Finding::warn("grants", missing.join("; "))
            .remedy("create it; jobs that ask for it are not run meanwhile"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::doctor::finding::State;
    use crate::config::Access;

    #[test]
    fn a_granted_directory_that_is_not_there_is_named() {
        let mut config = Config::default();
        assert_eq!(grants(&config).state, State::Ok);
        for dir in ["/", "/no/such"] {
            config.grants.push(GrantedDir {
                name: "in".to_owned(),
                access: Access::Read,
                dir: dir.into(),
                kinds: vec!["*".to_owned()],
                modules: Vec::new(),
                quota: Default::default(),
            });
        }
        let found = grants(&config);
        assert_eq!(found.state, State::Warn);
        assert!(found.found.contains("`/no/such` is not a directory"), "{}", found.found);
    }

    #[test]
    fn the_version_of_the_engine_is_known() {
        assert!(wasmtime_version().starts_with(|c: char| c.is_ascii_digit()), "{}", wasmtime_version());
    }
}
