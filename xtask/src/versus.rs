//! `cargo xtask versus`: this worker and `rusty-sidekiq` in turns, each on a fresh Redis server with
//! the same persistence, and the ratio of what they do.
//!
//! Theirs is native code that is lost with its process; ours is each in its own sandbox, at least
//! once, with results, reports and retention. The comparison is with everything on.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::artefacts;
use crate::run::{Result, cargo, output, program, root, run, target_dir};
use crate::setup;

const JOBS: &str = "50000";
const ROUNDS: usize = 3;
/// As many sizes as are tried of theirs, and the best counts, as of theirs: on a machine that is
/// not alone, the best of five is more than one.
const CONCURRENCIES: [&str; 5] = ["32", "64", "128", "256", "512"];
/// What is compared: the field, what it is, and whether more of it is better.
const FIGURES: [(&str, &str, bool); 4] = [
    ("jobs_per_s", "jobs/s, pushed before", true),
    ("push_per_s", "jobs/s pushed in bulk", true),
    ("start_p50_ms", "ms from push to start, idle, p50", false),
    ("start_p99_ms", "ms from push to start, idle, p99", false),
];

/// Builds both, and has them take turns.
pub fn versus(jobs: Option<&str>) -> Result<()> {
    let jobs = jobs.unwrap_or(JOBS);
    setup::wasm_target()?;
    setup::redis_server()?;
    let (ours, noop) = (artefacts::product()?, artefacts::jobs()?.join("noop.wasm"));
    let theirs = rusty_sidekiq()?;
    let mut seen: Vec<[Value; 2]> = Vec::new();
    for round in 0..ROUNDS {
        let measure_ours = || -> Result<Value> {
            let tried: Result<Vec<Value>> =
                CONCURRENCIES.iter().map(|concurrency| drained(&ours, &noop, jobs, concurrency)).collect();
            let by_speed = |a: &Value, b: &Value| speed(a).total_cmp(&speed(b));
            tried?.into_iter().max_by(by_speed).ok_or_else(|| "nothing was tried".to_owned())
        };
        let measure_theirs = || {
            let server = Server::start()?;
            figures(&output(program(&theirs.display().to_string(), &[jobs]).env("REDIS_URL", server.url()))?)
        };
        // Who goes first changes: the machine may grow slower, or faster, as it goes.
        let pair = match round % 2 {
            0 => [measure_ours()?, measure_theirs()?],
            _ => {
                let theirs = measure_theirs()?;
                [measure_ours()?, theirs]
            }
        };
        println!("round {}: ours {}", round + 1, pair[0]);
        println!("         theirs {}", pair[1]);
        seen.push(pair);
    }
    println!("\nRedis with `appendonly yes`, `appendfsync everysec`; {jobs} jobs; median of {ROUNDS} rounds");
    println!("{:<34} {:>12} {:>14} {:>7}", "", "cofferdam", "rusty-sidekiq", "ratio");
    for (field, what, more_is_better) in FIGURES {
        let median =
            |side: usize| median(seen.iter().filter_map(|pair| pair[side][field].as_f64()).collect());
        let (ours, theirs) = (median(0), median(1));
        let ratio = if more_is_better { ours / theirs } else { theirs / ours };
        println!("{what:<34} {ours:>12.2} {theirs:>14.2} {ratio:>6.1}x");
    }
    Ok(())
}

/// One try of ours, on a fresh server.
fn drained(ours: &Path, noop: &Path, jobs: &str, concurrency: &str) -> Result<Value> {
    let server = Server::start()?;
    let mut bench = program(&ours.display().to_string(), &["bench", "--jobs", jobs, "--json"]);
    bench.args(["--store", &server.url(), "--concurrency", concurrency, "--module"]).arg(noop);
    figures(&output(&mut bench)?)
}

fn speed(figures: &Value) -> f64 {
    figures["jobs_per_s"].as_f64().unwrap_or_default()
}

fn rusty_sidekiq() -> Result<PathBuf> {
    let manifest = root().join("tests/benches/rusty-sidekiq/Cargo.toml").display().to_string();
    let target = target_dir().join("rusty-sidekiq");
    let mut build = cargo(&["build", "--locked", "--release", "--manifest-path", &manifest, "--target-dir"]);
    run(build.arg(&target))?;
    Ok(target.join("release/rusty-sidekiq-bench"))
}

fn figures(printed: &str) -> Result<Value> {
    serde_json::from_str(printed).map_err(|error| format!("{error} in `{printed}`"))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A server for one turn, with nothing in it.
struct Server {
    child: Child,
    port: u16,
    dir: PathBuf,
}

impl Server {
    fn start() -> Result<Server> {
        let port = free_port()?;
        let dir = target_dir().join(format!("versus-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&dir).map_err(|error| format!("cannot make `{}`: {error}", dir.display()))?;
        let mut server = program("redis-server", &["--port", &port.to_string(), "--bind", "127.0.0.1"]);
        server.args(["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]);
        server.args(["--maxmemory-policy", "noeviction", "--dir"]).arg(&dir);
        server.stdout(Stdio::null()).stderr(Stdio::null());
        let child = server.spawn().map_err(|error| format!("cannot start `redis-server`: {error}"))?;
        let mut server = Server { child, port, dir };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > Duration::from_secs(10) || matches!(server.child.try_wait(), Ok(Some(_))) {
                return Err(format!("`redis-server` does not answer on port {port}"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What fails here is gone already, or lies in the target directory.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(Path::new(&self.dir));
    }
}

fn free_port() -> Result<u16> {
    let first = 20_000 + (std::process::id() % 10_000) as u16;
    (first..32_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .ok_or_else(|| "no port from 20000 to 32000 is free".to_owned())
}
