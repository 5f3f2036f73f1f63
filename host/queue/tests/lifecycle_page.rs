//! `docs/LIFECYCLE.md` says what the code does: its tables are compared with the rules.

use cofferdam_queue::{Outcome, TRANSITIONS};

const PAGE: &str = include_str!("../../../docs/LIFECYCLE.md");

#[test]
fn the_page_has_every_transition_and_no_other() {
    let table = PAGE.split("<!-- transitions -->").nth(1).and_then(|rest| rest.split("<!-- end -->").next());
    let on_page: Vec<String> = table
        .expect("a marked table")
        .lines()
        .skip(3)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    let in_code: Vec<String> = TRANSITIONS
        .iter()
        .map(|(from, event, to)| format!("| {from} | {} | {to} |", format!("{event:?}").to_lowercase()))
        .collect();
    assert_eq!(on_page, in_code);
}

#[test]
fn the_page_has_a_row_for_every_outcome() {
    for outcome in Outcome::ALL {
        let named = format!("`{outcome}`");
        assert!(PAGE.lines().any(|line| line.starts_with('|') && line.contains(&named)), "{named}");
    }
}
