//! A server of its own: it starts, stops, dies, hangs and comes back; and none is left.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use cofferdam_servers::{RedisServer, Reply, wait};

/// Whether a process of this id runs; one that was not reaped yet does not.
fn runs(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

#[test]
fn it_answers_on_its_port_and_on_no_other_interface() {
    let server = RedisServer::start();
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
    stream.write_all(b"PING\r\n").expect("a connection");
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"+PONG\r\n");
    assert_eq!(server.url(), format!("redis://127.0.0.1:{}", server.port()));
    assert_eq!(server.call(&["CONFIG", "GET", "bind"]).list()[1].clone().text(), "127.0.0.1");
    assert_eq!(server.field("tcp_port"), server.port().to_string());
}

#[test]
fn two_servers_share_nothing() {
    let (one, other) = (RedisServer::start(), RedisServer::start());
    one.call(&["SET", "key", "one"]);
    assert_eq!(other.call(&["GET", "key"]), Reply::Nothing);
    assert_ne!(one.port(), other.port());
}

#[test]
fn without_settings_a_restart_forgets_and_an_append_only_file_remembers_a_kill() {
    let server = RedisServer::start();
    server.call(&["SET", "key", "value"]);
    server.restart();
    assert_eq!(server.call(&["GET", "key"]), Reply::Nothing);

    let server = RedisServer::with(|settings| settings.append_only("always"));
    let (id, port) = (server.id(), server.port());
    server.call(&["SET", "key", "value"]);
    server.kill();
    assert!(server.has_ended() && !runs(id));
    assert!(server.try_call(&["PING"]).is_err());
    server.start_again();
    assert_eq!(server.port(), port);
    assert_eq!(server.call(&["GET", "key"]).text(), "value");
}

#[test]
fn a_paused_server_keeps_its_connections_and_answers_when_it_goes_on() {
    let server = RedisServer::start();
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
    server.pause();
    stream.write_all(b"PING\r\n").expect("the kernel takes it");
    stream.set_nonblocking(true).expect("a socket");
    let mut answer = [0; 7];
    assert_eq!(stream.read(&mut answer).expect_err("nobody answers").kind(), std::io::ErrorKind::WouldBlock);
    server.resume();
    stream.set_nonblocking(false).expect("a socket");
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"+PONG\r\n");
}

#[test]
fn memory_passwords_and_users_are_set_up() {
    let server = RedisServer::with(|settings| {
        settings.max_memory("16mb").password("secret").user("worker", "pw", "~* &* +@all")
    });
    assert_eq!(server.field("maxmemory"), "16777216");
    assert_eq!(server.field("maxmemory_policy"), "noeviction");
    assert_eq!(server.url(), format!("redis://:secret@127.0.0.1:{}", server.port()));
    assert_eq!(server.url_of("worker"), format!("redis://worker:pw@127.0.0.1:{}", server.port()));
    assert_eq!(server.call(&["AUTH", "worker", "pw"]).text(), "OK");
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
    stream.write_all(b"PING\r\n").expect("a connection");
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"-NOAUTH", "nobody comes in without a password");
}

#[test]
fn tls_is_all_that_its_port_speaks() {
    let server = RedisServer::with(|settings| settings.tls());
    assert_eq!(server.url(), format!("rediss://127.0.0.1:{}", server.port()));
    let said = std::process::Command::new("openssl")
        .args(["s_client", "-verify_return_error", "-verify_ip", "127.0.0.1", "-connect"])
        .arg(format!("127.0.0.1:{}", server.port()))
        .arg("-CAfile")
        .arg(server.authority())
        .stdin(std::process::Stdio::null())
        .output()
        .expect("openssl");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("Verify return code: 0 (ok)"), "{said}");
}

#[test]
fn a_dropped_server_is_gone_with_its_folder() {
    let server = RedisServer::start();
    let (id, folder) = (server.id(), server.path(""));
    server.pause();
    drop(server);
    assert!(!runs(id));
    assert!(!Path::new(&folder).exists());
}

#[test]
fn a_server_outlives_the_thread_that_started_it() {
    let server = std::thread::spawn(RedisServer::start).join().expect("it starts");
    assert_eq!(server.call(&["PING"]).text(), "PONG");
}

#[test]
fn no_server_outlives_a_killed_test() {
    const INNER: &str = "COFFERDAM_SERVERS_INNER";
    if std::env::var_os(INNER).is_some() {
        let server = RedisServer::start();
        println!("server {}", server.id());
        // Killed from outside while it waits; the bound is for a parent that died.
        wait::until("somebody kills this", || None::<()>);
    }
    let mut test = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "no_server_outlives_a_killed_test", "--nocapture"])
        .env(INNER, "1")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("this test, again");
    let mut said = std::io::BufReader::new(test.stdout.take().expect("a pipe"));
    let id = wait::until("it has a server", || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut said, &mut line).expect("a line");
        line.trim().split_once("server ")?.1.parse::<u32>().ok()
    });
    assert!(runs(id));
    test.kill().expect("it runs");
    test.wait().expect("it ends");
    wait::until("the server is gone, too", || (!runs(id)).then_some(()));
}

#[test]
fn without_redis_server_a_test_fails_and_says_what_to_install() {
    const INNER: &str = "COFFERDAM_SERVERS_WITHOUT";
    if std::env::var_os(INNER).is_some() {
        RedisServer::start();
        return;
    }
    let test = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "without_redis_server_a_test_fails_and_says_what_to_install", "--nocapture"])
        .env(INNER, "1")
        .env("PATH", "/nowhere")
        .output()
        .expect("this test, again");
    assert!(!test.status.success());
    let said = String::from_utf8_lossy(&test.stderr);
    assert!(said.contains("apt-get install redis-server"), "{said}");
}
