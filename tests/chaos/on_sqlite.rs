//! Workers that share a file.

use cofferdam_tests::{Look, Site};

use crate::storm::Storm;

#[test]
fn every_job_child_part_and_result_is_accounted_for_on_sqlite() {
    let site = Site::new();
    let figures = Storm::start(&site, "sqlite:cofferdam.db", &[]).accounted_for();
    assert_eq!(figures.number("restarts"), 0, "a file does not go away");
}
