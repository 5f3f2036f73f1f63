//! What a store may lose, said before a worker starts on it.

use super::finding::{Finding, State};
use super::{redis_server, store_file};
use crate::config::Config;
use crate::failure::Failure;
use crate::open_store::{StoreUrl, open_redis};

/// What in here keeps every worker of this user from working, and does not pass by itself.
const HOPELESS: [&str; 3] = ["server", "rights", "address"];

/// Why work that was acknowledged may be gone after a power cut; none: it is kept.
///
/// # Errors
/// The store's server cannot be asked.
pub async fn may_lose(config: &Config) -> Result<Vec<String>, Failure> {
    match &config.store.url {
        StoreUrl::Redis(address) => {
            Ok(redis_server::may_lose(&open_redis(config, address).durability().await?))
        }
        StoreUrl::Sqlite(path) => {
            let findings = store_file::look(path, config.store.synchronous);
            let decide = |finding: &Finding| {
                matches!(finding.check, "durability" | "filesystem") && finding.state != State::Ok
            };
            Ok(findings.into_iter().filter(decide).map(|finding| finding.found).collect())
        }
    }
}

/// Logs what a worker's store may lose and what is wrong with its server.
///
/// # Errors
/// The store is too old, or not open enough to this user to work on; or it may lose work and
/// `required` (or the configuration) refuses that.
pub async fn check(config: &Config, required: bool) -> Result<(), Failure> {
    let required = required || config.store.require_durable;
    let losses = match &config.store.url {
        StoreUrl::Redis(address) => match open_redis(config, address).durability().await {
            Ok(seen) => {
                redis_server::look(&seen).into_iter().try_for_each(tell)?;
                redis_server::may_lose(&seen)
            }
            // One that is away for a moment is waited for, unless much is asked of it.
            Err(error) if required || !error.is_temporary() => return Err(Failure::new(error)),
            Err(error) => {
                tracing::warn!(%error, "what the store may lose cannot be told yet");
                return Ok(());
            }
        },
        StoreUrl::Sqlite(_) => may_lose(config).await?,
    };
    if !required || losses.is_empty() {
        return Ok(());
    }
    let url = &config.store.url;
    let refused = Failure::new(format!("`{url}` may lose acknowledged work: {}", losses.join("; ")));
    Err(refused.hint(
        "`cofferdam doctor` tells how to set it up; without `--require-durable` and `store.require_durable` a worker starts",
    ))
}

fn tell(finding: Finding) -> Result<(), Failure> {
    let Finding { check, state, found, remedy } = finding;
    let remedy = remedy.unwrap_or_default();
    match state {
        State::Ok => {}
        State::Fail if HOPELESS.contains(&check) => return Err(Failure::new(found).hint(remedy)),
        State::Fail => tracing::error!(check, remedy, "the store's server: {found}"),
        State::Warn => tracing::warn!(check, remedy, "the store's server: {found}"),
    }
    Ok(())
}
