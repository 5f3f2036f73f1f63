//! One word for each idea, and none that says nothing.

use crate::{Tree, none};

/// Words that name nothing, as a part of a file's or a type's name.
const EMPTY: [&str; 13] = [
    "manager",
    "handler",
    "processor",
    "helper",
    "helpers",
    "util",
    "utils",
    "common",
    "misc",
    "data",
    "info",
    "stuff",
    "impl",
];

#[test]
fn file_names_say_something() {
    let named = Tree::read().sources().filter_map(|file| {
        let word =
            file.path.trim_end_matches(".rs").split(['/', '_', '-']).find(|word| EMPTY.contains(word))?;
        Some(format!("{}: `{word}`", file.path))
    });
    none("name the step or the state that the file is:", named.collect());
}

#[test]
fn type_names_say_something() {
    let mut named = Vec::new();
    for file in Tree::read().sources() {
        for line in file.lines() {
            if let Some(name) = declared_type(line.code)
                && let Some(word) = words(name).into_iter().find(|word| EMPTY.contains(&word.as_str()))
            {
                named.push(format!("{}: `{name}` has `{word}`", file.at(&line)));
            }
        }
    }
    none("name the thing:", named);
}

/// The name after `struct`, `enum`, `trait`, `union` or `type` at a line's beginning.
fn declared_type(code: &str) -> Option<&str> {
    let mut tokens = code.split_whitespace().filter(|token| !token.starts_with("pub"));
    let keyword = tokens.next()?;
    if !["struct", "enum", "trait", "union", "type"].contains(&keyword) {
        return None;
    }
    tokens.next()?.split(|c: char| !c.is_alphanumeric()).next()
}

/// `CamelCase` in its words, lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        if letter.is_uppercase() || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

#[test]
fn names_are_taken_apart_into_their_words() {
    assert_eq!(words("JobInfoView"), ["job", "info", "view"]);
    assert_eq!(declared_type("pub(crate) struct HostData<T> {"), Some("HostData"));
    assert_eq!(declared_type("type Result<T> = X;"), Some("Result"));
    assert_eq!(declared_type("let data = 1;"), None);
}
