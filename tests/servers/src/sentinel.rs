//! A primary, its replica, and a sentinel that watches them.

use std::time::Duration;

use crate::{RedisServer, wait};

/// How long a fail-over may take; far longer than it takes.
const AGREED_WITHIN: Duration = Duration::from_secs(60);

/// Three processes; dropping it kills all of them.
#[derive(Debug)]
pub struct Sentinel {
    sentinel: RedisServer,
    servers: [RedisServer; 2],
}

impl Sentinel {
    /// The name that the primary goes by.
    pub const NAME: &str = "cofferdam";

    /// Starts them, and waits until the sentinel knows both servers.
    ///
    /// # Panics
    /// When there is no `redis-server`, or they do not find each other.
    #[track_caller]
    pub fn start() -> Sentinel {
        let primary = RedisServer::start();
        let of = format!("127.0.0.1 {}", primary.port());
        let replica = RedisServer::with(|settings| settings.line("replicaof", &of));
        wait::within(AGREED_WITHIN, "the replica has its primary's keys", || {
            (replica.field("master_link_status") == "up").then_some(())
        });
        // A quorum of one: this sentinel decides alone.
        let watched = format!("monitor {} {of} 1", Sentinel::NAME);
        let sentinel = RedisServer::with(|settings| {
            settings
                .line("sentinel", &watched)
                .line("sentinel", &format!("down-after-milliseconds {} 1000", Sentinel::NAME))
                .line("sentinel", &format!("failover-timeout {} 5000", Sentinel::NAME))
        });
        let watching = Sentinel { sentinel, servers: [primary, replica] };
        wait::within(AGREED_WITHIN, "the sentinel knows the replica", || {
            let replicas = watching.sentinel.call(&["SENTINEL", "REPLICAS", Sentinel::NAME]);
            (replicas.list().len() == 1).then_some(())
        });
        watching
    }

    /// The sentinel's own server: its `url()` is where clients ask for [`Sentinel::NAME`].
    pub fn sentinel(&self) -> &RedisServer {
        &self.sentinel
    }

    /// The server that is the primary now, as the sentinel says.
    ///
    /// # Panics
    /// When it names neither.
    #[track_caller]
    pub fn primary(&self) -> &RedisServer {
        let said = self.sentinel.call(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", Sentinel::NAME]).list();
        let port = said.into_iter().nth(1).expect("an address and a port").text();
        self.servers
            .iter()
            .find(|server| server.port().to_string() == port)
            .unwrap_or_else(|| panic!("the sentinel names port {port}, which is neither server's"))
    }

    /// Has the sentinel hand over to the replica, and waits until it has.
    ///
    /// # Panics
    /// When it does not come about.
    #[track_caller]
    pub fn fail_over(&self) {
        let before = self.primary().port();
        wait::within(AGREED_WITHIN, "the sentinel begins", || {
            // Refused while it still gets to know the replica.
            let answer = self.sentinel.try_call(&["SENTINEL", "FAILOVER", Sentinel::NAME]).ok()?;
            (answer == crate::Reply::Text("OK".to_owned())).then_some(())
        });
        self.until_primary_is_not(before);
    }

    /// Kills the primary, and waits until the sentinel has made the replica one. Returns
    /// the killed server.
    ///
    /// # Panics
    /// When it does not come about.
    #[track_caller]
    pub fn kill_primary(&self) -> &RedisServer {
        let killed = self.primary();
        killed.kill();
        self.until_primary_is_not(killed.port());
        killed
    }

    #[track_caller]
    fn until_primary_is_not(&self, port: u16) {
        wait::within(AGREED_WITHIN, "the sentinel has handed over", || {
            let primary = self.primary();
            (primary.port() != port && primary.field("role") == "master").then_some(())
        });
    }
}
