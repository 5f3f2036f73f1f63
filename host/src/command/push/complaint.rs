//! What is wrong with a line of a bulk file that was not understood.

use serde_json::Value;

use super::bulk::KEYS;
use crate::config::nearest;

/// One sentence. Only for lines that are not jobs; slow.
pub fn about(line: &[u8]) -> String {
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => return not_json(&error),
    };
    let Value::Object(keys) = &value else {
        return format!("the line is {}; write an object: {{\"kind\": ...}}", noun(&value));
    };
    if let Some(key) = keys.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let meant = match nearest(key, KEYS) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("a line has `{}`", KEYS.join("`, `")),
        };
        return format!("unknown key `{key}`; {meant}");
    }
    for key in KEYS.into_iter().filter(|key| *key != "input") {
        match keys.get(key) {
            None | Some(Value::String(_)) => {}
            Some(Value::Null) if key != "kind" => {}
            Some(other) => return format!("`{key}` is {}; write it as text", noun(other)),
        }
    }
    if !keys.contains_key("kind") {
        return "there is no `kind`".to_owned();
    }
    // Only what a map of its keys does not show is left.
    "a key is written twice: `kind`, `input`, `id`, `queue`, `at` and `in` are each written once".to_owned()
}

/// Where JSON stops being JSON. `error` counts columns in bytes, from 1.
pub fn not_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let cause = text.rsplit_once(" at line ").map_or(text.as_str(), |(cause, _)| cause);
    format!("not JSON at column {}: {cause}", error.column())
}

fn noun(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
