//! Bombs in memory and tables.

use crate::hostile::{ends, is_turned_away};
use crate::{Hostile, Yard};

pub const GUESTS: &[Hostile] = &[
    ends("grows_without_end", &["memory_limit"]),
    ends("grows_its_table", &["memory_limit"]).with(&["--memory", "1MiB"]),
    ends("grows_two_tables", &["memory_limit"]).with(&["--memory", "1MiB"]),
    ends("grows_at_its_start", &["memory_limit"]),
    ends("grows_by_four_billion_pages", &["memory_limit"]).with(&["--fuel", "2T"]),
    ends("grows_a_table_by_four_billion", &["memory_limit", "fuel_limit"]),
    ends("hoards_rows", &["memory_limit"]).with(&["--memory", "64MiB"]),
    ends("asks_for_a_gigabyte", &["memory_limit"]),
    ends("panics_after_a_refusal", &["memory_limit"]),
    ends("hoards_host_memory", &["memory_limit"]).with(&["--host-allowance", "8MiB"]),
    is_turned_away("needs_a_gigabyte"),
];

#[test]
fn bombs_in_memory_and_tables_hurt_nobody() {
    Yard::open().contains(GUESTS);
}
