//! `cofferdam.toml`: every mistake in it is found at once, with its line.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::exposed::exposed;
use super::mistake::nearest;
use super::value::Value;
use super::{Config, KEYS, Mistake, grants};
use crate::bounded_file;
use crate::failure::Failure;

/// No configuration that people wrote is as long.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The text of a file, and where it is.
pub struct ConfigFile {
    path: PathBuf,
    text: String,
}

/// Reads the file.
pub fn read(path: &Path) -> Result<ConfigFile, Failure> {
    let whole = bounded_file::read(path, FILE_BYTES_MAX).map_err(|error| cannot(path, &error))?;
    of(path, whole)
}

/// The same of what is in the file.
pub fn of(path: &Path, whole: Vec<u8>) -> Result<ConfigFile, Failure> {
    let text = String::from_utf8(whole).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        cannot(path, &format!("line {line} is not UTF-8"))
    })?;
    Ok(ConfigFile { path: path.to_owned(), text })
}

fn cannot(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("cannot read the configuration `{}`: {why}", path.display()))
}

impl ConfigFile {
    /// Lays the file over `config`; returns what is wrong with it, in the order of its lines.
    pub fn apply(&self, config: &mut Config) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        match DeTable::parse(&self.text) {
            Ok(table) => self.sections(table.get_ref(), config, &mut mistakes),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                mistakes.push(self.mistake(at, error.message().to_owned()));
            }
        }
        for (grant, why) in exposed(config, Some(&self.path)) {
            mistakes.push(self.mistake(self.text.find(&format!("[grants.{grant}]")).unwrap_or(0), why));
        }
        mistakes.sort_by_key(|mistake| mistake.line);
        config.grants.sort_by(|one, other| one.name.cmp(&other.name));
        mistakes
    }

    fn sections(&self, file: &DeTable<'_>, config: &mut Config, mistakes: &mut Vec<Mistake>) {
        for (section, value) in file.iter() {
            let name = section.get_ref().as_ref();
            let at = section.span().start;
            let known = sections();
            if !known.contains(&name) {
                let meant = nearest(name, known.iter().copied());
                mistakes.push(self.mistake(at, unknown("section", &format!("[{name}]"), meant)));
                continue;
            }
            match value.get_ref() {
                DeValue::Table(table) if name == "grants" => self.grants(table, config, mistakes),
                DeValue::Table(table) => self.section(name, table, config, mistakes),
                _ => mistakes.push(self.mistake(at, format!("`{name}` is a section: write `[{name}]`"))),
            }
        }
    }

    fn section(&self, section: &str, table: &DeTable<'_>, config: &mut Config, mistakes: &mut Vec<Mistake>) {
        for (key, value) in table.iter() {
            let path = format!("{section}.{}", key.get_ref());
            let at = key.span().start;
            let Some(known) = KEYS.iter().find(|key| key.path == path) else {
                let meant = nearest(&path, KEYS.iter().map(|key| key.path));
                mistakes.push(self.mistake(at, unknown("key", &path, meant)));
                continue;
            };
            if let Err(why) = (known.set)(config, &Value::toml(value.get_ref(), self.base())) {
                mistakes.push(self.mistake(value.span().start, format!("`{path}`: {why}")));
            }
        }
    }

    fn grants(&self, table: &DeTable<'_>, config: &mut Config, mistakes: &mut Vec<Mistake>) {
        for (name, value) in table.iter() {
            let at = name.span().start;
            let read = match as_table(value) {
                Some(table) => grants::read(name.get_ref(), table, self.base()),
                None => {
                    Err((None, format!("`grants.{0}` is a section: write `[grants.{0}]`", name.get_ref())))
                }
            };
            match read {
                Ok(grant) => config.grants.push(grant),
                Err((exactly, why)) => mistakes.push(self.mistake(exactly.unwrap_or(at), why)),
            }
        }
        for (inner, why) in grants::inside_another(&config.grants) {
            let named = table.iter().find(|(name, _)| name.get_ref().as_ref() == inner);
            mistakes.push(self.mistake(named.map_or(0, |(name, _)| name.span().start), why));
        }
    }

    fn base(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn mistake(&self, at: usize, what: String) -> Mistake {
        let before = self.text.get(..at).unwrap_or(&self.text);
        Mistake { file: self.path.clone(), line: 1 + before.matches('\n').count(), what }
    }
}

fn as_table<'v, 'i>(value: &'v Spanned<DeValue<'i>>) -> Option<&'v DeTable<'i>> {
    value.get_ref().as_table()
}

fn unknown(what: &str, name: &str, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("unknown {what} `{name}`; did you mean `{meant}`?"),
        None => format!("unknown {what} `{name}`"),
    }
}

fn sections() -> Vec<&'static str> {
    let mut sections: Vec<_> = KEYS.iter().filter_map(|key| key.path.split('.').next()).collect();
    sections.push("grants");
    sections.dedup();
    sections
}
