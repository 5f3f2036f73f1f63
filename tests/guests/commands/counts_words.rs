//! Words of its standard input, to its standard output: knows nothing of Cofferdam.

use std::io::Read;

fn main() -> std::io::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    println!("{}", text.split_whitespace().count());
    Ok(())
}
