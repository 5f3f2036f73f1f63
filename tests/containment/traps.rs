//! Traps of each kind, inside and outside of host calls, and deep recursion.

use crate::hostile::ends;
use crate::{Hostile, Yard};

const TRAPPED: &[&str] = &["trapped"];

pub const GUESTS: &[Hostile] = &[
    ends("reaches_the_unreachable", TRAPPED),
    ends("divides_by_zero", TRAPPED),
    ends("overflows_an_integer", TRAPPED),
    ends("converts_a_huge_float", TRAPPED),
    ends("converts_not_a_number", TRAPPED),
    ends("reads_beyond_its_memory", TRAPPED),
    ends("copies_beyond_its_memory", TRAPPED),
    ends("places_data_outside", TRAPPED),
    ends("reads_beyond_its_table", TRAPPED),
    ends("calls_a_null", TRAPPED),
    ends("calls_the_wrong_type", TRAPPED),
    ends("recurses", TRAPPED),
    ends("recurses_indirectly", TRAPPED),
    ends("recurses_around_the_host", TRAPPED),
    ends("overflows_its_stack", TRAPPED),
    ends("traps_at_its_start", TRAPPED),
    ends("traps_after_its_checkpoint", TRAPPED),
    ends("points_outside", TRAPPED),
    ends("claims_a_huge_length", TRAPPED),
    ends("wraps_around", TRAPPED),
    ends("reads_input_outside", TRAPPED),
    ends("panics", &["panicked"]),
    ends("panics_plainly", TRAPPED),
];

#[test]
fn traps_of_each_kind_hurt_nobody() {
    Yard::open().contains(GUESTS);
}
