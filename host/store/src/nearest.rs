//! Which deployed kinds a misspelt one may have meant.

use cofferdam_queue::Kind;

/// The most suggestions given.
const SUGGESTIONS_MAX: usize = 3;

/// The kinds most like `wanted`, best first; only those close enough to be meant.
pub(crate) fn nearest<'a>(wanted: &Kind, deployed: impl Iterator<Item = &'a Kind>) -> Vec<Kind> {
    let mut found: Vec<(usize, &Kind)> =
        deployed.filter_map(|kind| Some((strangeness(wanted.as_str(), kind.as_str())?, kind))).collect();
    found.sort();
    found.into_iter().take(SUGGESTIONS_MAX).map(|(_, kind)| kind.clone()).collect()
}

/// How little `kind` looks like `wanted`, as a whole or but for the words before a dot that
/// people leave out; `None` if too little.
fn strangeness(wanted: &str, kind: &str) -> Option<usize> {
    let tails = kind.match_indices('.').map(|(dot, _)| &kind[dot + 1..]);
    let alike = std::iter::once(kind).chain(tails).filter_map(|tail| {
        let letters = strsim::osa_distance(wanted, tail);
        let near = wanted.len().max(tail.len()).div_ceil(3);
        (letters <= near).then_some(letters)
    });
    let begins = kind.starts_with(wanted) || wanted.starts_with(kind);
    alike.min().or_else(|| begins.then(|| wanted.len().abs_diff(kind.len())))
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
    fn the_words_before_a_dot_may_be_left_out() {
        let deployed = ["demo.hello", "mail.send", "wc"].map(Kind::trusted);
        assert_eq!(nearest(&Kind::trusted("helo"), deployed.iter()), [Kind::trusted("demo.hello")]);
        assert_eq!(nearest(&Kind::trusted("wcc"), deployed.iter()), [Kind::trusted("wc")]);
    }
}
