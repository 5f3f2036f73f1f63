//! Names: which are allowed, and which one was probably meant.

use std::cmp::Reverse;

/// Whether `name` may name a kind, a queue, a grant: 1 to 64 of `a-z 0-9 . _ -`.
pub(crate) fn is_name(name: &str) -> bool {
    let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}

/// The nearest of `known`, if it is near enough to be a slip.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let edits = |other: &str| strsim::damerau_levenshtein(name, other);
    // Slips leave the beginning as it was: of two keys as far away, the one that begins alike.
    let shared = |other: &str| name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let best = known.iter().copied().min_by_key(|other| (edits(other), Reverse(shared(other))))?;
    let is_near = edits(best) * 2 < best.len().max(name.len());
    (is_near || best.starts_with(name) || name.starts_with(best)).then_some(best)
}

/// `a`, `b` or `c`, in backticks.
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
