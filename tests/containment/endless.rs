//! Guests that never end by themselves, whatever they do meanwhile.

use crate::hostile::ends;
use crate::{Hostile, Yard};

/// Long enough for the siblings to run beside it.
const FOR_A_WHILE: &[&str] = &["--timeout", "700ms"];
const TIME: &[&str] = &["time_limit"];

const fn endless(guest: &'static str) -> Hostile {
    ends(guest, TIME).with(FOR_A_WHILE)
}

pub const GUESTS: &[Hostile] = &[
    endless("spins"),
    endless("spins_at_its_start"),
    endless("tail_calls_for_ever"),
    endless("sleeps"),
    endless("sleeps_plainly"),
    endless("sleeps_with_an_absolute_time"),
    endless("waits_at_its_start"),
    ends("waits_for_many_things", &["time_limit", "fuel_limit"]).with(FOR_A_WHILE),
    endless("calls_the_host_for_ever"),
    endless("reads_the_clock_for_ever"),
    endless("asks_for_much_randomness"),
    endless("fills_memory_for_ever"),
    endless("copies_memory_for_ever"),
    endless("initializes_for_ever"),
    endless("initializes_its_table_for_ever"),
    endless("fills_its_table_for_ever"),
    endless("overlaps_its_buffers"),
    endless("prints_for_ever"),
    ends("prints_a_lot", &["completed", "time_limit"]).with(FOR_A_WHILE),
];

#[test]
fn guests_without_an_end_hurt_nobody() {
    Yard::open().contains(GUESTS);
}
