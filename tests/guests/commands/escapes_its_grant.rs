//! Tries every way out of its grant that it can think of, and says which worked.

use std::fs;

fn main() {
    let tries = [
        ("parent", fs::read_to_string("/docs/../secret.txt").is_ok()),
        ("absolute", fs::read_to_string("/etc/passwd").is_ok()),
        ("link to a file", fs::read_to_string("/docs/link-to-secret").is_ok()),
        ("link to a folder", fs::read_to_string("/docs/link-to-parent/secret.txt").is_ok()),
        ("absolute link", fs::read_to_string("/docs/link-to-etc/passwd").is_ok()),
        ("write", fs::write("/docs/new.txt", "x").is_ok()),
        ("remove", fs::remove_file("/docs/kept.txt").is_ok()),
        ("rename", fs::rename("/docs/kept.txt", "/docs/moved.txt").is_ok()),
        ("truncate", fs::OpenOptions::new().write(true).truncate(true).open("/docs/kept.txt").is_ok()),
        ("folder", fs::create_dir("/docs/folder").is_ok()),
    ];
    let worked: Vec<&str> = tries.iter().filter(|(_, worked)| *worked).map(|(name, _)| *name).collect();
    println!("{}", worked.join(","));
}
