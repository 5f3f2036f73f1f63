//! Parts, children, progress, and what a job knows of itself.

use cofferdam_sdk::Class;
use cofferdam_sdk::prelude::*;
use cofferdam_sdk::testing::{ChildJob, Progress, TestJob};
use serde_json::json;

#[test]
fn a_child_has_kind_input_queue_and_delay_and_its_id_is_known_at_once() {
    fn parent(job: &mut Job) -> Result<Vec<String>> {
        let plain = job.enqueue("thumbnail").send()?;
        let full = job
            .enqueue("mail.send")
            .input(&json!({"to": "ada"}))
            .queue("mail")
            .delay(Duration::from_secs(90))
            .send()?;
        Ok(vec![plain, full])
    }
    let run = TestJob::new(parent).id("j1").run();
    let [plain, full] = run.children() else { panic!("two children: {:?}", run.children()) };
    assert_eq!(run.output(), json!([plain.id, full.id]));
    assert_ne!(plain.id, full.id);
    let of = |kind: &str, input, queue: Option<&str>, delay_ms, id: &str| ChildJob {
        id: id.to_owned(),
        kind: kind.to_owned(),
        input,
        queue: queue.map(str::to_owned),
        delay_ms,
    };
    assert_eq!(plain, &of("thumbnail", json!(null), None, 0, &plain.id));
    assert_eq!(full, &of("mail.send", json!({"to": "ada"}), Some("mail"), 90_000, &full.id));
}

#[test]
fn a_child_that_is_too_large_is_refused_with_the_limits() {
    let run = TestJob::new(|job: &mut Job| job.enqueue("big").input(&"x".repeat(2 << 20)).send()).run();
    assert_eq!(run.error().class(), Class::Kill);
    assert_eq!(
        run.error().message(),
        "child job `big`: 2097177 bytes are over its limit of 1048576, or it is one more than 10000 children"
    );
}

#[test]
fn names_that_the_host_refuses_are_explained() {
    let run = TestJob::new(|job: &mut Job| job.append("Part One", "x")).run();
    assert_eq!(
        run.error().message(),
        "part name `Part One` is not valid: 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`"
    );
    assert_eq!(run.error().class(), Class::Kill);
    let run = TestJob::new(|job: &mut Job| job.enqueue("Mail!").send()).run();
    assert_eq!(run.error().message(), "child job `Mail!`: the kind or the queue is not a valid name");
}

#[test]
fn progress_is_the_last_that_was_reported() {
    fn reports(job: &mut Job) -> Result<()> {
        job.progress(1, 10);
        job.progress_with(2, None, "reading");
        Ok(())
    }
    let expected = Progress { done: 2, total: None, message: "reading".to_owned() };
    assert_eq!(TestJob::new(reports).run().progress(), Some(&expected));
}

#[test]
fn a_job_knows_what_it_is_and_what_it_may_use() {
    fn looks(job: &mut Job) -> Result<()> {
        assert_eq!((job.id(), job.kind(), job.queue(), job.attempt()), ("j7", "demo.looks", "default", 3));
        assert_eq!(job.memory_cap_bytes(), 16 << 20);
        assert_eq!((job.fuel_cap(), job.fuel_left()), (Some(500), Some(500)));
        assert_eq!((job.timeout(), job.time_left()), (None, None));
        assert!(!job.is_resumed() && !job.stop_requested());
        Ok(())
    }
    let job = TestJob::new(looks).id("j7").kind("demo.looks").attempt(3);
    assert!(job.memory_cap_bytes(16 << 20).fuel(500).timeout(None).run().output().is_null());
}

#[test]
fn a_job_that_is_asked_to_stop_can_wind_down_before_its_checkpoint() {
    fn winds_down(job: &mut Job) -> Result<u32> {
        let mut rounds: u32 = job.resume_or_default()?;
        while rounds < 100 {
            rounds += 1;
            if job.stop_requested() {
                job.append("notes", "wound down")?;
            }
            job.checkpoint(&rounds)?;
        }
        Ok(rounds)
    }
    let cut = TestJob::new(winds_down).interrupt_at(5).run();
    assert_eq!(cut.part("notes"), b"wound down");
    assert_eq!(cut.state(), 5);
}

#[test]
fn an_output_over_its_limit_is_a_failure_that_is_not_retried() {
    let run = TestJob::new(|| Ok::<_, Error>("x".repeat(2000))).output_limit_bytes(1000).run();
    assert_eq!(run.error().class(), Class::Kill);
    assert_eq!(
        run.error().message(),
        "output of 2002 bytes is over its limit of 1000 bytes, which `limits.output` of the configuration sets"
    );
}

#[test]
fn outputs_of_any_size_arrive_whole() {
    for bytes in [0, 1, 509, 510, 511, 512, 5000] {
        let run = TestJob::new(move || Ok::<_, Error>("x".repeat(bytes))).run();
        assert_eq!(run.output(), "x".repeat(bytes));
    }
}
