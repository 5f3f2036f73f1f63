//! How a job ends that does not complete: classes, texts, and wrong input.

use std::fs::File;

use cofferdam_sdk::Class;
use cofferdam_sdk::prelude::*;
use cofferdam_sdk::testing::TestJob;
use serde_json::json;

const MINUTE: Duration = Duration::from_secs(60);

fn class(function: fn(&mut Job) -> Result<()>) -> Class {
    TestJob::new(function).run().error().class()
}

fn opened() -> std::io::Result<()> {
    File::open("/no/such/file").map(drop)
}

fn parsed(number: &str) -> Result<(), std::num::ParseIntError> {
    number.parse::<u8>().map(|_| ())
}

#[test]
fn an_error_is_retried_unless_the_job_says_otherwise() {
    assert_eq!(class(|_| Ok(opened()?)), Class::Retry);
    assert_eq!(class(|_| opened().kill()), Class::Kill);
    assert_eq!(class(|_| parsed("x").discard()), Class::Discard);
    assert_eq!(class(|_| parsed("x").retry_in(MINUTE)), Class::RetryIn(MINUTE));
    assert_eq!(class(|_| parsed("x").snooze(MINUTE)), Class::Snooze(MINUTE));
    assert_eq!(class(|_| Err(Error::msg("no").kill())), Class::Kill);
    assert_eq!(class(|_| Err(Error::snooze(MINUTE))), Class::Snooze(MINUTE));
    assert_eq!(class(|_| bail!("no {}", "way")), Class::Retry);
}

#[test]
fn an_error_says_what_was_being_done_and_every_cause_once() {
    fn opens(_: &mut Job) -> Result<()> {
        File::open("/no/such/file").context("open the rows").with_context(|| format!("report {}", 7))?;
        Ok(())
    }
    let message = TestJob::new(opens).run().error().message().to_owned();
    assert_eq!(message, "report 7: open the rows: No such file or directory (os error 2)");

    let nothing: Option<u8> = None;
    assert_eq!(nothing.context("no first row").expect_err("none").message(), "no first row");
}

#[test]
fn a_class_survives_the_context_that_is_added_later() {
    let error = "x".parse::<u8>().kill().context("row 3").expect_err("not a number");
    assert_eq!((error.class(), error.message()), (Class::Kill, "row 3: invalid digit found in string"));
}

#[derive(Debug, Deserialize)]
struct Input {
    #[serde(rename = "file")]
    _file: String,
    #[serde(rename = "rows")]
    _rows: Option<Vec<u32>>,
}

fn takes_input(_: &mut Job, _: Input) -> Result<()> {
    Ok(())
}

#[test]
fn wrong_input_is_not_retried_and_names_field_and_position() {
    let message = |input: &str| {
        let run = TestJob::new(takes_input).input_bytes(input).run();
        assert_eq!(run.error().class(), Class::Kill, "{input}");
        run.error().message().to_owned()
    };
    assert_eq!(
        message(r#"{"file": "a", "rows": [1, 2, -3]}"#),
        "the input is not what this job takes: at `rows[2]`: invalid value: integer `-3`, expected u32 at line 1 column 31"
    );
    assert_eq!(
        message(r#"{"rows": []}"#),
        "the input is not what this job takes: missing field `file` at line 1 column 12"
    );
    assert_eq!(message("file=a"), "the input is not JSON: expected ident at line 1 column 2");
    assert_eq!(
        message(""),
        "the input is not what this job takes: invalid type: null, expected struct Input at line 1 column 4"
    );
}

#[test]
fn a_job_without_input_ignores_what_was_pushed() {
    assert_eq!(TestJob::new(|| Ok::<_, Error>(1)).input_bytes("not json").run().output(), 1);
    let run = TestJob::new(|job: &mut Job| Ok::<_, Error>(job.input_bytes()?.len()))
        .input_bytes(vec![7; 9000])
        .run();
    assert_eq!(run.output(), 9000);
    assert_eq!(
        TestJob::new(|_: &mut Job, many: Vec<u32>| Ok::<_, Error>(many.len()))
            .input(&vec![1; 9000])
            .run()
            .output(),
        json!(9000)
    );
}

#[test]
fn a_job_may_take_its_input_alone() {
    fn doubles(number: u32) -> Result<u32> {
        Ok(number * 2)
    }
    assert_eq!(TestJob::new(doubles).input(&21).run().output(), 42);
}

#[test]
fn errors_of_other_kinds_are_taken_as_they_are() {
    fn with_anyhow(_: &mut Job) -> anyhow::Result<()> {
        anyhow::Context::context(opened(), "open the rows")
    }
    fn boxed() -> Result<(), Box<dyn std::error::Error>> {
        parsed("x")?;
        Err(Error::msg("not reached").into())
    }
    let error = TestJob::new(with_anyhow).run().error().clone();
    assert_eq!(error.message(), "open the rows: No such file or directory (os error 2)");
    assert_eq!(TestJob::new(boxed).run().error().message(), "invalid digit found in string");
    assert_eq!(TestJob::new(|| Err::<(), _>("a text")).run().error().message(), "a text");
    assert_eq!(Err::<(), _>("a text").kill().expect_err("an error").class(), Class::Kill);
}

#[test]
fn a_class_survives_a_box() {
    fn boxed() -> Result<(), Box<dyn std::error::Error>> {
        Err(Error::msg("no").discard())?;
        Ok(())
    }
    assert_eq!(TestJob::new(boxed).run().error(), &Error::msg("no").discard());
}
