//! Guests that return an error, in every class, and inputs of the wrong type.

use cofferdam_tests::Look;

use crate::see;

#[test]
fn fails() {
    for class in ["retry", "retry_in", "discard", "kill", "snooze"] {
        see("fails", &["--input", &format!("{class:?}")])
            .ended("failed", 1)
            .message(&[&format!("failed as `{class}`")]);
    }
    see("fails", &["--input", "\"not at all\""]).ended("completed", 0).at("output", serde_json::Value::Null);
}

#[test]
fn returns_one() {
    see("returns_one", &[]).ended("failed", 1).message(&["returned 1"]);
}

#[test]
fn wants_rows() {
    see("wants_rows", &["--input", r#"{"table":{"rows":[1,2,3]}}"#]).ended("completed", 0).at("output", 6);
    see("wants_rows", &["--input", r#"{"table":{"rows":[1,"two"]}}"#]).ended("failed", 1).message(&[
        "table.rows[1]",
        "string \"two\"",
        "u32",
        "column 25",
    ]);
    see("wants_rows", &["--input", r#"{"table":{}}"#])
        .ended("failed", 1)
        .message(&["table", "rows", "missing"]);
    see("wants_rows", &["--input", "three rows"]).ended("failed", 1).message(&["JSON", "column"]);
}

#[test]
fn echoes() {
    let text = "{\"a\": [1, null, \"ü\"]}";
    see("echoes", &["--input", text]).ended("completed", 0).at("output", text);
    see("echoes", &[]).ended("completed", 0).at("output", "null");
}

#[test]
fn outputs_twice() {
    see("outputs_twice", &[]).ended("completed", 0).at("output", 1);
}

#[test]
fn the_same_module_and_input_use_the_same_fuel_twice() {
    let input = ["--input", r#"{"table":{"rows":[1,2,3]}}"#];
    let used = [(); 2].map(|()| see("wants_rows", &input).report.number("fuel.used"));
    assert_eq!(used[0], used[1]);
}
