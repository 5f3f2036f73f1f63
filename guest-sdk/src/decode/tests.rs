//! Errors of decoding name the field and the position.

use serde::Deserialize;

use super::{Subject, json};
use crate::error::Class;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    #[serde(rename = "rows")]
    _rows: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(rename = "carrier")]
    _carrier: String,
    #[serde(rename = "delay")]
    _delay: i64,
}

fn refused(text: &str) -> String {
    let error = json::<Input>(Subject::Input, text.as_bytes()).expect_err(text);
    assert_eq!(error.class(), Class::Kill, "wrong input is not retried");
    error.message().to_owned()
}

#[test]
fn a_wrong_type_names_the_path_of_the_field() {
    assert_eq!(
        refused(r#"{"rows": [{"carrier": "UA", "delay": 3}, {"carrier": "B\"6,", "delay": "NA"}]}"#),
        "the input is not what this job takes: at `rows[1].delay`: \
         invalid type: string \"NA\", expected i64 at line 1 column 75"
    );
}

#[test]
fn a_missing_field_names_the_object_that_misses_it() {
    assert_eq!(
        refused("{\n  \"rows\": [\n    {\"carrier\": \"UA\"}\n  ]\n}"),
        "the input is not what this job takes: at `rows[0]`: missing field `delay` at line 3 column 21"
    );
}

#[test]
fn an_unknown_field_is_named() {
    let text = refused(r#"{"rows": [], "rwos": 1}"#);
    assert!(text.contains("unknown field `rwos`"), "{text}");
}

#[test]
fn what_is_not_json_is_said_to_be_none() {
    for text in ["", "hello", "{\"rows\": [", "{\"rows\": []} x"] {
        let error = refused(text);
        assert!(
            error.starts_with("the input is not JSON: ") && error.contains("line 1 column"),
            "{text}: {error}"
        );
    }
}
