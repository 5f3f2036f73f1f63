//! The report, interrupted and not.

use cofferdam_sdk::testing::TestJob;
use serde_json::json;

/// A directory with a file of flights, as the grant of a test.
fn job(name: &str, rows: &str) -> TestJob {
    let directory = std::env::temp_dir().join(format!("flights-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory for the test");
    std::fs::write(directory.join("flights.csv"), rows).expect("a file for the test");
    TestJob::new(super::delays).input(&json!({"file": "flights.csv"})).grant("flights", directory)
}

#[test]
fn flights_are_counted_and_missing_delays_left_out_of_the_mean() {
    let run = job("counted", "carrier,arr_delay\nUA,20\nUA,NA\nB6,-5\nUA,15\n").run();
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
    let run = job("resumed", &format!("carrier,arr_delay\n{}", rows.collect::<String>()))
        .interrupt_at_every_checkpoint();
    assert_eq!(run.checkpoints(), 10);
    assert_eq!(run.output()["flights"], 1000);
}

#[test]
fn a_resumed_attempt_says_where_it_goes_on() {
    let rows = "UA,1\n".repeat(250);
    let run = job("says", &format!("carrier,arr_delay\n{rows}")).interrupt_at(2).run().resume();
    assert_eq!(run.logs()[0].text, "resumed at row 200");
    assert_eq!(run.output()["flights"], 250);
}

#[test]
fn a_file_of_something_else_is_not_tried_again() {
    let run = job("else", "name,age\nAda,36\n").run();
    assert!(run.error().message().ends_with("flights.csv` has no column `carrier`"), "{}", run.error());
    assert_eq!(run.error().class(), cofferdam_sdk::Class::Kill);
}
