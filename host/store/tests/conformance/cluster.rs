//! One cluster of three primaries for the tests that run at the same time. In the middle of one test in
//! fifteen the primary of its store hands over to its replica, while other tests go on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cofferdam_servers::{RedisCluster, slot_of};

/// One test in so many.
const ONE_IN: usize = 15;
/// Before this call: the connection is there, and leads to what is no primary any more.
const MIDDLE: usize = 4;

/// The cluster, and the URL that names its nodes.
pub fn cluster() -> (Arc<RedisCluster>, String) {
    static CLUSTER: Mutex<Weak<RedisCluster>> = Mutex::new(Weak::new());
    let mut shared = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    let cluster = shared.upgrade().unwrap_or_else(|| {
        let cluster = Arc::new(RedisCluster::start(3));
        *shared = Arc::downgrade(&cluster);
        cluster
    });
    let hosts: Vec<String> =
        cluster.nodes().iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
    (cluster, format!("redis+cluster://{}", hosts.join(",")))
}

/// The calls of one test's store, with a fail-over in their middle, or not.
pub struct Calls {
    cluster: Arc<RedisCluster>,
    /// Of the store that has it in this test.
    slot: Option<u16>,
    begun: AtomicUsize,
}

impl Calls {
    /// Of the store whose keys begin with this tag.
    pub fn of(cluster: Arc<RedisCluster>, tag: &str) -> Arc<Calls> {
        static TESTS: AtomicUsize = AtomicUsize::new(0);
        let is_chosen = TESTS.fetch_add(1, Ordering::Relaxed) % ONE_IN == ONE_IN / 2;
        let slot = is_chosen.then(|| slot_of(&format!("{{{tag}}}:head")));
        Arc::new(Calls { cluster, slot, begun: AtomicUsize::new(0) })
    }

    /// A call begins.
    pub fn begin(&self) {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        if let (Some(slot), MIDDLE) = (self.slot, self.begun.fetch_add(1, Ordering::Relaxed)) {
            let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
            self.cluster.fail_over(slot);
        }
    }
}
