//! Modules that are meant to hurt whoever reads, checks or compiles them.

use cofferdam_tests::module_bombs::BOMBS;
use cofferdam_tests::{Look, Site};

use crate::see;

/// What becomes of each; what is not here must be refused.
const RUN: &[(&str, &str)] = &[
    ("has_many_data_segments", "completed"),
    ("calls_far_too_often", "completed"),
    ("lies_about_its_names", "trapped"),
    ("has_huge_names", "trapped"),
    ("has_names_that_move_the_cursor", "trapped"),
    ("has_truncated_line_tables", "trapped"),
    ("has_endless_line_tables", "trapped"),
];

#[test]
fn every_module_bomb_is_refused_or_runs_and_never_for_long() {
    let mut wrong = Vec::new();
    for bomb in BOMBS {
        let seen = see(bomb.name, &["--timeout", "1s"]);
        let expected =
            RUN.iter().find(|(name, _)| *name == bomb.name).map_or("refused", |(_, outcome)| outcome);
        let (outcome, wall_ms) = (seen.report.text("outcome"), seen.report.number("wall_ms"));
        println!("{} ({}): {outcome} after {wall_ms} ms: {}", bomb.name, bomb.about, seen.report["message"]);
        if outcome != expected || wall_ms > 5_000 {
            wrong.push(format!("{}: {outcome} after {wall_ms} ms", bomb.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_that_move_the_cursor_are_written_out_in_the_backtrace() {
    let ended = Site::new().run_guest("has_names_that_move_the_cursor", &[]).expect_code(134);
    assert!(ended.json().texts("backtrace").join("\n").contains("marked"), "{ended}");
    let obeyed = ended.stdout.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
    assert_eq!(obeyed, None, "{ended}");
}

#[test]
fn names_of_megabytes_are_cut() {
    let seen = see("has_huge_names", &[]).ended("trapped", 134);
    let longest = seen.report.texts("backtrace").iter().map(|frame| frame.len()).max();
    assert!(longest.is_some_and(|bytes| bytes <= 600), "{longest:?} bytes");
}
