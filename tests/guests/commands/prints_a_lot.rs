//! Prints far more than is kept, with a beginning and an end that can be told.

fn main() {
    println!("the beginning");
    for line in 0..200_000 {
        println!("line {line:060}");
    }
    println!("the end");
}
