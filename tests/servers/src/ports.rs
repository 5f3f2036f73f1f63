//! Free ports on the loopback interface.

use std::net::TcpListener;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below what the kernel gives to outgoing connections: a client that tries again and again
/// to reach a stopped server would sooner or later be given the server's own port
/// as its source, connect to itself, and keep the server from coming back.
const LOWEST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port that nobody listens on at this moment. Another process may take it before the
/// server does: who starts one checks whose it is, and tries the next.
pub fn free() -> u16 {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
        // Tests of other packages look at the same time: begin far from them.
        let spread = std::process::id().wrapping_mul(2_654_435_761) >> 16;
        AtomicU16::new((spread % u32::from(COUNT)) as u16)
    });
    (0..COUNT)
        .map(|_| LOWEST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("one of 12000 ports is free")
}
