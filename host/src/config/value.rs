//! One value of the configuration, wherever it was written, and how it is read.

use std::path::{Path, PathBuf};

use cofferdam_queue::{QueueName, QueueOrder, parse_bytes, parse_duration_ms, parse_fuel};
use toml::de::DeValue;

/// A value as written, and the directory that relative paths in it begin at.
pub struct Value<'a> {
    written: Written,
    base: Option<&'a Path>,
}

enum Written {
    Text(String),
    Number(i64),
    Names(Vec<String>),
    Switch(bool),
    Other(&'static str),
}

impl<'a> Value<'a> {
    /// From the environment or a flag.
    pub fn text(text: &str) -> Value<'static> {
        Value { written: Written::Text(text.to_owned()), base: None }
    }

    /// From a file in the directory `base`.
    pub fn toml(value: &DeValue<'_>, base: &'a Path) -> Value<'a> {
        let written = match value {
            DeValue::String(text) => Written::Text(text.to_string()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Written::Number(number),
                Err(_) => Written::Other("a number that is too large"),
            },
            DeValue::Array(items) => {
                let names: Option<Vec<_>> =
                    items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
                names.map_or(Written::Other("a list of other things than text"), Written::Names)
            }
            DeValue::Float(_) => Written::Other("a number with a fraction"),
            DeValue::Boolean(on) => Written::Switch(*on),
            DeValue::Datetime(_) => Written::Other("a date"),
            DeValue::Table(_) => Written::Other("a table"),
        };
        Value { written, base: Some(base) }
    }

    /// Any text.
    pub fn as_text(&self) -> Result<&str, String> {
        match &self.written {
            Written::Text(text) => Ok(text),
            other => Err(format!("{} where text belongs: write it in quotes", other.noun())),
        }
    }

    /// A path; a relative one begins at the file that names it.
    pub fn as_path(&self) -> Result<PathBuf, String> {
        let path = match self.as_text()? {
            "" => return Err("an empty text names no directory: write one, or leave it out".to_owned()),
            path => path,
        };
        Ok(self.base.map_or_else(|| PathBuf::from(path), |base| base.join(path)))
    }

    /// Where relative paths begin.
    pub fn base(&self) -> Option<&Path> {
        self.base
    }

    /// A size, from one byte on.
    pub fn as_bytes(&self) -> Result<u64, String> {
        parse_size(&self.quantity())
    }

    /// A duration, in milliseconds.
    pub fn as_duration_ms(&self) -> Result<u64, String> {
        parse_duration_ms(&self.quantity()).map_err(|error| error.to_string())
    }

    /// An amount of fuel.
    pub fn as_fuel(&self) -> Result<u64, String> {
        parse_fuel(&self.quantity()).map_err(|error| error.to_string())
    }

    /// A number from 1 on.
    pub fn as_count(&self) -> Result<u32, String> {
        self.as_count_to(u32::MAX)
    }

    /// A number from 1 to `most`.
    pub fn as_count_to(&self, most: u32) -> Result<u32, String> {
        let text = self.quantity();
        let count = text.parse().ok().filter(|count| (1..=most).contains(count));
        count.ok_or_else(|| format!("`{text}` is not a number from 1 to {most}"))
    }

    /// A list of text; from the environment, separated by commas.
    pub fn as_names(&self) -> Result<Vec<String>, String> {
        match &self.written {
            Written::Names(names) => Ok(names.clone()),
            Written::Text(text) => Ok(text.split(',').map(|name| name.trim().to_owned()).collect()),
            other => Err(format!("{} where a list of text belongs: write `[\"a\", \"b\"]`", other.noun())),
        }
    }

    /// One of `words`, by its place in them.
    pub fn as_one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, String> {
        let text = self.as_text()?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            format!("`{text}` is none of {}", words.join(", "))
        })
    }

    /// `true` or `false`, with or without quotes.
    pub fn as_switch(&self) -> Result<bool, String> {
        match &self.written {
            Written::Switch(on) => Ok(*on),
            Written::Text(text) if text == "true" => Ok(true),
            Written::Text(text) if text == "false" => Ok(false),
            Written::Text(text) => Err(format!("`{text}` is neither `true` nor `false`")),
            other => Err(format!("{} where `true` or `false` belongs", other.noun())),
        }
    }

    fn quantity(&self) -> String {
        match &self.written {
            Written::Text(text) => text.clone(),
            Written::Number(number) => number.to_string(),
            Written::Names(_) => "a list".to_owned(),
            Written::Switch(_) => "true or false".to_owned(),
            Written::Other(noun) => (*noun).to_owned(),
        }
    }
}

impl Written {
    fn noun(&self) -> &'static str {
        match self {
            Written::Text(_) => "text",
            Written::Number(_) => "a number",
            Written::Names(_) => "a list",
            Written::Switch(_) => "true or false",
            Written::Other(noun) => noun,
        }
    }
}

/// A size of one byte or more: a bound of none lets nothing through.
pub fn parse_size(text: &str) -> Result<u64, String> {
    match parse_bytes(text).map_err(|error| error.to_string())? {
        0 => Err(format!("`{text}` leaves room for nothing: write 1B or more")),
        bytes => Ok(bytes),
    }
}

/// `a,b` is strict in that order; any `=N` makes all weighted, 1 where nothing is said.
pub fn parse_queues(text: &str) -> Result<QueueOrder, String> {
    order_of(&text.split(',').map(str::trim).collect::<Vec<_>>())
}

pub fn order_of<S: AsRef<str>>(names: &[S]) -> Result<QueueOrder, String> {
    if names.is_empty() {
        return Err("an empty list names no queue: leave it out to serve all of them".to_owned());
    }
    let mut weights: Vec<(QueueName, Option<u32>)> = Vec::with_capacity(names.len());
    for name in names.iter().map(AsRef::as_ref) {
        let (name, weight) = match name.split_once('=') {
            None => (name, None),
            Some((name, weight)) => {
                let number = weight.parse().ok().filter(|weight| (1..=1_000_000).contains(weight));
                let error = || format!("`{weight}` is not a weight of queue `{name}`: use 1 to 1000000");
                (name, Some(number.ok_or_else(error)?))
            }
        };
        let name: QueueName = name.parse().map_err(|error| format!("{error}"))?;
        if weights.iter().any(|(other, _)| *other == name) {
            return Err(format!("queue `{name}` is named twice"));
        }
        weights.push((name, weight));
    }
    if weights.iter().any(|(_, weight)| weight.is_some()) {
        let weighted = weights.into_iter().map(|(name, weight)| (name, weight.unwrap_or(1)));
        return Ok(QueueOrder::Weighted(weighted.collect()));
    }
    Ok(QueueOrder::Strict(weights.into_iter().map(|(name, _)| name).collect()))
}
