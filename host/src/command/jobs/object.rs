//! A job as one JSON object: where it stands, the report of its last ended attempt, and
//! `attempts` with every report. What `jobs show`, `jobs wait` and `push --wait` print.

use cofferdam_queue::{AttemptView, JobView};
use serde_json::{Map, Value, json};

use crate::bridge::output_value;
use crate::failure::Failure;
use crate::when;

/// The times of a job.
const TIMES: [&str; 5] = ["enqueued_at", "at", "started_at", "finished_at", "checkpoint_at"];

/// In a stored report: the output is a command's text, even where it reads as JSON.
const IS_TEXT: &str = "output_is_text";

/// The object.
pub fn of(view: &JobView, attempts: &[AttemptView]) -> Result<Value, Failure> {
    let mut object = attempts.last().map(|last| report(&last.report)).unwrap_or_default();
    object.remove(IS_TEXT);
    object.extend(keys(view)?);
    times(&mut object, &TIMES);
    object.insert("not_resumable".to_owned(), view.counters.not_resumable().into());
    object.insert("input".to_owned(), value(&view.input));
    object.insert("output".to_owned(), result(view, attempts));
    object.insert("attempts".to_owned(), attempts.iter().map(attempt).collect());
    Ok(Value::Object(object))
}

/// The result of a job, null while there is none.
pub fn result(view: &JobView, attempts: &[AttemptView]) -> Value {
    view.output.as_ref().map_or(Value::Null, |output| output_value(output, is_text(attempts)))
}

/// Whether the result is a command's text, to be taken as it stands.
pub fn is_text(attempts: &[AttemptView]) -> bool {
    let last = attempts.last().map(|last| report(&last.report)).unwrap_or_default();
    last.get(IS_TEXT) == Some(&Value::Bool(true))
}

/// The keys of something that serializes to an object.
pub fn keys<T: serde::Serialize>(of: &T) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(of) {
        Ok(Value::Object(keys)) => Ok(keys),
        Ok(_) => Err(Failure::new("cannot show the result as JSON: it is no object")),
        Err(error) => Err(Failure::new(format!("cannot show the result as JSON: {error}"))),
    }
}

/// These keys, which hold milliseconds, as RFC 3339.
pub fn times(object: &mut Map<String, Value>, keys: &[&str]) {
    for key in keys {
        if let Some(at) = object.get_mut(*key)
            && let Some(ms) = at.as_u64()
        {
            *at = when::rfc3339(cofferdam_queue::Timestamp(ms)).into();
        }
    }
}

fn attempt(view: &AttemptView) -> Value {
    let mut object = report(&view.report);
    object.remove(IS_TEXT);
    object.insert("attempt".to_owned(), view.attempt.into());
    object.insert("outcome".to_owned(), json!(view.outcome));
    object.insert("ended_at".to_owned(), when::rfc3339(view.ended_at).into());
    Value::Object(object)
}

/// A report's keys; none when the worker was lost before it wrote one.
fn report(bytes: &[u8]) -> Map<String, Value> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(keys)) => keys,
        _ => Map::new(),
    }
}

/// As JSON when it is, else as text.
pub fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
}
