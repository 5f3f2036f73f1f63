//! A Redis store's server: what it is, and what each of its settings can lose.

use cofferdam_store::redis::{Appends, Durability, Found};

use super::finding::Finding;
use crate::quantity;

/// Below this a server is too old.
const VERSION_MIN: (u32, u32) = (7, 0);
/// Each claim, and each push, is one of them.
const ROUND_TRIP_LONG_MS: f64 = 10.0;

/// All of it.
pub fn look(seen: &Durability) -> Vec<Finding> {
    let mut findings = vec![server(seen), role(seen), rights(seen)];
    findings.extend(keys(seen));
    findings.extend(cluster(seen));
    findings.push(durability(seen));
    findings.extend(failures(seen));
    findings.push(replicas(seen));
    findings.push(memory(seen));
    findings.push(network(seen));
    findings
}

/// Why work that was acknowledged may be gone after a power cut; none: it is kept.
pub fn may_lose(seen: &Durability) -> Vec<String> {
    let mut losses = Vec::new();
    if seen.appends != Some(Appends::Always) {
        losses.push(appends(seen));
    }
    if seen.unsynced_in_rewrites != Some(false) && seen.appends == Some(Appends::Always) {
        losses.push(in_rewrites(seen.unsynced_in_rewrites).to_owned());
    }
    if seen.memory_policy.as_deref() != Some("noeviction") {
        losses.push(policy(seen));
    }
    if seen.found != Found::Named && seen.replicas != Some(0) {
        losses.push(
            "a fail-over loses what had not reached the replica: Redis acknowledges before its replicas have it"
                .to_owned(),
        );
    }
    losses
}

fn server(seen: &Durability) -> Finding {
    let Some(server) = &seen.server else {
        return Finding::warn("server", "which it is cannot be told: this user may not ask `INFO`")
            .remedy("it must be Redis 7.0 or later, or Valkey");
    };
    match seen.version {
        Some(version) if version < VERSION_MIN => Finding::fail("server", format!("{server} is too old"))
            .remedy("use Redis 7.0 or later, or Valkey"),
        _ => Finding::ok("server", server.clone()),
    }
}

fn role(seen: &Durability) -> Finding {
    match (seen.is_loading, seen.is_replica) {
        (true, _) => {
            Finding::warn("role", "it still reads its data from the disk, and answers when that is done")
        }
        (_, Some(true)) => Finding::fail("role", "a replica: it takes no writes")
            .remedy("name its primary; where that changes, write `redis+sentinel://` or `redis+cluster://`"),
        (_, Some(false)) => Finding::ok("role", "primary"),
        (_, None) => Finding::warn("role", "cannot be told: this user may not ask `INFO`"),
    }
}

fn rights(seen: &Durability) -> Finding {
    match &seen.refused {
        Some(refused) if !refused.is_empty() => {
            Finding::fail("rights", format!("this user is refused {}", refused.join(", ")))
                .remedy("give it the keys, the channel and the commands that docs/OPERATING.md lists")
        }
        Some(_) => Finding::ok("rights", "this user may do all that a worker does"),
        None => Finding::warn("rights", "what this user may do could not be asked now"),
    }
}

fn keys(seen: &Durability) -> Option<Finding> {
    let misused = seen.misused.join(", ");
    (!misused.is_empty()).then(|| {
        Finding::fail("keys", format!("somebody else has written to keys of this store: {misused}"))
            .remedy("remove them, or name another store by `?name=NAME` at the end of the URL")
    })
}

fn cluster(seen: &Durability) -> Option<Finding> {
    let is_clustered = seen.is_clustered == Some(true) || seen.is_elsewhere;
    Some(match (seen.found, seen.cluster_is_whole) {
        _ if !is_clustered => return None,
        (Found::Named, _) => {
            Finding::fail("address", "this is a node of a Cluster, and the URL names only it")
                .remedy("write `redis+cluster://`: the store may be on another node, and moves")
        }
        (_, Some(false)) => Finding::fail("cluster", "not whole: some slots are served by nobody")
            .remedy("`redis-cli --cluster check HOST:PORT` says which"),
        (_, Some(true)) => Finding::ok("cluster", "whole; all of this store is on one of its nodes"),
        (_, None) => {
            Finding::warn("cluster", "its state cannot be told: this user may not ask `CLUSTER INFO`")
        }
    })
}

fn durability(seen: &Durability) -> Finding {
    let shown = appends(seen);
    if seen.appends != Some(Appends::Always) {
        let remedy = match seen.appends {
            Some(Appends::Nothing) => {
                "`appendonly yes`, with `appendfsync everysec` or, to lose nothing, `always`"
            }
            Some(Appends::EverySecond) => "`appendfsync always`, unless that is meant",
            Some(Appends::Unsynced) => "`appendfsync everysec` or, to lose nothing, `always`",
            Some(Appends::Somehow | Appends::Always) | None => {
                "ask whoever runs it for `appendonly` and `appendfsync`"
            }
        };
        return Finding::warn("durability", shown).remedy(remedy);
    }
    match seen.unsynced_in_rewrites {
        Some(false) => Finding::ok("durability", shown),
        rewrites => {
            Finding::warn("durability", in_rewrites(rewrites)).remedy("`no-appendfsync-on-rewrite no`")
        }
    }
}

/// What the persistence of this server can lose, in one sentence.
fn appends(seen: &Durability) -> String {
    let sentence = match (seen.appends, seen.snapshots) {
        (Some(Appends::Always), _) => "appendfsync always: a power cut loses nothing that was acknowledged",
        (Some(Appends::EverySecond), _) => {
            "appendfsync everysec: a power cut or a crash of its machine may lose the last second or two, the end \
             of the server alone nothing"
        }
        (Some(Appends::Unsynced), _) => {
            "appendfsync no: a power cut or a crash of its machine may lose the last half minute, the end of the \
             server alone nothing"
        }
        (Some(Appends::Somehow), _) => {
            "appendonly yes, and `appendfsync` is hidden: the end of the server alone loses nothing, what a power \
             cut loses cannot be told"
        }
        (Some(Appends::Nothing), Some(true)) => {
            "appendonly no: when the server is killed or its machine fails, all since the last snapshot is lost"
        }
        (Some(Appends::Nothing), Some(false)) => {
            "appendonly no, and no snapshots: when the server ends, all jobs are lost"
        }
        (Some(Appends::Nothing), None) => {
            "appendonly no: when the server is killed or its machine fails, all since the last snapshot is lost, or \
             everything if there are none"
        }
        (None, _) => "whether anything is kept on a disk cannot be told: this user may not ask `INFO`",
    };
    sentence.to_owned()
}

fn in_rewrites(unsynced: Option<bool>) -> &'static str {
    match unsynced {
        Some(true) => {
            "no-appendfsync-on-rewrite yes: while the append-only file is rewritten, a power cut may lose the last \
             half minute"
        }
        _ => {
            "`no-appendfsync-on-rewrite` is hidden: if it is yes, a power cut during a rewrite may lose the last \
             half minute"
        }
    }
}

fn failures(seen: &Durability) -> Vec<Finding> {
    let mut findings = Vec::new();
    let disk = "see its log, and free space on its disk";
    if seen.append_failed {
        findings.push(
            Finding::fail("disk", "the last write to the append-only file failed: no writes are taken")
                .remedy(disk),
        );
    }
    if seen.snapshot_failed {
        let refuses = seen.snapshot_must_succeed != Some(false) && seen.snapshots != Some(false);
        findings.push(match refuses {
            true => Finding::fail("disk", "the last snapshot failed: no writes are taken until one succeeds")
                .remedy(disk),
            false => Finding::warn("disk", "the last snapshot failed").remedy(disk),
        });
    }
    findings
}

fn replicas(seen: &Durability) -> Finding {
    let by_itself =
        if seen.found == Found::Named { "a fail-over" } else { "the fail-over, which comes by itself," };
    match (seen.replicas, seen.replicas_min.unwrap_or_default()) {
        (None, _) => Finding::warn("replicas", "cannot be told: this user may not ask `INFO`"),
        (Some(0), 0) => Finding::ok("replicas", "none: a lost disk loses all since the last backup"),
        (Some(0), _) => Finding::fail("replicas", "none, and `min-replicas-to-write` wants some: no writes are taken"),
        (Some(count), 0) => Finding::warn(
            "replicas",
            format!("{count}: {by_itself} to one loses what had not reached it, usually the last moment's"),
        )
        .remedy("`min-replicas-to-write 1` and `min-replicas-max-lag 10` bound that to some seconds, and end it not"),
        (Some(count), _) => Finding::warn(
            "replicas",
            format!(
                "{count}: {by_itself} to one loses what had not reached it; `min-replicas-to-write` bounds that to \
                 `min-replicas-max-lag`"
            ),
        ),
    }
}

fn memory(seen: &Durability) -> Finding {
    let Some(used) = seen.memory_used_bytes else {
        return Finding::warn("maxmemory", policy(seen));
    };
    let max = seen.memory_max_bytes.unwrap_or_default();
    let shown = match max {
        0 => format!("{} used, without a `maxmemory`", quantity::bytes(used)),
        max => format!("{} used of {}", quantity::bytes(used), quantity::bytes(max)),
    };
    let remedy = "`maxmemory-policy noeviction`: a full server then refuses pushes, and loses nothing";
    if seen.memory_policy.as_deref() != Some("noeviction") {
        let found = format!("{shown}; {}", policy(seen));
        return match (max, &seen.memory_policy) {
            (_, None) => Finding::warn("maxmemory", found),
            (0, _) => Finding::warn("maxmemory", format!("{found}, as soon as there is a `maxmemory`"))
                .remedy(remedy),
            _ => Finding::fail("maxmemory", found).remedy(remedy),
        };
    }
    match max > 0 && used > max / 10 * 9 {
        true => Finding::warn("maxmemory", format!("{shown}: when it is full, pushes are refused"))
            .remedy("raise `maxmemory`, or shorten `retention`"),
        false => Finding::ok("maxmemory", shown),
    }
}

fn policy(seen: &Durability) -> String {
    match &seen.memory_policy {
        Some(policy) => format!("maxmemory-policy {policy}: a full server deletes jobs"),
        None => {
            "`maxmemory-policy` is hidden: unless it is noeviction, a full server deletes jobs".to_owned()
        }
    }
}

fn network(seen: &Durability) -> Finding {
    let ms = seen.round_trip.as_secs_f64() * 1_000.0;
    let shown = format!("{ms:.1} ms a round trip");
    if !seen.is_encrypted && !seen.is_local {
        let found = format!("{shown}, not encrypted: passwords, inputs and results can be read on the way");
        return Finding::warn("network", found)
            .remedy("write `rediss://`, unless the network is yours alone");
    }
    let how = if seen.is_encrypted { "encrypted" } else { "on this machine" };
    match ms > ROUND_TRIP_LONG_MS {
        true => Finding::warn("network", format!("{shown}, {how}: each claim and each push takes one"))
            .remedy("put workers near the server"),
        false => Finding::ok("network", format!("{shown}, {how}")),
    }
}

#[cfg(test)]
mod tests;
