//! How well a server keeps what it has acknowledged, as it says itself.
//!
//! Only facts: what they mean for the person who runs it is said by the surfaces. A server that is
//! another's (a managed service, a user with few rights) may hide its settings; what is not known
//! is `None` here, and never taken for good.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use cofferdam_queue::StoreError;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ConnectionAddr, ErrorKind, RedisError, RedisResult, ServerErrorKind};

use super::address::Way;
use super::error::{Sent, explain, too_late};
use super::permissions;
use super::store::RedisStore;
use super::types;

/// All questions together take no longer.
const PATIENCE: Duration = Duration::from_millis(4_500);

/// The settings that decide what is lost.
const SETTINGS: [&str; 6] = [
    "appendonly",
    "appendfsync",
    "no-appendfsync-on-rewrite",
    "save",
    "min-replicas-to-write",
    "stop-writes-on-bgsave-error",
];

/// What is written to the append-only file, and when it is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appends {
    /// There is none.
    Nothing,
    /// All, on the disk when the operating system likes.
    Unsynced,
    /// All, on the disk within a second or two.
    EverySecond,
    /// All, on the disk before it is acknowledged.
    Always,
    /// All; when it is on the disk is hidden.
    Somehow,
}

/// How the server was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The URL names it.
    Named,
    /// Sentinels named it, and hand over to a replica by themselves.
    BySentinel,
    /// It is a node of a Cluster, which hands over to a replica by itself.
    InCluster,
}

/// What there is to know of a server.
#[derive(Clone, Debug)]
pub struct Durability {
    /// As it calls itself: `Redis 7.0.15`, `Valkey 8.1.0`. `None`: `INFO` is hidden.
    pub server: Option<String>,
    /// The version of Redis that it is, or is as good as: major and minor.
    pub version: Option<(u32, u32)>,
    pub found: Found,
    /// It takes writes of its primary only.
    pub is_replica: Option<bool>,
    /// It still reads its data from the disk.
    pub is_loading: bool,
    pub appends: Option<Appends>,
    /// While the append-only file is rewritten nothing is synced, whatever else is set.
    pub unsynced_in_rewrites: Option<bool>,
    /// The whole data is written to the disk now and then.
    pub snapshots: Option<bool>,
    /// The last write to the append-only file failed: no writes are taken.
    pub append_failed: bool,
    /// The last snapshot failed.
    pub snapshot_failed: bool,
    /// After a snapshot that failed no writes are taken.
    pub snapshot_must_succeed: Option<bool>,
    /// In use now.
    pub memory_used_bytes: Option<u64>,
    /// What it may use; 0 is without a bound.
    pub memory_max_bytes: Option<u64>,
    /// What goes when that is used up; only `noeviction` keeps all.
    pub memory_policy: Option<String>,
    /// So many have its data, as it came to them.
    pub replicas: Option<u32>,
    /// Fewer good replicas than these: no writes are taken.
    pub replicas_min: Option<u32>,
    /// It is a node of a Cluster.
    pub is_clustered: Option<bool>,
    /// The Cluster serves all slots, as far as this node knows.
    pub cluster_is_whole: Option<bool>,
    /// It is a Cluster's node that does not have this store: its slot is another's.
    pub is_elsewhere: bool,
    /// The connection is encrypted.
    pub is_encrypted: bool,
    /// It is on this machine.
    pub is_local: bool,
    /// The quickest of a few questions and answers.
    pub round_trip: Duration,
    /// What this user may not ask: `INFO`, `CONFIG GET`.
    pub hidden: Vec<&'static str>,
    /// What a worker needs and this user may not do. `None`: it could not be asked.
    pub refused: Option<Vec<String>>,
    /// Keys of this store that somebody else has written to, as sentences.
    pub misused: Vec<String>,
}

impl RedisStore {
    /// Asks the server how well it keeps what it acknowledges. Over a connection of its own, and
    /// nothing is changed; answered within 5 s.
    ///
    /// # Errors
    /// It cannot be reached, or does not let us in.
    pub async fn durability(&self) -> Result<Durability, StoreError> {
        let asked = tokio::time::timeout(PATIENCE, self.ask_durability()).await;
        let asked = asked.map_err(|_| too_late(self.link.shown(), PATIENCE, Sent::No))?;
        asked.map_err(|error| explain(self.link.shown(), &error, Sent::No))
    }

    async fn ask_durability(&self) -> RedisResult<Durability> {
        let client = self.link.client().await?;
        let addr = client.get_connection_info().addr().clone();
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let round_trip = round_trip(&mut connection).await?;

        let mut hidden = Vec::new();
        let info: Option<String> =
            unless_hidden(redis::cmd("INFO").query_async(&mut connection).await, "INFO", &mut hidden)?;
        let info = info.map(|text| fields(&text));
        let mut get = redis::cmd("CONFIG");
        get.arg("GET").arg(&SETTINGS);
        let set: Option<HashMap<String, String>> =
            unless_hidden(get.query_async(&mut connection).await, "CONFIG GET", &mut hidden)?;

        let is_loading = info.as_ref().and_then(|info| info.flag("loading")).unwrap_or(false);
        let is_clustered = info.as_ref().and_then(|info| info.flag("cluster_enabled"));
        let mut cluster_is_whole = None;
        if is_clustered == Some(true) {
            let said = redis::cmd("CLUSTER").arg("INFO").query_async::<String>(&mut connection).await;
            cluster_is_whole = said.ok().map(|text| fields(&text).text("cluster_state") == "ok");
        }
        let (refused, is_elsewhere) = match is_loading {
            true => (None, false),
            false => permissions::refused(self, &mut connection).await?,
        };
        let misused = match is_loading || is_elsewhere {
            true => Vec::new(),
            false => types::misused(&self.config.address.name, &mut connection).await?,
        };
        let seen = Seen { info: info.unwrap_or_default(), set };
        Ok(Durability {
            server: seen.server(),
            version: seen.version(),
            found: match self.config.address.way {
                Way::Server(_) => Found::Named,
                Way::Sentinel { .. } => Found::BySentinel,
                Way::Cluster(_) => Found::InCluster,
            },
            is_replica: seen.info.known("role").map(|role| role != "master"),
            is_loading,
            appends: seen.appends(),
            unsynced_in_rewrites: seen.switch("no-appendfsync-on-rewrite"),
            snapshots: seen.setting("save").map(|save| !save.is_empty()),
            append_failed: seen.info.text("aof_last_write_status") == "err",
            snapshot_failed: seen.info.text("rdb_last_bgsave_status") == "err",
            snapshot_must_succeed: seen.switch("stop-writes-on-bgsave-error"),
            memory_used_bytes: seen.info.number("used_memory"),
            memory_max_bytes: seen.info.number("maxmemory"),
            memory_policy: seen.info.known("maxmemory_policy").map(str::to_owned),
            replicas: seen.info.number("connected_slaves").map(|count| count as u32),
            replicas_min: seen.replicas_min(),
            is_clustered,
            cluster_is_whole,
            is_elsewhere,
            is_encrypted: matches!(addr, ConnectionAddr::TcpTls { .. }),
            is_local: is_local(&addr),
            round_trip,
            hidden,
            refused,
            misused,
        })
    }
}

/// The server's answers.
struct Seen {
    info: Fields,
    set: Option<HashMap<String, String>>,
}

impl Seen {
    fn setting(&self, name: &str) -> Option<&str> {
        self.set.as_ref()?.get(name).map(String::as_str)
    }

    fn switch(&self, name: &str) -> Option<bool> {
        self.setting(name).map(|value| value == "yes")
    }

    fn server(&self) -> Option<String> {
        if let Some(version) = self.info.known("valkey_version") {
            return Some(format!("Valkey {version}"));
        }
        Some(format!("Redis {}", self.info.known("redis_version")?))
    }

    fn version(&self) -> Option<(u32, u32)> {
        let mut parts = self.info.known("redis_version")?.split('.').map(|part| part.parse().ok());
        Some((parts.next()??, parts.next()??))
    }

    fn appends(&self) -> Option<Appends> {
        // What runs, not what is written in its configuration: the file may have failed to open.
        let on = self.info.flag("aof_enabled").or_else(|| self.switch("appendonly"))?;
        Some(match (on, self.setting("appendfsync")) {
            (false, _) => Appends::Nothing,
            (true, Some("always")) => Appends::Always,
            (true, Some("everysec")) => Appends::EverySecond,
            (true, Some("no")) => Appends::Unsynced,
            (true, _) => Appends::Somehow,
        })
    }

    fn replicas_min(&self) -> Option<u32> {
        if let Some(set) = self.setting("min-replicas-to-write") {
            return set.parse().ok();
        }
        // The field is there if the setting is; how many they are is hidden.
        self.info.known("min_slaves_good_slaves").map(|_| 1)
    }
}

/// `name:value` lines.
#[derive(Default)]
struct Fields(HashMap<String, String>);

fn fields(text: &str) -> Fields {
    let lines = text.lines().filter_map(|line| line.trim_end().split_once(':'));
    Fields(lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

impl Fields {
    fn known(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn text(&self, name: &str) -> &str {
        self.known(name).unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.known(name)?.parse().ok()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.known(name).map(|value| value == "1")
    }
}

/// `None` for what this user, or this service, does not tell.
fn unless_hidden<T>(
    answer: RedisResult<T>,
    what: &'static str,
    hidden: &mut Vec<&'static str>,
) -> RedisResult<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if is_refusal(&error) => {
            hidden.push(what);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Of one command; managed services say that they do not know it.
fn is_refusal(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(ServerErrorKind::NoPerm | ServerErrorKind::ResponseError))
}

async fn round_trip(connection: &mut MultiplexedConnection) -> RedisResult<Duration> {
    let mut quickest = Duration::MAX;
    for _ in 0..5 {
        let asked = Instant::now();
        match redis::cmd("PING").query_async::<redis::Value>(connection).await {
            // Refused, or not yet: it is an answer all the same.
            Err(error) if error.code().is_none() => return Err(error),
            _ => quickest = quickest.min(asked.elapsed()),
        }
    }
    Ok(quickest)
}

fn is_local(addr: &ConnectionAddr) -> bool {
    let (ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. }) = addr else { return true };
    let ip = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}
