//! The figures, interrupted and not. That it goes over its cap is for the real
//! sandbox to show.

use std::io::Read;

use cofferdam_sdk::testing::TestJob;
use serde_json::json;
use tempfile::TempDir;

/// The job with a file of flights in its grant, which is there as long as the directory.
fn job(rows: &str) -> (TempDir, TestJob) {
    let flights = tempfile::tempdir().expect("a directory for the test");
    std::fs::write(flights.path().join("flights.csv"), rows).expect("a file for the test");
    let job =
        TestJob::new(super::naive).input(&json!({"file": "flights.csv"})).grant("flights", flights.path());
    (flights, job)
}

#[test]
fn interrupted_between_any_two_batches_it_reports_the_same() {
    let header =
        "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier\n";
    let rows = (0..2500).map(|row| format!("0,0,0,0,0,0,0,0,{},{}\n", row % 40, ["UA", "B6"][row % 2]));
    let (_flights, job) = job(&format!("{header}{}", rows.collect::<String>()));
    let run = job.interrupt_at_every_checkpoint();
    assert_eq!(run.checkpoints(), 3);
    assert_eq!(run.output()["flights"], 2500);
    assert_eq!(run.output()["late"], 1492);
}

#[test]
fn its_figures_of_january_2013_are_those_of_the_streaming_report() {
    let mut january = String::new();
    let packed = &include_bytes!("../../flights/data/flights-2013-01.csv.gz")[..];
    flate2::read::GzDecoder::new(packed).read_to_string(&mut january).expect("the rows that are shipped");
    let (_flights, job) = job(&january);
    let report = job.run().output();
    assert_eq!(report["flights"], 27_004);
    assert_eq!(report["with_arrival_delay"], 26_398);
    assert_eq!(report["late"], 6_001);
    assert_eq!(report["mean_arrival_delay_minutes"], 6.13);
}
