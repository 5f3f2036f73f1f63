//! One Redis server in a folder of its own.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::resp::{Connection, Reply};
use crate::{Settings, certificates, child, ports, wait};

/// How often another port is tried when somebody else was faster.
const PORTS_TRIED: u32 = 20;

/// A server that only one test knows. Dropping it kills it and removes its folder; so does
/// the end of the test's process, whatever ends it. All methods take it shared, so
/// that one thread can stop what another one uses.
#[derive(Debug)]
pub struct RedisServer {
    dir: TempDir,
    port: u16,
    /// Where the nodes of a cluster talk with each other.
    bus_port: u16,
    settings: Settings,
    child: Mutex<Option<Child>>,
}

impl RedisServer {
    /// Starts one that keeps nothing on disk, and waits until it answers.
    ///
    /// # Panics
    /// When there is no `redis-server`, or it does not start.
    #[track_caller]
    pub fn start() -> RedisServer {
        RedisServer::with(|settings| settings)
    }

    /// Starts one that is set up differently.
    ///
    /// # Panics
    /// When there is no `redis-server`, or it does not start.
    #[track_caller]
    pub fn with(set: impl FnOnce(Settings) -> Settings) -> RedisServer {
        let settings = set(Settings::default());
        let dir = tempfile::Builder::new().prefix("redis-").tempdir().expect("a temporary folder");
        if settings.tls {
            certificates::make(dir.path());
        }
        let mut server = RedisServer { dir, port: 0, bus_port: 0, settings, child: Mutex::new(None) };
        for _ in 0..PORTS_TRIED {
            (server.port, server.bus_port) = (ports::free(), ports::free());
            if server.launch() {
                return server;
            }
        }
        panic!("no port was free in {PORTS_TRIED} tries\n{}", server.log());
    }

    /// Starts its process; `false` when its port was taken by somebody else.
    #[track_caller]
    fn launch(&self) -> bool {
        let log = std::fs::File::create(self.path("redis.log")).expect("a writable folder");
        let mut command = Command::new("redis-server");
        command.arg(self.configuration()).current_dir(self.dir.path());
        if self.is_sentinel() {
            command.arg("--sentinel");
        }
        command.stdin(Stdio::null()).stderr(log.try_clone().expect("a second handle")).stdout(log);
        let started = child::spawn(command).unwrap_or_else(|error| {
            panic!("cannot start `redis-server`: {error}; the tests need one: `apt-get install redis-server`")
        });
        let id = started.id().to_string();
        *self.child() = Some(started);
        wait::until("redis-server answers", || {
            if self.has_ended() {
                assert!(self.log().contains("Address already in use"), "redis-server ended\n{}", self.log());
                return Some(false);
            }
            // Not before it listens on its port, which comes before it takes commands; and
            // it is this process that answers, for its socket is its own.
            let about = self.try_call(&["INFO", "server"]).ok()?;
            matches!(about, Reply::Text(text) if text.contains(&format!("process_id:{id}\r"))).then_some(true)
        })
    }

    /// Writes its configuration, unless it keeps one that it changes itself.
    fn configuration(&self) -> PathBuf {
        let path = self.path("redis.conf");
        if self.is_sentinel() && path.exists() {
            return path;
        }
        let mut lines = vec![
            "bind 127.0.0.1".to_owned(),
            format!("dir {}", self.dir.path().display()),
            "unixsocket redis.sock".to_owned(),
            "daemonize no".to_owned(),
        ];
        if self.settings.tls {
            lines.push("port 0".to_owned());
            lines.push(format!("tls-port {}", self.port));
            lines.push(
                "tls-cert-file server.crt\ntls-key-file server.key\ntls-ca-cert-file ca.crt".to_owned(),
            );
            lines.push("tls-auth-clients no".to_owned());
        } else {
            lines.push(format!("port {}", self.port));
        }
        if self.settings.clustered {
            // Not the customary port + 10000, which may be anybody's.
            lines.push(format!("cluster-port {}", self.bus_port));
        }
        if !self.is_sentinel() {
            lines.push("save \"\"".to_owned());
            // A replica is to be there at once, not five seconds later.
            lines.push("repl-diskless-sync-delay 0".to_owned());
        }
        lines.extend(self.settings.lines.iter().cloned());
        std::fs::write(&path, lines.join("\n") + "\n").expect("a writable folder");
        path
    }

    fn is_sentinel(&self) -> bool {
        self.settings.lines.iter().any(|line| line.starts_with("sentinel "))
    }

    /// `redis://127.0.0.1:PORT`, or `rediss://`; with the password if everybody needs one.
    pub fn url(&self) -> String {
        let password = self.settings.password.as_ref().map(|password| format!(":{password}@"));
        self.url_with(&password.unwrap_or_default())
    }

    /// The URL with the name and password of an ACL user.
    ///
    /// # Panics
    /// When the settings have no such user.
    #[track_caller]
    pub fn url_of(&self, user: &str) -> String {
        let found = self.settings.users.iter().find(|(name, _)| name == user);
        let (name, password) = found.unwrap_or_else(|| panic!("there is no user `{user}`"));
        self.url_with(&format!("{name}:{password}@"))
    }

    fn url_with(&self, who: &str) -> String {
        let scheme = if self.settings.tls { "rediss" } else { "redis" };
        format!("{scheme}://{who}127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn bus_port(&self) -> u16 {
        self.bus_port
    }

    /// Its process id.
    ///
    /// # Panics
    /// When it is stopped.
    #[track_caller]
    pub fn id(&self) -> u32 {
        self.child().as_ref().expect("the server runs").id()
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The certificate of the authority that a client of [`Settings::tls`] has to trust.
    pub fn authority(&self) -> PathBuf {
        self.path("ca.crt")
    }

    /// What it has logged since its last start.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("redis.log")).unwrap_or_default()
    }

    /// Asks it something, with every right.
    ///
    /// # Panics
    /// When it does not answer, or with an error.
    #[track_caller]
    pub fn call(&self, words: &[&str]) -> Reply {
        match self.try_call(words) {
            Ok(Reply::Error(error)) => panic!("{words:?}: {error}"),
            Ok(reply) => reply,
            Err(error) => panic!("{words:?}: {error}\n{}", self.log()),
        }
    }

    /// As [`call`](RedisServer::call), for a server that may not answer or refuse.
    ///
    /// # Errors
    /// When it is stopped, or says nothing for 10 s.
    pub fn try_call(&self, words: &[&str]) -> io::Result<Reply> {
        let mut connection = Connection::open(&self.path("redis.sock"))?;
        if let Some(password) = &self.settings.password {
            connection.call(&["AUTH", password])?;
        }
        connection.call(words)
    }

    /// One field of `INFO`, such as `used_memory`; empty when it has none of this name.
    ///
    /// # Panics
    /// When it does not answer.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        field_of(&self.call(&["INFO", "everything"]).text(), name)
    }

    /// Waits until its replica has everything that it has acknowledged so far.
    ///
    /// # Panics
    /// When it has none, or that one does not catch up.
    #[track_caller]
    pub fn until_replicated(&self) {
        wait::until("the replica has everything", || {
            let about = self.call(&["INFO", "replication"]).text();
            let offset = format!(",offset={},", field_of(&about, "master_repl_offset"));
            field_of(&about, "slave0").contains(&offset).then_some(())
        });
    }

    /// SIGTERM, and the wait for its end: what it keeps is on disk.
    #[track_caller]
    pub fn stop(&self) {
        self.end_with(Signal::TERM);
    }

    /// SIGKILL, and the wait for its end.
    #[track_caller]
    pub fn kill(&self) {
        self.end_with(Signal::KILL);
    }

    /// Starts it again, on the same port and in the same folder, and waits until it answers
    /// and has loaded what it kept.
    ///
    /// # Panics
    /// When it runs, or its port was taken meanwhile.
    #[track_caller]
    pub fn start_again(&self) {
        assert!(self.has_ended(), "the server runs");
        assert!(self.launch(), "somebody took port {}\n{}", self.port, self.log());
        wait::until("redis-server has loaded what it kept", || {
            (self.try_call(&["PING"]).ok()? == Reply::Text("PONG".to_owned())).then_some(())
        });
    }

    /// [`stop`](RedisServer::stop) and [`start_again`](RedisServer::start_again).
    #[track_caller]
    pub fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// SIGSTOP: connections stay, and nobody answers.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if let Some(child) = self.child().as_ref() {
            child::signal(child, signal);
        }
    }

    #[track_caller]
    fn end_with(&self, signal: Signal) {
        self.signal(signal);
        wait::until("redis-server ends", || self.has_ended().then_some(()));
    }

    /// Whether it runs not, or not any more.
    pub fn has_ended(&self) -> bool {
        let mut child = self.child();
        if child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(Some(_)))) {
            *child = None;
        }
        child.is_none()
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child().take() {
            // Both fail only when it has ended by itself, which is as well.
            let _killed = child.kill();
            let _reaped = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- the log of redis-server on port {}\n{}", self.port, self.log());
        }
    }
}

/// One `name:value` of what `INFO` and `CLUSTER INFO` say.
pub(crate) fn field_of(text: &str, name: &str) -> String {
    let lines = text.lines().filter_map(|line| line.trim_end().split_once(':'));
    lines.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
}
