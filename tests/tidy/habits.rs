//! Headers, sizes, and markers of work left open.

use crate::{Tree, none};

/// No file is longer than this, its tests included.
const LINES_MAX: usize = 400;

/// Files that are longer all the same, with the length that they may have: it may
/// shrink, never grow. Empty is how it should be.
const RATCHET: &[(&str, usize)] = &[];

#[test]
fn every_source_begins_with_a_header_that_says_what_it_is() {
    let sources = Tree::read().sources();
    let bare = sources.filter(|file| {
        let header = file.text.lines().next().unwrap_or_default();
        !header.starts_with("//! ") || header.len() < 12
    });
    none("the first line of a source is its `//!` header:", bare.map(|file| file.path.clone()).collect());
}

#[test]
fn no_source_is_longer_than_its_limit() {
    let tree = Tree::read();
    let limit =
        |path: &str| RATCHET.iter().find(|(long, _)| *long == path).map_or(LINES_MAX, |(_, lines)| *lines);
    let long = tree.sources().filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > limit(&file.path))
            .then(|| format!("{}: {lines} lines, at most {}", file.path, limit(&file.path)))
    });
    none("split it by step or state:", long.collect());
    let stale = RATCHET.iter().filter(|(path, lines)| {
        tree.find(path).is_none_or(|file| file.text.lines().count() < *lines || *lines <= LINES_MAX)
    });
    none("lower or remove in RATCHET:", stale.map(|(path, lines)| format!("{path}: {lines}")).collect());
}

#[test]
fn nothing_is_left_open_and_no_test_is_ignored() {
    // In two pieces, so that this file does not find itself.
    let markers = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("#[ign", "ore"),
        concat!("TO", "DO"),
    ];
    let tree = Tree::read();
    let files = tree.sources().chain(tree.ending(".c")).chain(tree.ending(".wat")).chain(tree.ending(".md"));
    let open = files.flat_map(|file| {
        file.lines().filter_map(move |line| {
            let marker = markers.iter().find(|marker| line.whole.contains(*marker))?;
            Some(format!("{}: `{marker}`", file.at(&line)))
        })
    });
    none("do it, or say in the documentation that it is not there:", open.collect());
}

#[test]
fn a_lint_is_expected_with_a_reason_and_never_allowed() {
    let attributes = [concat!("#[all", "ow("), concat!("#![all", "ow(")];
    let allowed = Tree::read().sources().flat_map(|file| {
        file.lines()
            .filter(move |line| attributes.iter().any(|attribute| line.code.contains(attribute)))
            .map(move |line| file.at(&line))
    });
    none("write `#[expect(lint, reason = \"…\")]`:", allowed.collect());
}
