//! Modules that hurt whoever reads, checks or compiles them: most are not even deployed, and
//! what only the compiler finds out is refused by the worker.

use crate::hostile::{ends, is_turned_away};
use crate::{Hostile, Yard};

const REFUSED: &[&str] = &["refused"];
const TRAPPED: &[&str] = &["trapped"];

pub const GUESTS: &[Hostile] = &[
    is_turned_away("has_fifty_thousand_functions"),
    is_turned_away("has_one_enormous_function"),
    is_turned_away("has_a_million_globals"),
    is_turned_away("has_many_globals"),
    is_turned_away("has_a_million_data_segments"),
    is_turned_away("has_a_million_types"),
    is_turned_away("has_a_million_exports"),
    is_turned_away("has_a_million_imports"),
    is_turned_away("has_a_million_elements"),
    is_turned_away("has_a_hundred_thousand_locals"),
    is_turned_away("has_many_locals"),
    is_turned_away("claims_a_section_of_four_gigabytes"),
    is_turned_away("claims_four_billion_functions"),
    is_turned_away("has_a_huge_manifest"),
    is_turned_away("has_a_hundred_thousand_sections"),
    is_turned_away("has_an_entry_of_the_wrong_type"),
    is_turned_away("has_an_entry_that_is_a_global"),
    is_turned_away("has_no_entry"),
    is_turned_away("has_no_memory"),
    is_turned_away("has_two_memories"),
    is_turned_away("has_a_64_bit_memory"),
    is_turned_away("has_a_bad_manifest"),
    is_turned_away("shares_its_memory"),
    is_turned_away("exports_a_table_as_its_memory"),
    is_turned_away("imports_a_memory"),
    is_turned_away("imports_the_unknown"),
    is_turned_away("imports_the_wrong_type"),
    is_turned_away("is_a_component"),
    is_turned_away("is_of_abi_2"),
    is_turned_away("throws"),
    ends("branches_to_a_million_places", REFUSED),
    ends("branches_to_many_places", REFUSED),
    ends("nests_its_blocks_deeply", REFUSED),
    ends("nests_its_ifs_deeply", REFUSED),
    ends("calls_far_too_often", &["completed"]),
    ends("has_many_data_segments", &["completed"]),
    ends("lies_about_its_names", TRAPPED),
    ends("has_huge_names", TRAPPED),
    ends("has_names_that_move_the_cursor", TRAPPED),
    ends("has_truncated_line_tables", TRAPPED),
    ends("has_endless_line_tables", TRAPPED),
];

#[test]
fn modules_that_are_bombs_hurt_nobody() {
    Yard::open().contains(GUESTS);
}
