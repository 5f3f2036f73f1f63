//! The report, interrupted and not.

use std::io::Read;

use cofferdam_sdk::testing::TestJob;
use serde_json::json;
use tempfile::TempDir;

/// The job with a file of flights in its grant, which is there as long as the directory.
fn job(rows: &str) -> (TempDir, TestJob) {
    let flights = tempfile::tempdir().expect("a directory for the test");
    std::fs::write(flights.path().join("flights.csv"), rows).expect("a file for the test");
    let job =
        TestJob::new(super::delays).input(&json!({"file": "flights.csv"})).grant("flights", flights.path());
    (flights, job)
}

#[test]
fn flights_are_counted_and_missing_delays_left_out_of_the_mean() {
    let (_flights, job) = job("carrier,arr_delay\nUA,20\nUA,NA\nB6,-5\nUA,15\n");
    let run = job.run();
    assert_eq!(
        run.output(),
        json!({
            "flights": 4, "with_arrival_delay": 3, "late": 1, "mean_arrival_delay_minutes": 10.0,
            "carriers": {
                "B6": {"flights": 1, "with_arrival_delay": 1, "late": 0, "mean_arrival_delay_minutes": -5.0},
                "UA": {"flights": 3, "with_arrival_delay": 2, "late": 1, "mean_arrival_delay_minutes": 17.5},
            },
        })
    );
}

#[test]
fn interrupted_anywhere_and_resumed_it_reports_the_same() {
    let carriers = ["9E", "AA", "B6", "UA"];
    let rows = (0..1000).map(|row| format!("{},{}\n", carriers[row % 4], row as i64 % 90 - 30));
    let (_flights, job) = job(&format!("carrier,arr_delay\n{}", rows.collect::<String>()));
    let run = job.interrupt_at_every_checkpoint();
    assert_eq!(run.checkpoints(), 10);
    assert_eq!(run.output()["flights"], 1000);
}

#[test]
fn a_resumed_attempt_says_where_it_goes_on() {
    let rows = "UA,1\n".repeat(250);
    let (_flights, job) = job(&format!("carrier,arr_delay\n{rows}"));
    let run = job.interrupt_at(2).run().resume();
    assert_eq!(run.logs()[0].text, "resumed at row 200");
    assert_eq!(run.output()["flights"], 250);
}

#[test]
fn a_file_of_something_else_is_not_tried_again() {
    let (_flights, job) = job("name,age\nAda,36\n");
    let run = job.run();
    assert!(run.error().message().ends_with("flights.csv` has no column `carrier`"), "{}", run.error());
    assert_eq!(run.error().class(), cofferdam_sdk::Class::Kill);
}

#[test]
fn the_report_of_january_2013_is_right() {
    let mut january = String::new();
    let packed = &include_bytes!("../data/flights-2013-01.csv.gz")[..];
    flate2::read::GzDecoder::new(packed).read_to_string(&mut january).expect("the rows that are shipped");
    let (_flights, job) = job(&january);
    let report = job.interrupt_at(100).run().resume().output();
    assert_eq!(report["flights"], 27_004);
    assert_eq!(report["with_arrival_delay"], 26_398);
    assert_eq!(report["late"], 6_001);
    assert_eq!(report["mean_arrival_delay_minutes"], 6.13);
    assert_eq!(report["carriers"].as_object().map(serde_json::Map::len), Some(16));
}
