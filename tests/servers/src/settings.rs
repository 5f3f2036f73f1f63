//! How a server is set up.

/// Lines of `redis.conf`. Without any, a server keeps nothing on disk, listens on the
/// loopback interface only, and asks for no password.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub(crate) lines: Vec<String>,
    pub(crate) users: Vec<(String, String)>,
    pub(crate) password: Option<String>,
    pub(crate) tls: bool,
    pub(crate) clustered: bool,
}

impl Settings {
    /// One line of `redis.conf`, such as `("maxmemory-policy", "noeviction")`.
    pub fn line(mut self, name: &str, value: &str) -> Settings {
        self.lines.push(format!("{name} {value}"));
        self
    }

    /// Keeps an append-only file, synced `always`, `everysec` or `no`.
    pub fn append_only(self, sync: &str) -> Settings {
        self.line("appendonly", "yes").line("appendfsync", sync)
    }

    /// Refuses writes over so much memory, such as `32mb`.
    pub fn max_memory(self, size: &str) -> Settings {
        self.line("maxmemory", size).line("maxmemory-policy", "noeviction")
    }

    /// Asks everybody for a password; it is in the server's URL.
    pub fn password(mut self, password: &str) -> Settings {
        self.password = Some(password.to_owned());
        self.line("requirepass", password)
    }

    /// An ACL user with a password and rules, such as `~* &* +@all`. Its URL is
    /// [`RedisServer::url_of`](crate::RedisServer::url_of).
    pub fn user(mut self, name: &str, password: &str, rules: &str) -> Settings {
        self.users.push((name.to_owned(), password.to_owned()));
        self.line("user", &format!("{name} on >{password} {rules}"))
    }

    /// Listens for TLS only, with a certificate for `127.0.0.1` and `localhost` of an
    /// authority of its own ([`RedisServer::authority`](crate::RedisServer::authority)).
    pub fn tls(mut self) -> Settings {
        self.tls = true;
        self
    }

    /// A node of a cluster.
    pub(crate) fn cluster_node(mut self, timeout_ms: &str) -> Settings {
        self.clustered = true;
        self.line("cluster-enabled", "yes")
            .line("cluster-config-file", "nodes.conf")
            .line("cluster-node-timeout", timeout_ms)
            // A replica takes over however old its last word from the primary is.
            .line("cluster-replica-validity-factor", "0")
    }
}
