//! Arguments that do not parse, told without what they would do to a terminal: an argument may
//! come from anywhere, and its control characters are not shown as they are.

use std::ffi::OsString;
use std::io::Write;

use clap::CommandFactory;
use clap::builder::Styles;

use crate::cli::Cli;
use crate::output::escaped_lines;

/// Says it on stderr (help and version: on stdout).
pub fn tell(error: &clap::Error, arguments: &[OsString]) {
    // Nobody is left to tell when this fails.
    let _ = match without_controls(error, arguments) {
        None => error.print(),
        Some(text) => std::io::stderr().write_all(text.as_bytes()),
    };
}

/// The text, when the arguments have control characters that it might repeat.
fn without_controls(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let is_plain = |argument: &OsString| {
        let text = argument.to_string_lossy();
        matches!(escaped_lines(&text), std::borrow::Cow::Borrowed(_))
    };
    if !error.use_stderr() || arguments.iter().all(is_plain) {
        return None;
    }
    // Without styles of its own, every control character that is left is of an argument.
    let unstyled = Cli::command().styles(Styles::plain()).try_get_matches_from(arguments).err();
    let text = unstyled.as_ref().unwrap_or(error).render().ansi().to_string();
    Some(escaped_lines(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(arguments: &[&str]) -> Option<String> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let error = Cli::command().try_get_matches_from(&arguments).unwrap_err();
        without_controls(&error, &arguments)
    }

    #[test]
    fn control_characters_of_arguments_are_written_out() {
        for arguments in [
            &["cofferdam", "jobs", "show", "x\u{1b}]0;owned\u{7}y"][..],
            &["cofferdam", "x\u{1b}]0;owned\u{7}y"],
            &["cofferdam", "run", "a.wasm", "--x\u{1b}]0;owned\u{7}y"],
            &["cofferdam", "run", "a.wasm", "--memory", "x\u{1b}]0;owned\u{7}y"],
            &["cofferdam", "push", "k", "--at", "x\u{1b}]0;owned\u{7}y"],
            &["cofferdam", "run", "a.wasm", "--read", "x\u{1b}]0;owned\u{7}y=/"],
        ] {
            let text = told(arguments).unwrap();
            assert!(text.starts_with("error: ") && text.contains("owned"), "{arguments:?}: {text:?}");
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{arguments:?}: {text:?}");
        }
    }

    #[test]
    fn other_arguments_are_told_in_colour() {
        assert_eq!(told(&["cofferdam", "jobs", "show", "a b"]), None);
        assert_eq!(told(&["cofferdam", "--help"]), None);
    }
}
