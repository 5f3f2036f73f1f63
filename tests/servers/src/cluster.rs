//! A cluster: primaries that share the slots, and a replica of each.

use std::time::{Duration, Instant};

use crate::server::field_of;
use crate::{RedisServer, Reply, wait};

/// How long a node may be silent before the others take it for dead.
const NODE_TIMEOUT_MS: &str = "1500";

/// How long the nodes may take to agree on something; far longer than they take.
const AGREED_WITHIN: Duration = Duration::from_secs(60);

/// After 5 s a replica gives up to take over, and says nothing.
const ABANDONED_AFTER: Duration = Duration::from_secs(6);

const SLOTS: u16 = 16_384;

/// Primaries with a replica each. Dropping it kills all of them.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts so many primaries and as many replicas, and waits until every node sees a
    /// cluster that is complete. A majority of the primaries elects a replica, so an
    /// automatic fail-over takes at least three.
    ///
    /// # Panics
    /// When there is no `redis-server`, or they do not agree.
    #[track_caller]
    pub fn start(primaries: u16) -> RedisCluster {
        let start = |_| RedisServer::with(|settings| settings.cluster_node(NODE_TIMEOUT_MS));
        let cluster = RedisCluster { nodes: (0..2 * primaries).map(start).collect() };
        for (number, node) in (0..).zip(&cluster.nodes) {
            // Distinct from the beginning, so that the nodes need not settle who is newest.
            node.call(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()]);
            if number < primaries {
                let of_node = |number: u16| u32::from(number) * u32::from(SLOTS) / u32::from(primaries);
                let (first, last) = (of_node(number).to_string(), (of_node(number + 1) - 1).to_string());
                node.call(&["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
            }
            let port = cluster.nodes[0].port().to_string();
            let bus = cluster.nodes[0].bus_port().to_string();
            node.call(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        cluster.all_know_all();
        let (primaries, replicas) = cluster.nodes.split_at(usize::from(primaries));
        for (primary, replica) in primaries.iter().zip(replicas) {
            replica.call(&["CLUSTER", "REPLICATE", &primary.call(&["CLUSTER", "MYID"]).text()]);
        }
        for replica in replicas {
            wait::within(AGREED_WITHIN, "a replica has its primary's keys", || {
                (replica.field("master_link_status") == "up").then_some(())
            });
        }
        cluster.until_complete();
        cluster
    }

    fn all_know_all(&self) {
        let know_all = |node: &RedisServer| {
            let known = node.call(&["CLUSTER", "NODES"]).text();
            known.lines().count() == self.nodes.len() && !known.contains("handshake")
        };
        wait::within(AGREED_WITHIN, "the nodes know each other", || {
            self.nodes.iter().all(know_all).then_some(())
        });
    }

    /// Waits until every running node says that all slots are served, and by the same nodes.
    ///
    /// # Panics
    /// When they do not.
    #[track_caller]
    pub fn until_complete(&self) {
        wait::within(AGREED_WITHIN, "the cluster is complete", || {
            let mut seen: Option<Vec<(i64, i64, i64)>> = None;
            for node in self.running() {
                let state = field_of(&node.call(&["CLUSTER", "INFO"]).text(), "cluster_state");
                let owners = owners_seen_by(node);
                if state != "ok" || seen.as_ref().is_some_and(|seen| *seen != owners) {
                    return None;
                }
                seen = Some(owners);
            }
            seen
        });
    }

    fn running(&self) -> impl Iterator<Item = &RedisServer> {
        self.nodes.iter().filter(|node| !node.has_ended())
    }

    /// `redis://127.0.0.1:PORT` of every node, the primaries of the start first.
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(RedisServer::url).collect()
    }

    /// Every node, the primaries of the start first.
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// The node that a slot belongs to now.
    ///
    /// # Panics
    /// When no running node knows.
    #[track_caller]
    pub fn primary_of(&self, slot: u16) -> &RedisServer {
        self.find(slot, "master").unwrap_or_else(|| panic!("nobody serves slot {slot}"))
    }

    /// A running replica of the node that a slot belongs to.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn replica_of(&self, slot: u16) -> &RedisServer {
        self.find(slot, "slave").unwrap_or_else(|| panic!("slot {slot} has no replica"))
    }

    fn find(&self, slot: u16, role: &str) -> Option<&RedisServer> {
        let owner = self.running().find_map(|node| owner_of(slot, node))?;
        self.running().find(|node| match role {
            "master" => i64::from(node.port()) == owner && node.field("role") == role,
            _ => node.field("role") == role && node.field("master_port") == owner.to_string(),
        })
    }

    /// Hands a slot's node over to its replica in good order: nothing that was acknowledged
    /// is lost. The old primary is the replica afterwards.
    ///
    /// # Panics
    /// When it does not come about.
    #[track_caller]
    pub fn fail_over(&self, slot: u16) {
        let heir = self.replica_of(slot);
        heir.call(&["CLUSTER", "FAILOVER"]);
        let mut asked = Instant::now();
        wait::within(AGREED_WITHIN, "the replica takes over", || {
            // The others do not vote twice in a moment for replicas of the same primary.
            if asked.elapsed() > ABANDONED_AFTER {
                let _refused = heir.try_call(&["CLUSTER", "FAILOVER"]);
                asked = Instant::now();
            }
            (heir.field("role") == "master").then_some(())
        });
        self.until_primary(heir, slot);
    }

    /// Kills a slot's node with SIGKILL, and waits until the others have elected its replica.
    /// What it had acknowledged and not yet sent to the replica is lost, as Redis has it.
    /// Returns the killed node, to be started again.
    ///
    /// # Panics
    /// When nobody is elected.
    #[track_caller]
    pub fn kill_primary_of(&self, slot: u16) -> &RedisServer {
        let (primary, heir) = (self.primary_of(slot), self.replica_of(slot));
        primary.kill();
        self.until_primary(heir, slot);
        primary
    }

    #[track_caller]
    fn until_primary(&self, heir: &RedisServer, slot: u16) {
        wait::within(AGREED_WITHIN, "the replica is the primary", || {
            (heir.field("role") == "master").then_some(())
        });
        self.until_complete();
        // The others hear of it one after the other.
        wait::within(AGREED_WITHIN, "the slot belongs to the heir, as every node sees it", || {
            let heirs = |node: &RedisServer| owner_of(slot, node) == Some(i64::from(heir.port()));
            self.running().all(heirs).then_some(())
        });
    }
}

/// The port of the primary to which a slot belongs, as one node sees it.
fn owner_of(slot: u16, node: &RedisServer) -> Option<i64> {
    let owners = owners_seen_by(node);
    let found = owners.iter().find(|(first, last, _)| (*first..=*last).contains(&i64::from(slot)));
    found.map(|(_, _, port)| *port)
}

/// First slot, last slot and primary's port of every range, as one node sees it.
fn owners_seen_by(node: &RedisServer) -> Vec<(i64, i64, i64)> {
    let ranges = node.call(&["CLUSTER", "SLOTS"]).list();
    let mut owners: Vec<(i64, i64, i64)> = ranges
        .into_iter()
        .map(|range| {
            let mut range = range.list().into_iter();
            let mut next = || range.next().expect("first slot, last slot, primary");
            let (first, last, primary) = (next().number(), next().number(), next().list());
            (first, last, primary.get(1).cloned().map_or(0, Reply::number))
        })
        .collect();
    owners.sort_unstable();
    owners
}

/// The slot that a key belongs to: of its hash tag, if it has one.
pub fn slot_of(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
    let hashed = tag.filter(|tag| !tag.is_empty()).unwrap_or(key);
    let crc = hashed.bytes().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| (crc << 1) ^ (0x1021 * (crc >> 15)))
    });
    crc % SLOTS
}
