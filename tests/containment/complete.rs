//! That no hostile guest of the corpus is left out.

use std::collections::BTreeSet;

use cofferdam_tests::module_bombs::BOMBS;
use cofferdam_tests::root;

use crate::{effects, endless, files, memory, odd, shapes, traps};

/// Guests that do what they are meant to do, or fail in their own words.
const HARMLESS: &[&str] = &[
    "appends_parts",
    "climbs_its_ladder",
    "counts",
    "counts_words",
    "echoes",
    "enqueues_children",
    "exits_with",
    "fails",
    "finishes_first",
    "lives_with_a_refusal",
    "prints_its_arguments",
    "prints_json",
    "reads_its_grant",
    "reports_progress",
    "returns_one",
    "speaks_wasi",
    "tells_of_itself",
    "version_one",
    "version_two",
    "wants_rows",
    "writes_its_grant",
];

#[test]
fn every_hostile_guest_is_run_beside_honest_ones() {
    let mut corpus: BTreeSet<String> = BOMBS.iter().map(|bomb| bomb.name.to_owned()).collect();
    for folder in ["jobs", "commands", "wat", "c"] {
        let guests = std::fs::read_dir(root().join("tests/guests").join(folder)).expect("the corpus");
        corpus.extend(guests.filter_map(|entry| {
            let path = entry.expect("an entry").path();
            let is_guest = path.extension().is_some_and(|ending| ending != "h");
            is_guest.then(|| path.file_stem().expect("a name").to_string_lossy().into_owned())
        }));
    }
    let all = [
        memory::GUESTS,
        traps::GUESTS,
        endless::GUESTS,
        effects::GUESTS,
        files::GUESTS,
        odd::GUESTS,
        shapes::GUESTS,
    ];
    let mut contained: BTreeSet<String> = all.concat().iter().map(|row| row.guest.to_owned()).collect();
    assert!(contained.len() >= 60, "{} hostile guests", contained.len());
    contained.extend(HARMLESS.iter().map(|name| (*name).to_owned()));
    let left_out: Vec<&String> = corpus.difference(&contained).collect();
    assert!(left_out.is_empty(), "add a row in tests/containment for {left_out:?}");
    let unknown: Vec<&String> = contained.difference(&corpus).collect();
    assert!(unknown.is_empty(), "there is no guest {unknown:?}");
}
