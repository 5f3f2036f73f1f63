//! `docs/OPERATING.md` has every key of a Redis store and every command that its user needs, and no
//! other.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use cofferdam_store::redis::keys::KEYS;
use cofferdam_store::redis::{COMMANDS, COMMANDS_IN_CLUSTER, COMMANDS_TO_LOOK, COMMANDS_WITHOUT_KEY};

fn page() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/OPERATING.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_table_of_keys_is_that_of_the_store() {
    let rows: Vec<String> = KEYS
        .iter()
        .map(|key| format!("| `{}` | {} | {} | {} |", key.name, key.holds, key.content, key.lifetime))
        .collect();
    let page = page();
    let table = page.split("<!-- redis keys -->").nth(1).and_then(|rest| rest.split("<!-- end -->").next());
    let on_page: Vec<&str> =
        table.expect("a marked table").lines().filter(|line| line.starts_with('|')).skip(2).collect();
    assert_eq!(on_page, rows, "copy these:\n{}", rows.join("\n"));
}

#[test]
fn the_user_on_the_page_has_the_commands_that_the_store_calls() {
    let page = page();
    let rules =
        page.split("ACL SETUSER cofferdam on ").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let on_page: BTreeSet<&str> =
        rules.split_whitespace().filter_map(|word| word.strip_prefix('+')).collect();
    let needed: BTreeSet<&str> = [COMMANDS, COMMANDS_WITHOUT_KEY, COMMANDS_IN_CLUSTER, COMMANDS_TO_LOOK]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    let line: Vec<String> = needed.iter().map(|command| format!("+{command}")).collect();
    assert_eq!(on_page, needed, "write {}", line.join(" "));
}
