//! `docs/OPERATING.md` has every command and every key that there is, and no other.
//!
//! Its tables stand between `<!-- commands -->` (or `<!-- keys -->`) and `<!-- end -->`; the
//! first cell of a row is what is compared.

use std::collections::BTreeSet;

use cofferdam_tests::{Look, Site, root};

/// The first cells of a marked table, without their backticks.
#[track_caller]
fn first_cells(marker: &str) -> BTreeSet<String> {
    let page = std::fs::read_to_string(root().join("docs/OPERATING.md")).expect("docs/OPERATING.md");
    let begin = format!("<!-- {marker} -->");
    let table = page.split(&begin).nth(1).and_then(|rest| rest.split("<!-- end -->").next());
    let rows = table
        .unwrap_or_else(|| panic!("no table after `{begin}`"))
        .lines()
        .filter(|line| line.starts_with('|'));
    let cells = rows.skip(2).filter_map(|row| row.split('|').nth(1));
    cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
}

#[test]
fn every_command_is_documented_and_every_documented_one_is_there() {
    let help = Site::new().run(["--help"]).done().stdout;
    let section =
        help.split("Commands:").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("commands");
    let there: BTreeSet<String> = section
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| Some(line.split_whitespace().next()?.to_owned()))
        .filter(|name| name != "help")
        .collect();
    assert_eq!(first_cells("commands"), there);
}

#[test]
fn every_key_is_documented_and_every_documented_one_is_there() {
    let keys = Site::new().run(["check", "--keys", "--json"]).done().json_lines();
    let there: BTreeSet<String> = keys.iter().map(|key| key.text("key").to_owned()).collect();
    assert_eq!(first_cells("keys"), there);
}
