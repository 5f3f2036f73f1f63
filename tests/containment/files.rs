//! Bombs in a directory that the guest may write to, and ways out of it.

use crate::hostile::ends;
use crate::{Hostile, Yard};

const TIME: &[&str] = &["time_limit"];

pub const GUESTS: &[Hostile] = &[
    ends("fills_its_grant", TIME).with(&["--timeout", "700ms"]).given(&[
        "\"descriptors\"",
        "\"entries\"",
        "\"folders\"",
        "\"listings\"",
        "\"bytes\"",
        "\"sizes\"",
        "\"links\"",
    ]),
    ends("opens_many_files", &["completed", "failed", "trapped"]),
    ends("escapes_its_grant", &["completed", "failed"]),
    ends("closes_everything", &["completed"]),
];

#[test]
fn bombs_in_a_directory_hurt_nobody() {
    Yard::open().contains(GUESTS);
}
