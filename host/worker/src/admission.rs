//! What may run: slots and memory. Reservations count from the claim to the moment when the
//! guest's memory is free again, so what runs never exceeds the budget.
//!
//! Fairness towards the big: a job that fits the budget but not what is free waits
//! like any other; after a while the memory that falls free is kept for it, and smaller
//! jobs are not claimed until it fits. Before that they neither wait behind it nor
//! does anything stand still.

use std::time::Duration;

use cofferdam_queue::{Program, Starved};

use crate::world::Moment;

/// Whether asking for jobs may bring any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Appetite {
    /// There may be jobs.
    Hungry,
    /// There are, but not for so little free memory.
    Blocked { free_bytes: u64 },
    /// There were none; somebody will say when there are.
    Sated,
}

/// A big job that waits for memory.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    reservation_bytes: u64,
    since: Moment,
}

#[derive(Debug)]
pub(crate) struct Admission {
    pub budget_bytes: u64,
    pub slots: u32,
    reserve_after: Duration,
    running: usize,
    running_bytes: u64,
    ready: usize,
    ready_bytes: u64,
    waiting: Option<Waiting>,
    appetite: Appetite,
    /// Since the last claim was sent, something became known.
    is_news: bool,
}

impl Admission {
    pub fn new(budget_bytes: u64, slots: u32, reserve_after: Duration) -> Admission {
        Admission {
            budget_bytes,
            slots,
            reserve_after,
            running: 0,
            running_bytes: 0,
            ready: 0,
            ready_bytes: 0,
            waiting: None,
            appetite: Appetite::Hungry,
            is_news: false,
        }
    }

    pub fn running(&self) -> usize {
        self.running
    }

    /// What runs and what was claimed to run, in bytes.
    pub fn reserved_bytes(&self) -> u64 {
        self.running_bytes.saturating_add(self.ready_bytes)
    }

    pub fn free_bytes(&self) -> u64 {
        self.budget_bytes.saturating_sub(self.reserved_bytes())
    }

    pub fn idle_slots(&self) -> usize {
        (self.slots as usize).saturating_sub(self.running)
    }

    /// A job was claimed.
    pub fn claimed(&mut self, reservation_bytes: u64) {
        self.ready += 1;
        self.ready_bytes = self.ready_bytes.saturating_add(reservation_bytes);
    }

    /// A claimed job is given up before it started.
    pub fn given_up(&mut self, reservation_bytes: u64) {
        self.ready -= 1;
        self.ready_bytes = self.ready_bytes.saturating_sub(reservation_bytes);
    }

    /// Takes a slot and the memory for a claimed job, if there is room for it to run.
    pub fn start(&mut self, reservation_bytes: u64) -> bool {
        let after_bytes = self.running_bytes.saturating_add(reservation_bytes);
        if self.idle_slots() == 0 || after_bytes > self.budget_bytes {
            return false;
        }
        self.given_up(reservation_bytes);
        self.running += 1;
        self.running_bytes = after_bytes;
        true
    }

    /// A guest is gone.
    pub fn stop(&mut self, reservation_bytes: u64) {
        self.running -= 1;
        self.running_bytes = self.running_bytes.saturating_sub(reservation_bytes);
    }

    /// There may be jobs again: somebody pushed, tended, deployed.
    pub fn look_again(&mut self) {
        self.appetite = Appetite::Hungry;
        self.is_news = true;
    }

    /// A claim is sent. Whatever becomes known from here on its answer does not know.
    pub fn asks(&mut self) {
        self.is_news = false;
    }

    pub fn may_find(&self) -> bool {
        match self.appetite {
            Appetite::Hungry => true,
            Appetite::Blocked { free_bytes } => self.free_bytes() > free_bytes,
            Appetite::Sated => false,
        }
    }

    /// A claim for `asked` jobs brought `given`, already counted as claimed here; the largest
    /// of them reserves `largest_bytes`.
    pub fn answered(
        &mut self,
        asked: usize,
        given: usize,
        largest_bytes: u64,
        starved: Option<&Starved>,
        now: Moment,
    ) {
        let starved = starved.filter(|starved| starved.reservation_bytes <= self.budget_bytes);
        self.appetite = match starved {
            _ if given >= asked || self.is_news => Appetite::Hungry,
            Some(_) => Appetite::Blocked { free_bytes: self.free_bytes() },
            None => Appetite::Sated,
        };
        // One of that size was served: the wait of the next one begins now. Else a steady
        // stream of big jobs would keep the small ones out for good.
        let known = self.waiting.filter(|known| largest_bytes < known.reservation_bytes);
        self.waiting = starved.map(|&Starved { reservation_bytes, .. }| match known {
            Some(known) if known.reservation_bytes == reservation_bytes => known,
            _ => Waiting { reservation_bytes, since: now },
        });
    }

    /// The reservation for which all free memory is kept, if a job has waited long enough.
    pub fn kept_for_bytes(&self, now: Moment) -> Option<u64> {
        let waiting = self.waiting?;
        (now >= waiting.since + self.reserve_after).then_some(waiting.reservation_bytes)
    }

    /// Somebody big waits, whether or not memory is kept for it already.
    pub fn someone_waits(&self) -> bool {
        self.waiting.is_some()
    }
}

/// Of these programs, only the ladder steps that reserve at least this much: what a claim
/// offers while memory is kept free. A job of another worker may have taken the big one's
/// place meanwhile, and then this claim says so.
pub(crate) fn only_from(programs: &[Program], reservation_bytes: u64) -> Vec<Program> {
    let programs = programs.iter().map(|program| {
        let mut program = program.clone();
        for step_bytes in &mut program.reservations_bytes {
            // Refused modules reserve nothing and delay nobody.
            if *step_bytes < reservation_bytes && *step_bytes > 0 {
                *step_bytes = u64::MAX;
            }
        }
        program
    });
    programs.collect()
}

#[cfg(test)]
mod tests {
    use cofferdam_queue::Timestamp;

    use super::*;

    fn starved(reservation_bytes: u64) -> Starved {
        Starved { reservation_bytes, available_at: Timestamp(0) }
    }

    fn at_ms(ms: u64) -> Moment {
        Moment::from_micros(ms * 1_000)
    }

    #[test]
    fn what_runs_never_exceeds_slots_or_budget_whatever_was_claimed() {
        let mut admission = Admission::new(100, 2, Duration::from_secs(2));
        for _ in 0..3 {
            admission.claimed(60);
        }
        assert!(admission.start(60));
        assert!(!admission.start(60), "over the budget");
        assert_eq!(admission.free_bytes(), 0);
        admission.stop(60);
        assert!(admission.start(60));
        admission.claimed(1);
        assert!(admission.start(1));
        admission.claimed(1);
        assert!(!admission.start(1), "over the slots");
    }

    #[test]
    fn what_became_known_while_a_claim_was_on_its_way_is_asked_for_again() {
        let mut admission = Admission::new(100, 2, Duration::from_secs(2));
        admission.asks();
        // A module was loaded that the claim did not name.
        admission.look_again();
        admission.answered(2, 0, 0, None, at_ms(0));
        assert!(admission.may_find());
        admission.asks();
        admission.answered(2, 0, 0, None, at_ms(1));
        assert!(!admission.may_find(), "once");
    }

    #[test]
    fn memory_is_kept_for_a_big_job_after_a_bounded_wait_and_not_before() {
        let mut admission = Admission::new(100, 8, Duration::from_secs(2));
        admission.answered(8, 3, 10, Some(&starved(80)), at_ms(0));
        assert_eq!(admission.kept_for_bytes(at_ms(1_999)), None);
        admission.answered(8, 1, 10, Some(&starved(80)), at_ms(1_500));
        assert_eq!(admission.kept_for_bytes(at_ms(2_000)), Some(80));
        admission.answered(8, 1, 80, None, at_ms(2_500));
        assert_eq!(admission.kept_for_bytes(at_ms(9_000)), None);
    }

    #[test]
    fn a_job_larger_than_the_whole_budget_keeps_nothing_from_the_others() {
        let mut admission = Admission::new(100, 8, Duration::from_secs(2));
        admission.answered(8, 0, 0, Some(&starved(101)), at_ms(0));
        assert_eq!(admission.kept_for_bytes(at_ms(10_000)), None);
    }

    #[test]
    fn a_stream_of_big_jobs_does_not_keep_the_small_ones_out() {
        let mut admission = Admission::new(100, 8, Duration::from_secs(2));
        admission.answered(8, 1, 10, Some(&starved(80)), at_ms(0));
        assert_eq!(admission.kept_for_bytes(at_ms(2_000)), Some(80));
        admission.answered(8, 1, 80, Some(&starved(80)), at_ms(2_100));
        assert_eq!(admission.kept_for_bytes(at_ms(4_000)), None);
        assert_eq!(admission.kept_for_bytes(at_ms(4_100)), Some(80));
    }

    #[test]
    fn a_blocked_worker_asks_again_only_when_memory_falls_free() {
        let mut admission = Admission::new(100, 8, Duration::from_secs(2));
        admission.claimed(70);
        assert!(admission.start(70));
        admission.answered(8, 1, 10, Some(&starved(80)), at_ms(0));
        assert!(!admission.may_find());
        admission.stop(70);
        assert!(admission.may_find());
    }
}
