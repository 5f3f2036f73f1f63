//! Opens the same file again and again, and closes none.

use std::fs::File;

fn main() {
    let mut open = Vec::new();
    while let Ok(file) = File::open("/docs/kept.txt") {
        open.push(file);
        if open.len() > 100_000 {
            break;
        }
    }
    println!("{}", open.len());
}
