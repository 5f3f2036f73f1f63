//! What the documents point at is there, and the README's first two commands are one
//! command each.

use crate::tree::root;
use crate::{Tree, none};

#[test]
fn the_first_two_commands_of_the_readme_run_the_demonstration_and_the_tests() {
    let blocks = blocks(&Tree::read().file("README.md").text, "sh");
    assert!(blocks.len() >= 2, "the README has {} `sh` blocks", blocks.len());
    assert_eq!(blocks[0], ["cargo xtask demo"]);
    assert_eq!(blocks[1], ["cargo xtask test"]);
    let ci = &Tree::read().file(".ci/run").text;
    assert!(
        ci.lines().any(|line| line.contains("cargo xtask test --all")),
        "`.ci/run` calls the second with --all"
    );
}

/// The lines of every fenced block of this language, without empty ones.
fn blocks(markdown: &str, language: &str) -> Vec<Vec<String>> {
    let mut blocks: Vec<Vec<String>> = Vec::new();
    let mut inside = false;
    for line in markdown.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            inside = !inside && fence == language;
            if inside {
                blocks.push(Vec::new());
            }
        } else if inside
            && !line.trim().is_empty()
            && let Some(block) = blocks.last_mut()
        {
            block.push(line.trim().to_owned());
        }
    }
    blocks
}

#[test]
fn every_exit_code_is_documented_and_every_documented_one_is_there() {
    let code = &Tree::read().file("host/src/exit.rs").text;
    let table =
        code.split("pub const TABLE").nth(1).and_then(|rest| rest.split("];").next()).expect("a table");
    let in_code: Vec<&str> =
        table.lines().filter_map(|line| Some(line.trim().strip_prefix('(')?.split_once(',')?.0)).collect();
    let page = &Tree::read().file("docs/OPERATING.md").text;
    let marked = page.split("<!-- exit codes -->").nth(1).and_then(|rest| rest.split("<!-- end -->").next());
    let rows = marked.expect("a marked table").lines().filter(|line| line.starts_with('|')).skip(2);
    let on_page: Vec<&str> =
        rows.filter_map(|row| Some(row.split('|').nth(1)?.trim().trim_matches('`'))).collect();
    assert!(in_code.len() > 8, "{in_code:?}");
    assert_eq!(on_page, in_code);
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut dead = Vec::new();
    for file in Tree::read().ending(".md") {
        let folder = root().join(&file.path);
        let folder = folder.parent().expect("a file lies in a folder");
        for link in links(&file.text) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { root().join(&file.path) } else { folder.join(path) };
            if !target.exists() {
                dead.push(format!("{}: `{link}`", file.path));
            } else if !anchor.is_empty() && !anchors(&target).contains(&anchor.to_owned()) {
                dead.push(format!("{}: `{link}` has no such heading", file.path));
            }
        }
    }
    none("dead links:", dead);
}

/// The targets of `[text](target)` that are no web addresses.
fn links(markdown: &str) -> impl Iterator<Item = &str> {
    markdown.split("](").skip(1).filter_map(|rest| {
        let (target, _) = rest.split_once(')')?;
        (!target.contains("://") && !target.starts_with("mailto:") && !target.contains(' ')).then_some(target)
    })
}

/// The headings of a document, as they are linked to.
fn anchors(path: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let words = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}
