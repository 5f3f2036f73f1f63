//! The commands, one file each: its flags as `Args`, and what it does as `run`.

pub mod awaited;
pub mod bench;
pub mod check;
pub mod completions;
pub mod dead;
pub mod declared;
pub mod deploy;
pub mod doctor;
pub mod inspect;
pub mod jobs;
pub mod modules;
pub mod payload;
pub mod push;
pub mod queues;
pub mod run;
pub mod work;
pub mod workers;

/// The words of an example, as a shell would split them: single quotes, redirection.
#[cfg(test)]
pub fn words_of(line: &str) -> Vec<String> {
    let line = line.split(" > ").next().unwrap_or(line);
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words
}
