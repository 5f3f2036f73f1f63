//! `bench`: measures, completes every job, and says under which circumstances.

use crate::place::Place;

#[test]
fn a_measurement_has_its_figures_and_its_circumstances() {
    let place = Place::new();
    let figures = place.object(&["bench", "--jobs", "50", "--json"]);
    for key in [
        "jobs_per_s",
        "push_per_s",
        "pickup_p50_ms",
        "pickup_p99_ms",
        "group_size_mean",
        "commit_p99_ms",
        "cpu_us_per_job",
    ] {
        assert!(figures[key].as_f64().unwrap() >= 0.0, "`{key}` in {figures}");
    }
    assert!(figures["jobs_per_s"].as_f64() > Some(0.0) && figures["push_per_s"].as_f64() > Some(0.0));
    assert_eq!((&figures["jobs"], &figures["failed"]), (&50.into(), &0.into()));
    assert_eq!(figures["on"]["synchronous"], "full");
    assert!(place.fails(2, &["bench", "--jobs", "0"]).contains("--jobs"));
    assert!(place.fails(1, &["bench", "--module", "none.wasm"]).contains("`none.wasm`"));
}
