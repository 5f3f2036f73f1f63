//! Deaths at random moments.

use std::time::{Duration, Instant};

use cofferdam_tests::{Site, all, wait};

use crate::Account;

/// How often a worker is killed; each time with attempts running.
fn deaths() -> u32 {
    if all() { 60 } else { 20 }
}

/// xorshift64*: moments that can be drawn again from the seed that is printed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}

#[test]
fn every_job_is_accounted_for_after_many_deaths() {
    let seed =
        std::env::var("COFFERDAM_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    println!("seed {seed}: set COFFERDAM_TEST_SEED to draw the same moments again");
    let mut random = Random(seed);
    let site = Site::new();
    site.deploy(&["counts"]);
    // Long enough that no life of a worker comes to the end of all of them. Progress lies
    // between any two deaths, or the third one would be the job's.
    let account = Account::push(&site, "job", 8, u64::from(deaths()) * 500);
    for death in 1..=deaths() {
        let mut worker = site.work(&["-c", "4"]);
        let durable_before = durable_steps(&site);
        wait::until("an attempt has made progress durable in this life", || {
            (durable_steps(&site) > durable_before || account.is_done(&site)).then_some(())
        });
        // Then anywhere within the next moments: spun away, not slept.
        let until = Instant::now() + Duration::from_micros(random.below(60_000));
        wait::until("the drawn moment", || (Instant::now() >= until).then_some(()));
        assert!(!account.is_done(&site), "death {death} found nothing running: make the jobs longer");
        worker.kill();
    }
    let _heir = site.work(&["-c", "4"]);
    account.close(&site);
}

/// How many steps the ledger knows to be durable, in all jobs.
fn durable_steps(site: &Site) -> usize {
    let files = std::fs::read_dir(site.path("ledger")).expect("the ledger");
    let texts = files.filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok());
    texts.map(|text| text.matches(" durable ").count()).sum()
}
