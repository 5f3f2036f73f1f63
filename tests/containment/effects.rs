//! Bombs in what the host and the store keep: output, log, checkpoints, parts, children.

use crate::hostile::ends;
use crate::{Hostile, Yard};

const FOR_A_WHILE: &[&str] = &["--timeout", "700ms"];

pub const GUESTS: &[Hostile] = &[
    ends("logs_for_ever", &["time_limit"]).with(FOR_A_WHILE),
    ends("checkpoints_for_ever", &["time_limit"]).with(FOR_A_WHILE),
    ends("keeps_a_large_checkpoint", &["failed"]),
    ends("appends_a_large_chunk", &["failed"]),
    ends("appends_to_a_bad_name", &["failed"]),
    ends("returns_a_large_output", &["failed"]),
    ends("writes_escape_sequences", &["failed", "completed", "panicked"]).given(&[
        "\"fail\"",
        "\"output\"",
        "\"panic\"",
    ]),
    // Each host call in a tight loop: what it costs ends it, or what it holds, or its time.
    ends("repeats_one_call", &["fuel_limit", "memory_limit", "time_limit"])
        .with(&["--timeout", "400ms", "--fuel", "500M"])
        .given(&[
            "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17",
            "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30", "31",
        ]),
    // Last: its children wait for a module that nobody has.
    ends("enqueues_for_ever", &["completed", "memory_limit"]).given(&["\"small\"", "\"large\""]),
];

#[test]
fn bombs_in_what_is_kept_hurt_nobody() {
    Yard::open().contains(GUESTS);
}
