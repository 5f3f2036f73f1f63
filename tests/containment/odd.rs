//! Calls in odd orders, bad pointers and huge values for every function, and odd entries.

use crate::hostile::ends;
use crate::{Hostile, Yard};

pub const GUESTS: &[Hostile] = &[
    ends("calls_in_the_wrong_order", &["completed", "failed", "panicked"]).given(&[
        "\"after fail\"",
        "\"fail and complete\"",
        "\"output and fail\"",
        "\"panic and complete\"",
        "\"panic twice\"",
        "\"exit as a job\"",
        "null",
    ]),
    ends("hands_over_bad_pointers", &["trapped"]).given(&[
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17",
        "18", "19", "20", "21", "22", "23", "24", "25", "26", "27",
    ]),
    ends("hands_bad_pointers_to_wasi", &["completed"]),
    ends("hands_over_huge_values", &["completed", "failed", "panicked", "memory_limit"]).given(&[
        "\"complete\"",
        "\"code\"",
        "\"oom\"",
        "\"panic\"",
        "\"exit\"",
    ]),
    ends("outputs_twice", &["completed"]),
    ends("exports_our_names", &["completed"]),
    ends("calls_itself_at_its_start", &["completed"]),
    ends("enters_by_a_host_function", &["completed"]),
    ends("enters_by_yielding", &["completed"]),
];

#[test]
fn odd_uses_of_the_interface_hurt_nobody() {
    Yard::open().contains(GUESTS);
}
