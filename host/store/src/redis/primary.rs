//! Which server is the primary now: asked anew for each connection, because it changes.

use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{Client, ConnectionAddr, ConnectionInfo, ErrorKind, RedisError, RedisResult, TlsMode, Value};

use super::address::Way;

/// The server that takes the writes of the store whose keys are like `key`.
pub(super) async fn primary(way: &Way, key: &str) -> RedisResult<Client> {
    match way {
        Way::Server(info) => Client::open(info.clone()),
        Way::Sentinel { sentinels, master, server } => by_sentinel(sentinels, master, server).await,
        Way::Cluster(nodes) => in_cluster(nodes, key).await,
    }
}

async fn by_sentinel(
    sentinels: &[ConnectionInfo],
    master: &str,
    server: &ConnectionInfo,
) -> RedisResult<Client> {
    let mut node =
        SentinelNodeConnectionInfo::default().set_redis_connection_info(server.redis_settings().clone());
    if let ConnectionAddr::TcpTls { .. } = server.addr() {
        node = node.set_tls_mode(TlsMode::Secure);
    }
    // Sentinels have users of their own; those in the URL are the server's.
    let sentinels: Vec<_> = sentinels
        .iter()
        .map(|one| one.clone().set_redis_settings(redis::RedisConnectionInfo::default()))
        .collect();
    SentinelClient::build(sentinels, master, Some(node), SentinelServerType::Master)?.async_get_client().await
}

/// All keys of a store are in one slot: one node has them all, and one connection is enough.
async fn in_cluster(nodes: &[ConnectionInfo], key: &str) -> RedisResult<Client> {
    let mut last = RedisError::from((ErrorKind::ClusterConnectionNotFound, "no node answers"));
    for node in nodes {
        match owner(node, key).await {
            Ok(addr) => return Client::open(node.clone().set_addr(addr)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn owner(node: &ConnectionInfo, key: &str) -> RedisResult<ConnectionAddr> {
    let mut connection = Client::open(node.clone())?.get_multiplexed_async_connection().await?;
    let slot: u16 = redis::cmd("CLUSTER").arg("KEYSLOT").arg(key).query_async(&mut connection).await?;
    let ranges: Vec<Value> = redis::cmd("CLUSTER").arg("SLOTS").query_async(&mut connection).await?;
    let unowned =
        || RedisError::from((ErrorKind::ClusterConnectionNotFound, "no node owns the slot of this store"));
    for range in ranges {
        let (first, last, (host, port)) = match range {
            Value::Array(mut range) if range.len() >= 3 => {
                range.truncate(3);
                redis::from_redis_value::<(u16, u16, Value)>(Value::Array(range))
                    .map_err(RedisError::from)
                    .and_then(|(first, last, owner)| {
                        Ok((first, last, host_and_port(owner).ok_or_else(unowned)?))
                    })?
            }
            _ => continue,
        };
        if (first..=last).contains(&slot) {
            // A node that does not know its own name is the one that was asked.
            return Ok(match (node.addr(), host.is_empty()) {
                (same, true) => same.clone(),
                (ConnectionAddr::TcpTls { insecure, tls_params, .. }, false) => {
                    ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
                }
                (_, false) => ConnectionAddr::Tcp(host, port),
            });
        }
    }
    Err(unowned())
}

fn host_and_port(owner: Value) -> Option<(String, u16)> {
    let Value::Array(owner) = owner else { return None };
    let mut owner = owner.into_iter();
    let host = redis::from_redis_value::<Option<String>>(owner.next()?).ok()?.unwrap_or_default();
    Some((host, redis::from_redis_value(owner.next()?).ok()?))
}
