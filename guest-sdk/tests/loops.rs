//! Loops that can be interrupted: `resumable` and `fold`.

use cofferdam_sdk::Class;
use cofferdam_sdk::prelude::*;
use cofferdam_sdk::testing::TestJob;
use serde_json::json;

fn copies(job: &mut Job, items: Vec<u32>) -> Result<()> {
    for item in job.resumable(items)? {
        job.append("items", format!("{item} "))?;
    }
    Ok(())
}

#[test]
fn a_loop_over_items_resumes_after_the_last_item_that_was_done() {
    let job = TestJob::new(copies).input(&[1, 2, 3, 4]);
    let cut = job.clone().interrupt_at(3).run();
    assert_eq!(cut.part("items"), b"1 2 3 ");
    assert_eq!(cut.state(), json!({"loops": [{"done": 3}]}));
    assert_eq!(cut.resume().part("items"), b"1 2 3 4 ");
    assert_eq!(job.interrupt_at_every_checkpoint().checkpoints(), 4, "one for each item");
}

#[test]
fn loops_one_after_another_each_keep_their_place() {
    fn three_loops(job: &mut Job) -> Result<(u64, u64)> {
        let sum = job.fold(1..=4_u64, 0, |sum, number| {
            *sum += number;
            Ok(())
        })?;
        for number in job.resumable(0..3)? {
            job.append("between", [b'0' + number])?;
        }
        let product = job.fold([2, 3, 7], 1, |product, factor| {
            *product *= factor;
            Ok(())
        })?;
        Ok((sum, product))
    }
    let run = TestJob::new(three_loops).interrupt_at_every_checkpoint();
    assert_eq!(run.output(), json!([10, 42]));
    assert_eq!(run.part("between"), b"012");
    assert_eq!(
        run.state(),
        json!({"loops": [{"done": 4, "state": 10}, {"done": 3}, {"done": 3, "state": 42}]})
    );
}

#[test]
fn a_loop_left_by_break_is_left_again_at_the_same_item() {
    fn until_seven(job: &mut Job) -> Result<u32> {
        let mut found = 0;
        for item in job.resumable([3, 5, 7, 9])? {
            if item == 7 {
                found = item;
                break;
            }
        }
        for _ in job.resumable(0..2)? {}
        Ok(found)
    }
    assert_eq!(TestJob::new(until_seven).interrupt_at_every_checkpoint().output(), 7);
}

#[test]
fn every_spaces_out_the_checkpoints_but_not_the_answer_to_a_stop() {
    fn spaced(job: &mut Job) -> Result<u64> {
        job.fold_every(10, 0..25_u64, 0, |sum, number| {
            *sum += number;
            Ok(())
        })
    }
    let job = TestJob::new(spaced);
    assert_eq!(job.run().checkpoints(), 3, "after 10, after 20, and at the end");
    // Asked to stop after the first, it does so at the next item and not ten later.
    assert_eq!(job.clone().interrupt_at(2).run().state(), json!({"loops": [{"done": 11, "state": 55}]}));
    assert_eq!(job.interrupt_at_every_checkpoint().output(), 300);

    fn spaced_loop(job: &mut Job) -> Result<()> {
        for number in job.resumable(0..25)?.every(10) {
            job.append("numbers", format!("{number} "))?;
        }
        Ok(())
    }
    assert_eq!(TestJob::new(spaced_loop).interrupt_at_every_checkpoint().checkpoints(), 3);
}

#[test]
fn an_error_in_a_fold_leaves_the_items_before_it_done() {
    fn fails_at_three(job: &mut Job) -> Result<u32> {
        let first = job.attempt() == 1;
        job.fold(1..=4, 0, |sum, number| {
            if first && number == 3 {
                bail!("not now");
            }
            *sum += number;
            Ok(())
        })
    }
    let failed = TestJob::new(fails_at_three).run();
    assert_eq!(failed.error().message(), "not now");
    assert_eq!(failed.state(), json!({"loops": [{"done": 2, "state": 3}]}));
    assert_eq!(failed.resume().output(), 10);
}

#[test]
fn a_loop_inside_a_loop_is_refused() {
    fn nested(job: &mut Job) -> Result<()> {
        for _ in job.resumable(0..2)? {
            for _ in job.resumable(0..2)? {}
        }
        Ok(())
    }
    let run = TestJob::new(nested).run();
    assert_eq!(run.error().class(), Class::Kill);
    assert!(run.error().message().starts_with("a resumable loop inside another one"), "{}", run.error());
}

#[test]
fn a_loop_and_a_state_of_its_own_do_not_go_together() {
    fn checkpoints_inside(job: &mut Job) -> Result<()> {
        for item in job.resumable(0..2)? {
            job.checkpoint(&item)?;
        }
        Ok(())
    }
    fn loops_after(job: &mut Job) -> Result<()> {
        job.checkpoint(&1)?;
        for _ in job.resumable(0..2)? {}
        Ok(())
    }
    for run in [TestJob::new(checkpoints_inside).run(), TestJob::new(loops_after).run()] {
        assert_eq!(run.error().class(), Class::Kill);
        assert!(run.error().message().contains("fold"), "{}", run.error());
    }
}

#[test]
fn a_place_that_is_refused_inside_the_loop_fails_the_job() {
    let run = TestJob::new(copies).input(&[1, 2, 3]).checkpoint_limit_bytes(4).run();
    assert_eq!(run.error().class(), Class::Kill);
    assert!(run.error().message().starts_with("checkpoint of "), "{}", run.error());
}
