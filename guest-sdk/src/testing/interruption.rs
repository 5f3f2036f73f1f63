//! The test that every job with checkpoints deserves: interrupted anywhere and
//! resumed, it does the same.

use super::run::{Outcome, TestRun};
use super::setup::TestJob;

impl TestJob {
    /// Runs the job uninterrupted, then once for each of its checkpoints:
    /// interrupted there and resumed to the end. At last in single steps: every
    /// attempt is interrupted as soon as its state has changed. Output, parts
    /// and children must be the same each time; returns the uninterrupted run.
    ///
    /// The work is the square of the number of checkpoints: give it a small input.
    ///
    /// # Panics
    /// The uninterrupted job does not complete or has no checkpoint, or a
    /// resumed one differs: then the text says at which checkpoint, and in what.
    #[track_caller]
    pub fn interrupt_at_every_checkpoint(&self) -> TestRun {
        let whole = self.clone().uninterrupted().run();
        assert!(
            *whole.outcome() == Outcome::Completed,
            "the job does not complete without an interruption: {:?}",
            whole.outcome()
        );
        assert!(whole.checkpoints() > 0, "the job makes no checkpoint: there is nothing to interrupt it at");
        for number in 1..=whole.checkpoints() {
            let place = format!("interrupted at checkpoint {number} of {}", whole.checkpoints());
            let cut = self.clone().interrupt_at(number).run();
            assert!(*cut.outcome() == Outcome::Interrupted, "{place}: it ended before: {:?}", cut.outcome());
            same(&place, &whole, &cut.resume());
        }
        self.single_steps(&whole);
        whole
    }

    #[track_caller]
    fn single_steps(&self, whole: &TestRun) {
        let place = "interrupted in every attempt after one step";
        let mut run = self.clone().interrupt_at(1).run();
        let (mut attempts, mut at) = (1, 1);
        while *run.outcome() == Outcome::Interrupted {
            // A checkpoint that keeps the state it started from is no step.
            let before = run.state_bytes().map(<[u8]>::to_vec);
            run = run.next().interrupt_at(at).run();
            at = if run.state_bytes() == before.as_deref() { at + 1 } else { 1 };
            attempts += 1;
            assert!(
                attempts <= 4 * whole.checkpoints() + 16,
                "{place}: it makes no progress; after {attempts} attempts its state is {}",
                String::from_utf8_lossy(run.state_bytes().unwrap_or_default())
            );
        }
        same(place, whole, &run);
    }
}

#[track_caller]
fn same(place: &str, whole: &TestRun, resumed: &TestRun) {
    assert!(
        *resumed.outcome() == Outcome::Completed,
        "{place}, it does not complete: {:?}",
        resumed.outcome()
    );
    assert_eq!(
        whole.output(),
        resumed.output(),
        "{place}, the output differs (left: uninterrupted, right: resumed)"
    );
    for part in whole.parts().chain(resumed.parts()) {
        let (left, right) = (whole.part(part), resumed.part(part));
        assert!(
            left == right,
            "{place}, part `{part}` differs\n  uninterrupted: {:?}\n        resumed: {:?}",
            String::from_utf8_lossy(left),
            String::from_utf8_lossy(right)
        );
    }
    assert_eq!(
        whole.children(),
        resumed.children(),
        "{place}, the children differ (left: uninterrupted, right: resumed)"
    );
}
