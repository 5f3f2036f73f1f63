//! How bad it is between the machines and their store. A town has one weather, and each
//! machine's own line another; what either of them does to a call is done.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How bad it is at the moment.
#[derive(Debug, Default)]
pub struct Weather {
    faults_percent: AtomicU64,
    delay_us: AtomicU64,
    steady_us: AtomicU64,
    silent: AtomicBool,
    refusing: AtomicBool,
    losing: AtomicU64,
    late_ms: AtomicU64,
    deaf_percent: AtomicU64,
    crash_per_mille: AtomicU64,
}

impl Weather {
    /// Of a hundred calls, so many fail; each takes up to so long.
    pub fn set(&self, faults_percent: u64, delay_us: u64) {
        self.faults_percent.store(faults_percent, Ordering::Relaxed);
        self.delay_us.store(delay_us, Ordering::Relaxed);
    }

    /// Every call takes exactly so long to arrive, and its answer as long again.
    pub fn slow_down(&self, steady_us: u64) {
        self.steady_us.store(steady_us, Ordering::Relaxed);
    }

    /// Calls that are made from now on are never answered. Half of them are lost; the others arrive
    /// when this is over, and nobody waits for them any more.
    pub fn fall_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }

    /// Calls that are made from now on fail at once, and did nothing.
    pub fn refuse(&self, refusing: bool) {
        self.refusing.store(refusing, Ordering::Relaxed);
    }

    /// The answers of the next so many exchanges that give jobs out are lost.
    pub fn lose_claims(&self, exchanges: u64) {
        self.losing.store(exchanges, Ordering::Relaxed);
    }

    /// The next exchange that claims is given up at once, and arrives so much later.
    pub fn delay_a_claim(&self, late_ms: u64) {
        self.late_ms.store(late_ms, Ordering::Relaxed);
    }

    /// Of a hundred wake-ups, so many reach nobody.
    pub fn lose_wakes(&self, percent: u64) {
        self.deaf_percent.store(percent, Ordering::Relaxed);
    }

    /// Of a thousand steps that a worker takes, so many are the last of its process.
    pub fn crash(&self, per_mille: u64) {
        self.crash_per_mille.store(per_mille, Ordering::Relaxed);
    }

    /// From now on nothing goes wrong.
    pub fn clear_up(&self) {
        self.set(0, 0);
        self.slow_down(0);
        self.fall_silent(false);
        self.refuse(false);
        self.lose_claims(0);
        self.delay_a_claim(0);
        self.lose_wakes(0);
        self.crash(0);
    }

    pub(crate) fn faults_percent(&self) -> u64 {
        self.faults_percent.load(Ordering::Relaxed)
    }

    pub(crate) fn delay_us(&self) -> u64 {
        self.delay_us.load(Ordering::Relaxed)
    }

    pub(crate) fn steady_us(&self) -> u64 {
        self.steady_us.load(Ordering::Relaxed)
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    pub(crate) fn is_refusing(&self) -> bool {
        self.refusing.load(Ordering::Relaxed)
    }

    pub(crate) fn deaf_percent(&self) -> u64 {
        self.deaf_percent.load(Ordering::Relaxed)
    }

    pub(crate) fn crash_per_mille(&self) -> u64 {
        self.crash_per_mille.load(Ordering::Relaxed)
    }

    /// How much later the exchange under way arrives, which claims.
    pub(crate) fn delays_this_claim(&self) -> Option<Duration> {
        let late_ms = self.late_ms.swap(0, Ordering::Relaxed);
        (late_ms > 0).then(|| Duration::from_millis(late_ms))
    }

    /// Whether the answer of this exchange, which gives jobs out, is one of those to lose.
    pub(crate) fn loses_this_claim(&self) -> bool {
        let one_less = |left: u64| left.checked_sub(1);
        self.losing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }
}
