//! A private Redis server, to be killed and started again: an append-only file that is synced
//! before anything is acknowledged, and nobody else's keys.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::bound;
use super::place::Place;
use crate::config::Config;
use crate::failure::Failure;
use crate::open_store::StoreUrl;

/// Below what the kernel gives to outgoing connections: a client that tries to reach a stopped
/// server could be given the server's own port, and keep it from coming back.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// A server that runs.
pub struct RedisServer {
    program: PathBuf,
    dir: PathBuf,
    port: u16,
    child: Child,
}

impl RedisServer {
    /// Starts it, and waits until it can be reached.
    pub async fn start(program: &Path, place: &Place) -> Result<RedisServer, Failure> {
        let dir = place.folder("redis")?;
        let port = free_port()?;
        let child = launch(program, &dir, port)?;
        let mut server = RedisServer { program: program.to_owned(), dir, port, child };
        server.until_reached().await?;
        Ok(server)
    }

    /// The configuration with this server as the store.
    pub fn config(&self, config: &Config) -> Result<Config, Failure> {
        let mut config = config.clone();
        let url = format!("redis://127.0.0.1:{}", self.port);
        config.store.url = StoreUrl::parse(&url, None).map_err(Failure::new)?;
        Ok(config)
    }

    /// SIGKILL, and another one with the same files. Returns for how long nobody answered.
    pub async fn replace(&mut self, after: Duration) -> Result<Duration, Failure> {
        let begun = Instant::now();
        // Both fail only when it has ended by itself, which is as well.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
        tokio::time::sleep(after).await;
        self.child = launch(&self.program, &self.dir, self.port)?;
        self.until_reached().await?;
        Ok(begun.elapsed())
    }

    async fn until_reached(&mut self) -> Result<(), Failure> {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let has_ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            if has_ended || begun.elapsed() > STARTS_WITHIN {
                let log = std::fs::read_to_string(self.dir.join("redis.log")).unwrap_or_default();
                let last = log.lines().last().unwrap_or("it said nothing");
                return Err(Failure::new(format!("`{}` does not run: {last}", self.program.display())));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

fn launch(program: &Path, dir: &Path, port: u16) -> Result<Child, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(format!("cannot start `{}`: {error}", program.display())).hint(
            "install Redis 7 or Valkey (Debian: `apt-get install redis-server`), or name the program's path",
        )
    };
    let mut command = Command::new(program);
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.args(["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]);
    command.arg("--dir").arg(dir);
    let log = std::fs::File::create(dir.join("redis.log")).map_err(cannot)?;
    command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(log);
    bound::to_us(command).spawn().map_err(cannot)
}

fn free_port() -> Result<u16, Failure> {
    let first = rand::random::<u16>() % (PORTS.end - PORTS.start);
    PORTS
        .map(|port| PORTS.start + (port - PORTS.start + first) % (PORTS.end - PORTS.start))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .ok_or_else(|| Failure::new("no port from 20000 to 32000 is free for a server"))
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
