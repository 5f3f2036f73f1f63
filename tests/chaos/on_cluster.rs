//! Workers that share a Cluster, whose node for their store is handed over.

use cofferdam_servers::{RedisCluster, slot_of};
use cofferdam_tests::{Site, wait};

use crate::storm::Storm;

#[test]
fn every_job_child_part_and_result_is_accounted_for_on_a_cluster_that_fails_over() {
    let site = Site::new();
    let cluster = RedisCluster::start(3);
    let hosts: Vec<String> =
        cluster.nodes().iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
    let storm = Storm::start(&site, &format!("redis+cluster://{}", hosts.join(",")), &[]);
    wait::until("some workers have died", || (storm.kills() >= 3).then_some(()));
    // In good order: what a primary acknowledged and had not yet sent when it died, no queue has.
    cluster.fail_over(slot_of("{cofferdam}"));
    storm.accounted_for();
}
