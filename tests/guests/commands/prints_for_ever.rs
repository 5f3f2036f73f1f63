//! Writes to its standard output without end.

use std::io::Write;

fn main() {
    let line = [b'y'; 4096];
    let mut stdout = std::io::stdout();
    while stdout.write_all(&line).is_ok() {}
}
