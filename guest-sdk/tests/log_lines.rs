//! Log lines through `log`, and through `tracing` with its `log` feature.

use cofferdam_sdk::prelude::*;
use cofferdam_sdk::testing::{LogLine, TestJob};
use log::Level;

fn lines(function: fn(&mut Job) -> Result<()>) -> Vec<LogLine> {
    TestJob::new(function).run().logs().to_vec()
}

fn line(level: Level, text: &str) -> LogLine {
    LogLine { level, text: text.to_owned() }
}

#[test]
fn the_log_facade_reaches_the_host_from_info_upwards() {
    let logged = lines(|_| {
        log::error!("gone");
        log::warn!("odd: {}", 7);
        log::info!("fine");
        log::debug!("not shown by default");
        Ok(())
    });
    assert_eq!(logged, [line(Level::Error, "gone"), line(Level::Warn, "odd: 7"), line(Level::Info, "fine")]);
}

#[test]
fn tracing_reaches_the_host_through_its_log_feature() {
    let logged = lines(|_| {
        tracing::info!(rows = 3, "read");
        tracing::warn!("odd");
        Ok(())
    });
    assert_eq!(logged, [line(Level::Info, "read rows=3"), line(Level::Warn, "odd")]);
}
