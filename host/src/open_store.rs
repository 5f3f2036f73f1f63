//! From a store's URL to an open store.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cofferdam_queue::Store;
use cofferdam_store::sqlite::{SqliteConfig, SqliteStore};

use crate::config::Config;
use crate::failure::Failure;
use crate::kill_at::KillAt;

/// Which store, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// A file, by SQLite.
    Sqlite(PathBuf),
}

impl Default for StoreUrl {
    fn default() -> StoreUrl {
        StoreUrl::Sqlite(PathBuf::from("cofferdam.db"))
    }
}

impl StoreUrl {
    /// `sqlite:PATH` or a path; a relative one begins at `base`.
    ///
    /// # Errors
    /// One sentence that names what is wrong with the URL.
    pub fn parse(text: &str, base: Option<&Path>) -> Result<StoreUrl, String> {
        if text.starts_with("redis://") || text.starts_with("rediss://") {
            return Err("this version has no Redis store: use `sqlite:PATH`".to_owned());
        }
        let path = match text.split_once(':') {
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
            Some((scheme, _)) if text.contains("://") => {
                return Err(format!("`{scheme}` is not a store: use `sqlite:PATH`"));
            }
            _ => text,
        };
        match path {
            "" => Err(format!("`{text}` names no file: use `sqlite:PATH`")),
            ":memory:" => Err("a store in memory would be gone with this process: name a file".to_owned()),
            path => Ok(StoreUrl::Sqlite(base.map_or_else(|| PathBuf::from(path), |base| base.join(path)))),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

/// Opens the configured store.
pub async fn open_store(config: &Config) -> Result<Arc<dyn Store>, Failure> {
    let StoreUrl::Sqlite(path) = &config.store.url;
    let sqlite = SqliteConfig {
        synchronous: config.store.synchronous,
        retention: config.retention,
        size_limits: config.limits,
        in_group: KillAt::from_environment()?.map(KillAt::in_group),
        ..SqliteConfig::new(path)
    };
    // Opening waits for the disk, and for its turn among other processes.
    let opened = tokio::task::spawn_blocking(move || SqliteStore::open(sqlite)).await;
    let store = opened.map_err(|error| Failure::new(format!("cannot open the store: {error}")))??;
    Ok(Arc::new(store))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_named_by_url_or_path() {
        for (text, path) in
            [("jobs.db", "jobs.db"), ("sqlite:jobs.db", "jobs.db"), ("sqlite:///srv/jobs.db", "/srv/jobs.db")]
        {
            assert_eq!(StoreUrl::parse(text, None), Ok(StoreUrl::Sqlite(path.into())));
        }
        let in_file = StoreUrl::parse("sqlite:jobs.db", Some(Path::new("/etc")));
        assert_eq!(in_file, Ok(StoreUrl::Sqlite("/etc/jobs.db".into())));
    }

    #[test]
    fn another_kind_of_store_is_refused_with_what_there_is() {
        for text in ["redis://host", "postgres://host/db", "sqlite:", "", "sqlite::memory:"] {
            let why = StoreUrl::parse(text, None).unwrap_err();
            assert!(why.contains("sqlite:PATH") || why.contains("name a file"), "{text}: {why}");
        }
    }
}
