//! Exits with the code that its argument says.

fn main() {
    let code = std::env::args().nth(1).and_then(|code| code.parse().ok());
    eprintln!("exiting with {code:?}");
    std::process::exit(code.unwrap_or(99));
}
