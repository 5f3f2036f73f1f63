//! One run of a guest: its report, checked for what must hold of every report.

use cofferdam_tests::{Ended, Look, Site};
use serde_json::Value;

/// A run of a guest that has ended.
pub struct Seen {
    /// The report.
    pub report: Value,
    ended: Ended,
}

/// Runs the guest in a place of its own.
#[track_caller]
pub fn see(name: &str, arguments: &[&str]) -> Seen {
    see_with(&Site::new(), name, arguments)
}

/// Runs the guest in this place.
#[track_caller]
pub fn see_with(site: &Site, name: &str, arguments: &[&str]) -> Seen {
    Seen::of(site.run_guest(name, arguments))
}

impl Seen {
    /// The report of a run, which must be consistent in itself.
    #[track_caller]
    pub fn of(ended: Ended) -> Seen {
        let report = ended.json();
        assert_eq!(report.at("exit_code").as_i64(), Some(i64::from(ended.code)), "{ended}");
        for (used, bound) in [
            ("memory.peak_bytes", "memory.cap_bytes"),
            ("host.peak_bytes", "host.allowance_bytes"),
            ("fuel.used", "fuel.cap"),
        ] {
            assert!(report.number(used) <= report.number(bound), "`{used}` is over `{bound}`\n{ended}");
        }
        let completed = report.text("outcome") == "completed";
        assert_eq!(
            completed,
            report.at("message").is_null(),
            "a message is there unless it completed\n{ended}"
        );
        Seen { report, ended }
    }

    /// Fails unless it ended so, with this exit code.
    #[track_caller]
    pub fn ended(self, outcome: &str, code: i32) -> Seen {
        assert_eq!(self.report.text("outcome"), outcome, "{}", self.ended);
        assert_eq!(self.ended.code, code, "{}", self.ended);
        self
    }

    /// Fails unless the message has all of these.
    #[track_caller]
    pub fn message(self, parts: &[&str]) -> Seen {
        let message = self.report.text("message");
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in `{message}`\n{}", self.ended);
        }
        self
    }

    /// Fails unless one frame of the backtrace has all of these.
    #[track_caller]
    pub fn frame(self, parts: &[&str]) -> Seen {
        let frames = self.report.texts("backtrace");
        let found = frames.iter().any(|frame| parts.iter().all(|part| frame.contains(part)));
        assert!(found, "no frame has {parts:?}\n{}", self.ended);
        self
    }

    /// Fails unless the value at the path is this one.
    #[track_caller]
    pub fn at(self, path: &str, expected: impl Into<Value>) -> Seen {
        assert_eq!(*self.report.at(path), expected.into(), "at `{path}`\n{}", self.ended);
        self
    }

    /// Fails unless it took at least `from_ms` and not much longer.
    ///
    /// An idle machine acts within 50 ms; the benchmarks hold that. Here a busy one must
    /// not fail, and an attempt that is never stopped must.
    #[track_caller]
    pub fn took_about_ms(self, from_ms: u64) -> Seen {
        let wall_ms = self.report.number("wall_ms");
        assert!(
            (from_ms..from_ms + 5_000).contains(&wall_ms),
            "took {wall_ms} ms, not {from_ms}\n{}",
            self.ended
        );
        self
    }
}
