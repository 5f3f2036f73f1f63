//! Every guest of the corpus has a test of its name.

use std::collections::BTreeSet;

use crate::{Tree, none};

#[test]
fn every_guest_has_a_test_of_its_name() {
    let tree = Tree::read();
    let guests: BTreeSet<&str> = ["jobs/", "commands/", "wat/", "c/"]
        .iter()
        .flat_map(|folder| {
            let folder = format!("tests/guests/{folder}");
            ["rs", "wat", "c"].iter().flat_map(move |ending| {
                let folder = folder.clone();
                tree.ending(ending).filter_map(move |file| {
                    file.path.strip_prefix(&folder)?.strip_suffix(ending)?.strip_suffix('.')
                })
            })
        })
        .collect();
    assert!(guests.len() >= 40, "found only {} guests", guests.len());
    let tests: BTreeSet<&str> = tree
        .sources()
        .filter(|file| file.path.starts_with("tests/corpus/"))
        .flat_map(|file| {
            let lines: Vec<&str> = file.text.lines().collect();
            let named = lines.windows(2).filter(|pair| pair[0].trim() == "#[test]");
            named
                .filter_map(|pair| pair[1].trim().strip_prefix("fn ")?.split_once('('))
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
        })
        .collect();
    let untested = guests.difference(&tests).map(|guest| (*guest).to_owned());
    none("add a test of this name to tests/corpus:", untested.collect());
}
