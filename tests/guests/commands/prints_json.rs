//! Prints a JSON object, or text that is none when it is given an argument.

fn main() {
    match std::env::args().nth(1) {
        None => println!("{{\"rows\": 3, \"names\": [\"a\", \"b\"]}}"),
        Some(text) => println!("{text}"),
    }
}
