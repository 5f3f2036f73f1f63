//! The threat model names where each bound stands and which test shows it: both are there.

use std::collections::BTreeSet;

use crate::tree::root;
use crate::{Tree, none};

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The names of the tests in a source. Those of the stores' conformance suite are plain functions,
/// which its own list makes tests of every store.
fn tests_of<'a>(path: &str, text: &'a str) -> Vec<&'a str> {
    let is_conformance = path.starts_with("host/store/tests/conformance/");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let name = |line: &'a str| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")?.split(['(', '<']).next()
    };
    let is_test = |at: usize| {
        let attributes = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        attributes.into_iter().any(|line| line.contains("test]") || line.contains("test("))
    };
    let named = lines.iter().enumerate().filter_map(|(at, line)| Some((at, name(line)?)));
    named.filter(|(at, _)| is_conformance || is_test(*at)).map(|(_, name)| name).collect()
}

#[test]
fn every_bound_stands_where_it_is_said_and_has_a_test_that_is_there() {
    let tree = Tree::read();
    let known: BTreeSet<&str> = tree.ending("rs").flat_map(|file| tests_of(&file.path, &file.text)).collect();
    let page = &tree.file("docs/THREAT_MODEL.md").text;
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split(" | ").collect())
        .collect();
    assert!(rows.len() >= 25, "only {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in rows {
        let [resource, _, bound, places, tests] = row[..] else {
            wrong.push(format!("{row:?} has {} columns", row.len()));
            continue;
        };
        let resource = resource.trim();
        if bound.trim().is_empty() || quoted(places).next().is_none() || quoted(tests).next().is_none() {
            wrong.push(format!("{resource}: a bound, a place and a test are needed"));
        }
        let missing = quoted(places).filter(|place| !root().join(place).is_file());
        wrong.extend(missing.map(|place| format!("{resource}: there is no {place}")));
        let missing = quoted(tests).filter(|test| !known.contains(test));
        wrong.extend(missing.map(|test| format!("{resource}: there is no test {test}")));
    }
    none("docs/THREAT_MODEL.md:", wrong);
}
