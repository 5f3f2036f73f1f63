//! One cluster of three primaries for the tests that run at the same time. In the middle of the suite
//! each primary hands over to its replica, while other tests go on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cofferdam_servers::RedisCluster;

/// The test, of those on this ground, that has the primaries hand over before it begins.
const MIDDLE: usize = 40;

/// The cluster, and the URL that names its nodes.
pub fn cluster() -> (Arc<RedisCluster>, String) {
    static CLUSTER: Mutex<Weak<RedisCluster>> = Mutex::new(Weak::new());
    let cluster = {
        let mut shared = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let cluster = Arc::new(RedisCluster::start(3));
            *shared = Arc::downgrade(&cluster);
            cluster
        })
    };
    static TESTS: AtomicUsize = AtomicUsize::new(0);
    if TESTS.fetch_add(1, Ordering::Relaxed) == MIDDLE {
        // A slot of each of the three.
        [0, 8_000, 16_000].into_iter().for_each(|slot| cluster.fail_over(slot));
    }
    let hosts: Vec<String> =
        cluster.nodes().iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
    (cluster, format!("redis+cluster://{}", hosts.join(",")))
}
