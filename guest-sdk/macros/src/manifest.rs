//! The manifest: which keys there are, what they may be, and the canonical JSON.
//!
//! `KEYS` is the one list of them; its order is the order in the JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use proc_macro2::Span;
use syn::{Error, LitStr};

use crate::arguments::{Argument, Arguments, Value};
use crate::names::{is_name, listed, nearest};
use crate::units::{self, Measure};

/// The ABI that this version of the SDK speaks; the major version of the import module.
const ABI: u64 = 1;
const PAGE_BYTES: u64 = 64 << 10;
const ADDRESSABLE_BYTES: u64 = 4 << 30;

/// What a key takes.
#[derive(Clone, Copy)]
enum Form {
    Name,
    Amount(Measure),
    Ladder,
    /// A whole number from this one.
    Count(u64),
    OneOf(&'static [&'static str]),
    Grants,
}

/// The author's key, the manifest's key, and what it takes.
const KEYS: &[(&str, &str, Form)] = &[
    ("kind", "kind", Form::Name),
    ("queue", "queue", Form::Name),
    ("memory", "memory_bytes", Form::Amount(Measure::Size)),
    ("memory_ladder", "memory_ladder_bytes", Form::Ladder),
    ("fuel", "fuel", Form::Amount(Measure::Fuel)),
    ("fuel_total", "fuel_total", Form::Amount(Measure::Fuel)),
    ("timeout", "timeout_ms", Form::Amount(Measure::Duration)),
    ("timeout_total", "timeout_total_ms", Form::Amount(Measure::Duration)),
    ("retries", "retries", Form::Count(0)),
    ("on_memory_limit", "on_memory_limit", Form::OneOf(&["trap", "deny"])),
    ("drain", "drain", Form::OneOf(&["interrupt", "finish"])),
    ("checkpoint_version", "checkpoint_version", Form::Count(1)),
    ("host_allowance", "host_allowance_bytes", Form::Amount(Measure::Size)),
    ("grants", "grants", Form::Grants),
];

/// A value that is right by itself.
enum Checked {
    Text(String),
    Number(u64),
    Ladder(Vec<(u64, Span)>),
    Grants { read: Vec<String>, write: Vec<String> },
}

type Values = BTreeMap<&'static str, (Checked, Span)>;

/// Checks the arguments and writes the manifest; every mistake is reported at once.
/// `job` is the place to blame for what is not there at all.
pub(crate) fn json(job: Span, arguments: &Arguments) -> Result<String, Error> {
    let mut mistakes = Mistakes(None);
    let mut values = Values::new();
    for argument in &arguments.0 {
        let known = mistakes.none_if(known(argument));
        let Some((key, form)) = known else { continue };
        if values.contains_key(key) {
            mistakes.add(Error::new(argument.key.span(), format!("`{key}` is given twice")));
        } else if let Some(value) = mistakes.none_if(checked(key, form, &argument.value)) {
            values.insert(key, (value, argument.value.span()));
        }
    }
    if !arguments.0.iter().any(|argument| argument.key == "kind") {
        mistakes.add(Error::new(
            job,
            "a job needs a `kind`, the name under which it is pushed: `#[job(kind = \"reports.daily\")]`",
        ));
    }
    ladder_ascends(&values, &mut mistakes);
    for key in ["fuel", "timeout"] {
        total_holds_one_attempt(key, &values, &mut mistakes);
    }
    match mistakes.0 {
        Some(error) => Err(error),
        None => Ok(written(&values)),
    }
}

struct Mistakes(Option<Error>);

impl Mistakes {
    fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    fn none_if<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }
}

fn known(argument: &Argument) -> Result<(&'static str, Form), Error> {
    let name = argument.key.to_string();
    if let Some((key, _, form)) = KEYS.iter().find(|(key, _, _)| *key == name) {
        return Ok((key, *form));
    }
    let keys: Vec<&str> = KEYS.iter().map(|(key, _, _)| *key).collect();
    let hint = match nearest(&name, &keys) {
        Some(key) => format!("did you mean `{key}`?"),
        None => format!("known are {}", listed(&keys)),
    };
    Err(Error::new(argument.key.span(), format!("unknown key `{name}`: {hint}")))
}

fn checked(key: &str, form: Form, value: &Value) -> Result<Checked, Error> {
    let wrong = |wanted: &str| Err(Error::new(value.span(), format!("`{key}` takes {wanted}")));
    match (form, value) {
        (Form::Name, Value::Text(text)) => named(key, text).map(Checked::Text),
        (Form::Name, _) => wrong("a name, as text: `\"reports.daily\"`"),
        (Form::Amount(measure), Value::Text(text)) => amount(key, measure, text).map(Checked::Number),
        (Form::Amount(Measure::Fuel), Value::Number(number, _)) if *number > 0 => {
            Ok(Checked::Number(*number))
        }
        (Form::Amount(measure), Value::Number(..)) => {
            wrong(&format!("{}, with its unit and as text", measure.wanted()))
        }
        (Form::Amount(measure), _) => wrong(&measure.wanted()),
        (Form::Ladder, Value::List(steps, _)) => steps
            .iter()
            .map(|step| Ok((amount(key, Measure::Size, step)?, step.span())))
            .collect::<Result<_, _>>()
            .map(Checked::Ladder),
        (Form::Ladder, Value::Text(step)) => {
            Ok(Checked::Ladder(vec![(amount(key, Measure::Size, step)?, step.span())]))
        }
        (Form::Ladder, _) => wrong("a list of sizes: `[\"64MiB\", \"256MiB\"]`"),
        (Form::Count(least), Value::Number(number, _))
            if *number >= least && u32::try_from(*number).is_ok() =>
        {
            Ok(Checked::Number(*number))
        }
        (Form::Count(least), _) => {
            wrong(&format!("a whole number from {least} to {}: `{key} = 5`", u32::MAX))
        }
        (Form::OneOf(choices), Value::Text(text)) if choices.contains(&text.value().as_str()) => {
            Ok(Checked::Text(text.value()))
        }
        (Form::OneOf(choices), _) => {
            let quoted: Vec<String> = choices.iter().map(|choice| format!("`\"{choice}\"`")).collect();
            wrong(&quoted.join(" or "))
        }
        (Form::Grants, Value::Nested(arguments, _)) => grants(arguments),
        (Form::Grants, _) => wrong("what is read and written, by name: `grants(read = \"flights\")`"),
    }
}

fn named(key: &str, text: &LitStr) -> Result<String, Error> {
    let name = text.value();
    if is_name(&name) {
        return Ok(name);
    }
    let rule = "1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`";
    Err(Error::new(text.span(), format!("`\"{name}\"` cannot be a name for `{key}`: {rule}")))
}

fn amount(key: &str, measure: Measure, text: &LitStr) -> Result<u64, Error> {
    let fault = |says: String| Err(Error::new(text.span(), format!("`{key}`: {says}")));
    match units::parse(measure, &text.value()) {
        Ok(bytes) if key.starts_with("memory") && bytes < PAGE_BYTES => {
            fault(format!("`{}` is less than one page of WebAssembly memory, which is 64KiB", text.value()))
        }
        Ok(bytes) if key.starts_with("memory") && bytes > ADDRESSABLE_BYTES => {
            fault(format!("`{}` is more than a 32-bit module can address, which is 4GiB", text.value()))
        }
        Ok(number) => Ok(number),
        Err(says) => fault(says),
    }
}

fn grants(arguments: &[Argument]) -> Result<Checked, Error> {
    let (mut read, mut write) = (Vec::new(), Vec::new());
    for argument in arguments {
        let names = match (argument.key.to_string().as_str(), &argument.value) {
            ("read" | "write", Value::Text(name)) => vec![name.clone()],
            ("read" | "write", Value::List(names, _)) => names.clone(),
            (key @ ("read" | "write"), other) => {
                let wanted = format!(
                    "`{key}` takes a grant's name or a list of them: `{key} = [\"flights\", \"airports\"]`"
                );
                return Err(Error::new(other.span(), wanted));
            }
            (key, _) => {
                return Err(Error::new(
                    argument.key.span(),
                    format!("unknown key `{key}`: a grant is `read` or `write`"),
                ));
            }
        };
        let granted = if argument.key == "read" { &mut read } else { &mut write };
        for name in names {
            let text = named("grants", &name)?;
            if granted.contains(&text) {
                return Err(Error::new(name.span(), format!("the grant `{text}` is named twice")));
            }
            granted.push(text);
        }
    }
    Ok(Checked::Grants { read, write })
}

fn ladder_ascends(values: &Values, mistakes: &mut Mistakes) {
    let Some((Checked::Ladder(steps), _)) = values.get("memory_ladder") else { return };
    let (mut below, mut whose) = match values.get("memory") {
        Some((Checked::Number(bytes), _)) => (*bytes, "`memory`"),
        _ => (128 << 20, "`memory`, which is 128MiB by default"),
    };
    for (step, span) in steps {
        if *step <= below {
            let says = format!("`memory_ladder` climbs: this step must be larger than {whose}");
            mistakes.add(Error::new(*span, says));
        }
        (below, whose) = (*step, "the step before it");
    }
}

fn total_holds_one_attempt(key: &'static str, values: &Values, mistakes: &mut Mistakes) {
    let total_key = if key == "fuel" { "fuel_total" } else { "timeout_total" };
    if let (Some((Checked::Number(one), _)), Some((Checked::Number(total), span))) =
        (values.get(key), values.get(total_key))
        && total < one
    {
        let says = format!(
            "`{total_key}` bounds all attempts together: it must not be less than `{key}`, which is for one"
        );
        mistakes.add(Error::new(*span, says));
    }
}

fn written(values: &Values) -> String {
    let mut json = format!("{{\"abi\":{ABI}");
    for (key, manifest_key, _) in KEYS {
        let Some((value, _)) = values.get(key) else { continue };
        // Names hold nothing that JSON would escape. Writing to a string does not fail.
        let _written = write!(json, ",\"{manifest_key}\":");
        match value {
            Checked::Text(text) => json.push_str(&quoted(std::slice::from_ref(text))),
            Checked::Number(number) => json.push_str(&number.to_string()),
            Checked::Ladder(steps) => {
                let steps: Vec<String> = steps.iter().map(|(bytes, _)| bytes.to_string()).collect();
                let _written = write!(json, "[{}]", steps.join(","));
            }
            Checked::Grants { read, write } => {
                let _written = write!(json, "{{\"read\":[{}],\"write\":[{}]}}", quoted(read), quoted(write));
            }
        }
    }
    let _written = write!(json, ",\"sdk\":\"rust {}\"}}", env!("CARGO_PKG_VERSION"));
    json
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",")
}
