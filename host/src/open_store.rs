//! From a store's URL to an open store.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cofferdam_queue::Store;
use cofferdam_store::redis::{Address, RedisConfig, RedisStore};
use cofferdam_store::sqlite::{SqliteConfig, SqliteStore};

use crate::config::Config;
use crate::failure::Failure;
use crate::kill_at::KillAt;

/// Which store, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// A file, by SQLite.
    Sqlite(PathBuf),
    /// A server, a Sentinel group or a Cluster.
    Redis(Box<Address>),
}

impl Default for StoreUrl {
    fn default() -> StoreUrl {
        StoreUrl::Sqlite(PathBuf::from("cofferdam.db"))
    }
}

impl StoreUrl {
    /// `sqlite:PATH` or a path; a relative one begins at `base`. Or `redis://…`, as [`Address`] says.
    ///
    /// # Errors
    /// One sentence that names what is wrong with the URL.
    pub fn parse(text: &str, base: Option<&Path>) -> Result<StoreUrl, String> {
        let scheme_end = text.find(|letter: char| !letter.is_ascii_alphabetic() && letter != '+');
        let (scheme, rest) = text.split_at(scheme_end.unwrap_or(text.len()));
        let scheme = scheme.to_ascii_lowercase();
        if scheme.starts_with("redis") || scheme.starts_with("valkey") {
            if text.contains("://") {
                return Address::parse(text).map(|address| StoreUrl::Redis(Box::new(address)));
            }
            if rest.starts_with(':') || rest.starts_with("//") {
                // Not shown: there may be a password in it.
                return Err("a Redis store is named by `redis://HOST:PORT`".to_owned());
            }
        }
        let path = match text.split_once(':') {
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
            Some((scheme, _)) if text.contains("://") => {
                return Err(format!("`{scheme}` is not a store: use `sqlite:PATH` or `redis://HOST:PORT`"));
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

impl StoreUrl {
    /// As another process takes it; with the secrets that `Display` leaves out.
    pub fn with_secrets(&self) -> String {
        match self {
            StoreUrl::Sqlite(_) => self.to_string(),
            StoreUrl::Redis(address) => address.with_secrets().to_owned(),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            StoreUrl::Redis(address) => address.fmt(f),
        }
    }
}

/// Who makes a store that is not there.
pub const MADE_BY: &str = "the first deploy, push or worker makes it; or name another with `--store`";

/// That there is a store; whether it can be opened is seen when it is.
pub fn must_exist(url: &StoreUrl) -> Result<(), Failure> {
    let StoreUrl::Sqlite(path) = url else { return Ok(()) };
    match path.metadata() {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(Failure::new(format!("there is no store at `{}`", path.display())).hint(MADE_BY))
        }
        _ => Ok(()),
    }
}

/// Opens the configured store.
pub async fn open_store(config: &Config) -> Result<Arc<dyn Store>, Failure> {
    let path = match &config.store.url {
        StoreUrl::Sqlite(path) => path,
        StoreUrl::Redis(address) => return Ok(Arc::new(open_redis(config, address))),
    };
    if path.is_dir() {
        let shown = path.display();
        return Err(Failure::new(format!("`{shown}` is a directory, not a store"))
            .hint(format!("name a file in it: `{}`", path.join("cofferdam.db").display())));
    }
    let sqlite = SqliteConfig {
        synchronous: config.store.synchronous,
        retention: config.retention,
        size_limits: config.size_limits(),
        in_group: KillAt::from_environment()?.map(KillAt::in_group),
        ..SqliteConfig::new(path)
    };
    // Opening waits for the disk, and for its turn among other processes.
    let opened = tokio::task::spawn_blocking(move || SqliteStore::open(sqlite)).await;
    let store = opened.map_err(|error| Failure::new(format!("cannot open the store: {error}")))??;
    Ok(Arc::new(store))
}

/// A handle on the store there; nothing is asked of the server yet.
pub fn open_redis(config: &Config, address: &Address) -> RedisStore {
    RedisStore::new(RedisConfig {
        retention: config.retention,
        size_limits: config.size_limits(),
        ..RedisConfig::new(address.clone())
    })
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
    fn a_mistyped_redis_url_is_no_path_and_its_password_is_not_shown() {
        for text in
            ["redis//:secret@host", "redis:/:secret@host", "VALKEY:secret@host", "rediss//u:secret@host/"]
        {
            let why = StoreUrl::parse(text, None).unwrap_err();
            assert!(why.contains("redis://HOST:PORT") && !why.contains("secret"), "{text}: {why}");
        }
        for path in ["redis.db", "redis-jobs.db", "redis/jobs.db"] {
            assert_eq!(StoreUrl::parse(path, None), Ok(StoreUrl::Sqlite(path.into())));
        }
    }

    #[test]
    fn a_store_that_is_not_there_is_named_with_who_makes_it() {
        let dir = tempfile::tempdir().unwrap();
        assert!(must_exist(&StoreUrl::Sqlite(dir.path().into())).is_ok());
        for gone in ["jobs.db", "no/jobs.db"] {
            let failure = must_exist(&StoreUrl::Sqlite(dir.path().join(gone))).unwrap_err();
            assert!(failure.what().starts_with("there is no store at `"), "{failure}");
            assert!(failure.to_string().contains("the first deploy, push or worker makes it"), "{failure}");
        }
    }

    #[test]
    fn another_kind_of_store_is_refused_with_what_there_is() {
        for text in ["postgres://host/db", "sqlite:", "", "sqlite::memory:"] {
            let why = StoreUrl::parse(text, None).unwrap_err();
            assert!(why.contains("sqlite:PATH") || why.contains("name a file"), "{text}: {why}");
        }
    }
}
