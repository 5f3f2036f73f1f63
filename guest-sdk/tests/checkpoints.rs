//! A state of the job's own: kept, resumed, refused, and tied to its effects.

use cofferdam_sdk::Class;
use cofferdam_sdk::prelude::*;
use cofferdam_sdk::testing::{Outcome, TestJob};
use serde_json::json;

#[derive(Default, Deserialize, Serialize)]
struct Progress {
    done: u64,
}

/// Ten steps; each leaves a line in a part, and every second one a child.
fn steps(job: &mut Job) -> Result<u64> {
    let mut progress: Progress = job.resume_or_default()?;
    while progress.done < 10 {
        progress.done += 1;
        job.append("steps", format!("{}\n", progress.done))?;
        if progress.done.is_multiple_of(2) {
            job.enqueue("step.even").input(&progress.done).send()?;
        }
        job.checkpoint(&progress)?;
    }
    Ok(progress.done)
}

#[test]
fn a_job_goes_on_from_the_state_it_last_handed_over() {
    let cut = TestJob::new(steps).interrupt_at(4).run();
    assert_eq!(cut.outcome(), &Outcome::Interrupted);
    assert_eq!(cut.state(), json!({"done": 4}));
    let resumed = cut.resume();
    assert_eq!(resumed.output(), 10);
    assert_eq!(resumed.checkpoints(), 6, "the first four steps are not done again");
}

#[test]
fn interrupted_anywhere_parts_and_children_are_the_same() {
    let run = TestJob::new(steps).interrupt_at_every_checkpoint();
    assert_eq!(run.part("steps"), b"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
    assert_eq!(run.children().len(), 5);
}

#[test]
fn what_comes_after_the_last_checkpoint_is_kept_only_by_completing() {
    fn appends(job: &mut Job) -> Result<()> {
        job.append("part", "before ")?;
        job.checkpoint(&1)?;
        job.append("part", "after")?;
        if job.attempt() == 1 { bail!("once") } else { Ok(()) }
    }
    let failed = TestJob::new(appends).run();
    assert_eq!(failed.part("part"), b"before ");
    assert_eq!(TestJob::new(appends).attempt(2).run().part("part"), b"before after");
}

#[test]
#[should_panic(expected = "interrupted at checkpoint 1 of 3, the output differs")]
fn a_job_that_forgets_part_of_its_state_is_found_out() {
    fn forgets(job: &mut Job) -> Result<u64> {
        let mut sum = 0;
        for number in job.resume_or_default::<u64>()?..3 {
            sum += number + 1;
            job.checkpoint(&(number + 1))?;
        }
        Ok(sum)
    }
    TestJob::new(forgets).interrupt_at_every_checkpoint();
}

#[test]
#[should_panic(expected = "part `lines` differs")]
fn a_job_that_appends_before_it_looks_is_found_out() {
    fn appends_first(job: &mut Job) -> Result<()> {
        job.append("lines", "begin\n")?;
        let begun = job.resume_or_default::<u64>()?;
        for line in begun..3 {
            job.checkpoint(&(line + 1))?;
        }
        Ok(())
    }
    TestJob::new(appends_first).interrupt_at_every_checkpoint();
}

#[test]
fn a_state_over_its_limit_is_a_failure_that_is_not_retried() {
    let run = TestJob::new(|job: &mut Job| job.checkpoint("0123456789")).checkpoint_limit_bytes(8).run();
    assert_eq!(run.error().class(), Class::Kill);
    assert_eq!(
        run.error().message(),
        "checkpoint of 12 bytes is over its limit of 8 bytes, which `limits.checkpoint` of the configuration sets"
    );
}

#[test]
fn a_state_of_another_type_says_what_to_raise() {
    fn keeps_a_number(job: &mut Job) -> Result<()> {
        if job.is_resumed() {
            job.resume::<Vec<String>>()?;
        }
        job.checkpoint(&7)
    }
    let run = TestJob::new(keeps_a_number).interrupt_at(1).run().resume();
    assert_eq!(run.error().class(), Class::Kill);
    assert_eq!(
        run.error().message(),
        "the last checkpoint is not the state that this module keeps: invalid type: integer `7`, expected a sequence \
         at line 1 column 1 (raise `checkpoint_version` when the state changes)"
    );
}

#[test]
fn states_may_be_bytes() {
    fn counts(job: &mut Job) -> Result<u8> {
        let mut count = job.resume_bytes()?.map_or(0, |state| state[0]);
        while count < 3 {
            count += 1;
            job.checkpoint_bytes_now(&[count])?;
        }
        Ok(count)
    }
    assert_eq!(TestJob::new(counts).interrupt_at_every_checkpoint().output(), 3);
}
