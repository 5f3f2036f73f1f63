//! The habits of this code base, held by tests that read the tree.
//!
//! Deliberately absent: what rustfmt and clippy hold already, and anything that needs
//! the product to be built. What the documents say of the command line is compared
//! with the binary in `end_to_end`.

mod corpus;
mod documents;
mod habits;
mod imports;
mod panics;
mod threats;
mod tree;
mod waits;
mod words;

use tree::Tree;

/// Fails with every violation, one a line.
#[track_caller]
fn none(rule: &str, violations: Vec<String>) {
    assert!(violations.is_empty(), "{rule}\n  {}\n", violations.join("\n  "));
}
