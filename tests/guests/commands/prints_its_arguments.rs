//! Prints what it sees of the host: its arguments, its environment, its folders.

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let environment: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
    let seen = |path: &str| match std::fs::read_dir(path) {
        Ok(entries) => entries.count() as i64,
        Err(_) => -1,
    };
    let folders: Vec<i64> = ["/", ".", "/etc", "/proc", "/home"].into_iter().map(seen).collect();
    println!("{{\"arguments\":{arguments:?},\"environment\":{environment:?},\"folders\":{folders:?}}}");
}
