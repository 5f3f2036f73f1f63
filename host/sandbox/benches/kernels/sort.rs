//! Sorts numbers and strings: comparisons, moves, branches.

fn main() {
    let mut state = 88_172_645_463_325_252u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut numbers: Vec<u64> = (0..400_000).map(|_| next()).collect();
    let mut words: Vec<String> = (0..60_000).map(|_| format!("{:016x}", next())).collect();
    numbers.sort_unstable();
    words.sort();
    let checksum = numbers.iter().step_by(1000).fold(0u64, |sum, n| sum.rotate_left(5) ^ n);
    println!("{checksum:x} {}", words[words.len() / 2]);
}
