//! The figures, interrupted and not. That it goes over its cap is for the real
//! sandbox to show.

use cofferdam_sdk::testing::TestJob;
use serde_json::json;

#[test]
fn interrupted_between_any_two_batches_it_reports_the_same() {
    let directory = std::env::temp_dir().join(format!("flights-naive-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory for the test");
    let rows = (0..2500).map(|row| format!("0,0,0,0,0,0,0,0,{},{}\n", row % 40, ["UA", "B6"][row % 2]));
    let header =
        "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier\n";
    std::fs::write(directory.join("flights.csv"), rows.fold(header.to_owned(), |file, row| file + &row))
        .expect("a file for the test");
    let job = TestJob::new(super::naive).input(&json!({"file": "flights.csv"})).grant("flights", directory);
    let run = job.interrupt_at_every_checkpoint();
    assert_eq!(run.checkpoints(), 3);
    assert_eq!(run.output()["flights"], 2500);
    assert_eq!(run.output()["late"], 1492);
}
