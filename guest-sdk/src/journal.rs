//! Log lines, through the `log` facade.
//!
//! `tracing` arrives here too when the job turns on its `log` feature. Lines
//! act at once and are not taken back by a resume. From `info` upwards by
//! default; `log::set_max_level` in the job says otherwise.

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::abi;

struct Journal;

impl Log for Journal {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let level = match record.level() {
            Level::Error => 1,
            Level::Warn => 2,
            Level::Info => 3,
            Level::Debug => 4,
            Level::Trace => 5,
        };
        match record.args().as_str() {
            Some(line) => abi::log(level, line),
            None => abi::log(level, &record.args().to_string()),
        };
    }

    fn flush(&self) {}
}

pub(crate) fn install() {
    // An author's own logger, installed before, stays.
    if log::set_logger(&Journal).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}
