//! `[grants.NAME]`: directories that the operator opens to some kinds of jobs.
//!
//! A grant is given to a job only when the job asks for it by name and its kind is one
//! of the grant's. Which kinds must be said: nothing is open to all by accident.

use std::path::PathBuf;

use cofferdam_queue::{ModuleHash, PartName};
use cofferdam_sandbox::Quota;
use toml::de::DeTable;

use super::mistake::nearest;
use super::value::Value;

/// What a job may do in a granted directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// One directory, seen by a guest as `/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedDir {
    pub name: String,
    pub access: Access,
    pub dir: PathBuf,
    /// Kinds; `*` stands for any run of characters.
    pub kinds: Vec<String>,
    /// The only modules that get it; none: all modules of these kinds. Who may write to the store
    /// can deploy a module of any kind, and cannot make one of these hashes.
    pub modules: Vec<ModuleHash>,
    /// What one attempt may add to it.
    pub quota: Quota,
}

/// The keys of such a table, with what they take, what holds without them, and what they are for.
pub const KEYS: &[(&str, &str, Option<&str>, &str)] = &[
    ("read", "DIRECTORY", None, "a directory that jobs may read, as `/NAME`"),
    ("write", "DIRECTORY", None, "a directory that jobs may read and write, as `/NAME`"),
    ("kinds", "NAMES", None, "the kinds that may ask for it; `*` stands for any characters"),
    ("modules", "HASHES", None, "the only modules of these kinds that get it, as `deploy` prints them"),
    ("quota", "SIZE", Some("1GiB"), "with `write`: by how much one attempt may make files grow"),
    (
        "files",
        "NUMBER",
        Some("10000"),
        "with `write`: how many files, directories and links one attempt may make",
    ),
];

impl GrantedDir {
    /// Whether a job of this kind may have it.
    pub fn is_for(&self, kind: &str) -> bool {
        self.kinds.iter().any(|pattern| matches(pattern, kind))
    }
}

/// Reads one `[grants.NAME]`; a mistake names the byte it is at, if that is not the
/// table's own.
pub fn read(
    name: &str,
    table: &DeTable<'_>,
    base: &std::path::Path,
) -> Result<GrantedDir, (Option<usize>, String)> {
    grant_name(name).map_err(|why| (None, why))?;
    let (mut dir, mut kinds, mut modules, mut quota) = (None, None, Vec::new(), Quota::default());
    for (key, value) in table.iter() {
        let at = Some(key.span().start);
        let given = Value::toml(value.get_ref(), base);
        match key.get_ref().as_ref() {
            word @ ("read" | "write") => {
                let access = if word == "read" { Access::Read } else { Access::Write };
                if dir.is_some() {
                    return Err((
                        at,
                        format!("`grants.{name}` has both `read` and `write`: `write` includes reading"),
                    ));
                }
                let path = given.as_path().map_err(|why| (at, format!("`grants.{name}.{word}`: {why}")))?;
                dir = Some((access, path));
            }
            "kinds" => {
                kinds = Some(given.as_names().map_err(|why| (at, format!("`grants.{name}.kinds`: {why}")))?);
            }
            "modules" => {
                let read = given.as_names().and_then(|names| names.iter().map(|name| name.parse()).collect());
                modules = read.map_err(|why| (at, format!("`grants.{name}.modules`: {why}")))?;
            }
            "quota" => {
                quota.bytes =
                    given.as_bytes().map_err(|why| (at, format!("`grants.{name}.quota`: {why}")))?;
            }
            "files" => {
                quota.files = given
                    .as_count_to(u32::MAX)
                    .map_err(|why| (at, format!("`grants.{name}.files`: {why}")))?;
            }
            other => {
                let meant = nearest(other, KEYS.iter().map(|(key, ..)| *key));
                let meant = meant.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default();
                return Err((at, format!("unknown key `grants.{name}.{other}`{meant}")));
            }
        }
    }
    let Some((access, dir)) = dir else {
        return Err((
            None,
            format!("`grants.{name}` names no directory: add `read = \"/dir\"` or `write = \"/dir\"`"),
        ));
    };
    if access == Access::Read
        && let Some((key, _)) =
            table.iter().find(|(key, _)| matches!(key.get_ref().as_ref(), "quota" | "files"))
    {
        let why =
            format!("`grants.{name}.{}` is for what jobs may write: this one is only read", key.get_ref());
        return Err((Some(key.span().start), why));
    }
    let Some(kinds) = kinds.filter(|kinds| !kinds.is_empty()) else {
        let why =
            format!("`grants.{name}` is for no kind: add `kinds = [\"reports.*\"]`, or `[\"*\"]` for all");
        return Err((None, why));
    };
    Ok(GrantedDir { name: name.to_owned(), access, dir, kinds, modules, quota })
}

/// The grants whose directory is inside of another one that jobs may write to, each with what is wrong
/// with it: who may write there can put a link in the place of the directory, and the grant would then
/// be whatever the link leads to. Compared as they are written, too: the link may be there already.
pub fn inside_another(grants: &[GrantedDir]) -> Vec<(&str, String)> {
    let real = |dir: &PathBuf| dir.canonicalize().unwrap_or_else(|_| dir.clone());
    let dirs: Vec<PathBuf> = grants.iter().map(|grant| real(&grant.dir)).collect();
    let is_below = |inner: &PathBuf, outer: &PathBuf| inner != outer && inner.starts_with(outer);
    let mut found = Vec::new();
    for (inner, inner_dir) in grants.iter().zip(&dirs) {
        let outer = grants.iter().zip(&dirs).find(|(outer, outer_dir)| {
            outer.access == Access::Write
                && (is_below(inner_dir, outer_dir) || is_below(&inner.dir, &outer.dir))
        });
        let Some((outer, _)) = outer else { continue };
        found.push((
            inner.name.as_str(),
            format!(
                "`grants.{}` is inside of `grants.{}`, which jobs may write to: they could replace it by a link to \
                 anything; use directories beside each other",
                inner.name, outer.name
            ),
        ));
    }
    found
}

/// A grant becomes a directory of the guest: its name is checked like a part's, and is
/// not one of the two that lead elsewhere.
pub fn grant_name(name: &str) -> Result<(), String> {
    if matches!(name, "." | "..") || name.parse::<PartName>().is_err() {
        let name: String = name.chars().take(80).flat_map(char::escape_default).collect();
        return Err(format!("`{name}` is not a name for a grant: use 1 to 64 of a-z, 0-9, `.`, `_` and `-`"));
    }
    Ok(())
}

/// Whether `kind` is what `pattern` describes. `*` stands for any run of characters.
fn matches(pattern: &str, kind: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == kind };
    let Some(mut kind) = kind.strip_prefix(head) else { return false };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return kind.ends_with(piece);
        }
        match kind.find(piece) {
            Some(at) => kind = &kind[at + piece.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters_and_nothing_else_is_special() {
        for (pattern, kind, expected) in [
            ("*", "flights.delays", true),
            ("flights.*", "flights.delays", true),
            ("flights.*", "flights", false),
            ("*.delays", "flights.delays", true),
            ("f*ts.*s", "flights.delays", true),
            ("f*ts.*x", "flights.delays", false),
            ("flights.delays", "flights.delays", true),
            ("flights.?elays", "flights.delays", false),
            ("a*a", "a", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, kind), expected, "{pattern} {kind}");
        }
    }

    #[test]
    fn a_grant_that_would_lead_elsewhere_is_not_a_name() {
        for name in ["", ".", "..", "a/b", "/", "A", "a b"] {
            assert!(grant_name(name).is_err(), "{name}");
        }
        assert!(grant_name("flights.2026").is_ok());
    }
}
