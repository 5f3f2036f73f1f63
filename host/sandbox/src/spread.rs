//! What the effects of an attempt add up to, durable or not: the store holds all of it, and
//! every name that a guest makes up is one more thing that others look through.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::limits::Limits;

/// Of one attempt. Names are counted by their hashes, with a key that no guest knows.
#[derive(Default)]
pub(crate) struct Spread {
    key: RandomState,
    parts: HashSet<u64>,
    parts_bytes: u64,
    lines: HashSet<u64>,
    children: u32,
    children_bytes: u64,
}

impl Spread {
    /// Counts a chunk, if there is room for it.
    pub(crate) fn append(&mut self, part: &str, bytes: u64, limits: &Limits) -> bool {
        let name = self.key.hash_one(part);
        let is_known = self.parts.contains(&name);
        let fits = (is_known || self.parts.len() < limits.parts as usize)
            && self.parts_bytes + bytes <= limits.parts_bytes;
        if fits {
            self.parts.insert(name);
            self.parts_bytes += bytes;
        }
        fits
    }

    /// Counts a child, if there is room for it.
    pub(crate) fn child(&mut self, kind: &str, queue: Option<&str>, bytes: u64, limits: &Limits) -> bool {
        let line = self.key.hash_one((kind, queue));
        let is_known = self.lines.contains(&line);
        let fits = (is_known || self.lines.len() < limits.child_lines as usize)
            && self.children < limits.children
            && self.children_bytes + bytes <= limits.children_bytes;
        if fits {
            self.lines.insert(line);
            self.children += 1;
            self.children_bytes += bytes;
        }
        fits
    }
}
