//! Shipped code that can panic says beside it why it does not.

use crate::{Tree, none};

/// How far above an `unwrap` its reason may begin, in lines.
const REASON_WITHIN_LINES: usize = 4;

#[test]
fn every_unwrap_that_ships_has_its_reason_beside_it() {
    let mut bare = Vec::new();
    for file in Tree::read().sources().filter(|file| !file.is_test()) {
        let mut reason_at = None;
        for line in file.lines().take_while(|line| !line.in_test) {
            if line.whole.contains("Unwrap safety: ") {
                reason_at = Some(line.number);
            }
            let unwraps =
                [".unwrap()", ".expect(\"", ".unwrap_err()"].iter().any(|call| line.code.contains(call));
            if unwraps && reason_at.is_none_or(|at| line.number - at > REASON_WITHIN_LINES) {
                bare.push(format!("{}: {}", file.at(&line), line.code.trim()));
            }
        }
    }
    none("return an error, or say `// Unwrap safety: …` beside it:", bare);
}
