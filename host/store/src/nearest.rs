//! Which deployed kinds a misspelt one may have meant.

use cofferdam_queue::Kind;

/// The most suggestions given.
const SUGGESTIONS_MAX: usize = 3;

/// The kinds most like `wanted`, best first; only those close enough to be meant.
pub(crate) fn nearest<'a>(wanted: &Kind, deployed: impl Iterator<Item = &'a Kind>) -> Vec<Kind> {
    let near = |kind: &&Kind| wanted.as_str().len().max(kind.as_str().len()).div_ceil(3).max(2);
    let mut found: Vec<(usize, &Kind)> = deployed
        .filter_map(|kind| {
            let distance = distance(wanted.as_str().as_bytes(), kind.as_str().as_bytes());
            let beginning =
                kind.as_str().starts_with(wanted.as_str()) || wanted.as_str().starts_with(kind.as_str());
            (distance <= near(&kind) || beginning).then_some((distance, kind))
        })
        .collect();
    found.sort();
    found.into_iter().take(SUGGESTIONS_MAX).map(|(_, kind)| kind.clone()).collect()
}

/// Levenshtein's: how many letters to add, drop or change.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_kind_finds_its_neighbours_best_first() {
        let deployed = ["flights.delays", "flights.delay", "mail.send"].map(Kind::trusted);
        let near = nearest(&Kind::trusted("flights.dleays"), deployed.iter());
        assert_eq!(near, [Kind::trusted("flights.delays"), Kind::trusted("flights.delay")]);
        assert!(nearest(&Kind::trusted("invoice.print"), deployed.iter()).is_empty());
    }

    #[test]
    fn the_distance_counts_letters() {
        assert_eq!(distance(b"kitten", b"sitting"), 3);
        assert_eq!(distance(b"", b"abc"), 3);
        assert_eq!(distance(b"same", b"same"), 0);
    }
}
