//! Counts words in a hash map: hashing, probing, allocation.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

fn main() {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut counts: HashMap<String, u32, BuildHasherDefault<DefaultHasher>> = HashMap::default();
    for _ in 0..600_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let word = format!("word-{}", (state >> 40) % 50_000);
        *counts.entry(word).or_default() += 1;
    }
    let most = counts.iter().max_by_key(|(word, count)| (**count, word.as_str()));
    println!("{} {most:?}", counts.len());
}
