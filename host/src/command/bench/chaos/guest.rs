//! The job whose every step can be accounted for, built into the program; and what must come of
//! each that is ordered.

use bytes::Bytes;
use cofferdam_queue::{JobId, Kind, NewJob, QueueName, Timestamp};

use super::Plan;

/// The kind that `guest.wat` declares.
pub const KIND: &str = "bench.chaos";
/// The queue that it declares.
pub const QUEUE: &str = "bench-chaos";
/// The grant that it asks for.
pub const GRANT: &str = "bench-ledger";
/// The part that it appends to.
pub const PART: &str = "steps";

/// `guest.wat`, assembled.
pub fn wasm() -> Bytes {
    Bytes::from_static(include_bytes!("guest.wasm"))
}

/// One job: what it was told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: JobId,
    pub parent: Option<JobId>,
    pub steps: u64,
    /// After so many steps it enqueues a child and asks for a durable checkpoint; 0: never.
    pub every: u64,
    /// It sleeps so long before each step.
    pub step_ms: u64,
}

impl Order {
    /// As many as planned. The same seed draws the same work; `random` keeps their names
    /// apart from those of another run on the same store.
    pub fn draw(plan: &Plan, now: Timestamp, random: u128) -> Vec<Order> {
        let run = JobId::drawn(now, random);
        let mut dice = Dice::new(plan.seed);
        let order = |number: u64| Order {
            id: JobId::trusted(&format!("chaos-{run}-{number}")),
            parent: None,
            steps: 20 + dice.below(41),
            // A quarter of them leave it to the worker alone when a checkpoint becomes durable.
            every: [8, 16, 8, 0][(number % 4) as usize],
            step_ms: 10 + dice.below(21),
        };
        (0..plan.jobs).map(order).collect()
    }

    /// What the names of all jobs of its run begin with.
    pub fn run(&self) -> &str {
        self.id.as_str().rsplit_once('-').map_or("", |(run, _)| run)
    }

    /// To be pushed.
    pub fn job(&self) -> NewJob {
        NewJob {
            id: self.id.clone(),
            kind: Kind::trusted(KIND),
            queue: Some(QueueName::trusted(QUEUE)),
            input: Bytes::from(format!("[{},{},{}]", self.steps, self.every, self.step_ms)),
            due_at: None,
        }
    }

    /// It, and the children that it enqueues.
    pub fn with_children(self) -> Vec<Order> {
        let count = self.steps.checked_div(self.every).unwrap_or(0);
        let child = |number| Order {
            id: self.id.child(number),
            parent: Some(self.id.clone()),
            // As `guest.wat` says of every child.
            steps: 3,
            every: 0,
            step_ms: 2,
        };
        let children: Vec<Order> = (0..count).map(child).collect();
        std::iter::once(self).chain(children).collect()
    }

    /// What its part must be: every step once, in order.
    pub fn part(&self) -> Vec<u8> {
        (0..self.steps).map(|step| b'a' + (step % 26) as u8).collect()
    }

    /// What its output must be: the digest goes wrong when a step is left out, done twice on
    /// the same state, or done out of order.
    pub fn output(&self) -> String {
        let digest = (0..self.steps).fold(0, |digest, step| (digest * 31 + step) % 1_000_000_007);
        format!("[{},{digest}]", self.steps)
    }
}

/// xorshift64*: draws that a seed draws again, in every version of this program.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        // Neighbouring seeds begin far apart, and none with the one state that never moves.
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { jobs: 40, workers: 3, concurrency: 8, lease_ms: 2_000, seed: 1 };

    #[test]
    fn the_embedded_module_is_its_source_assembled() {
        let assembled = wat::parse_str(include_str!("guest.wat")).unwrap();
        assert_eq!(wasm(), assembled);
    }

    #[test]
    fn a_seed_draws_the_same_work_and_another_one_other_work() {
        let work = |seed, random| -> Vec<(u64, u64)> {
            let orders = Order::draw(&Plan { seed, ..PLAN }, Timestamp(1), random);
            orders.iter().map(|order| (order.steps, order.step_ms)).collect()
        };
        assert_eq!(work(1, 1), work(1, 2));
        assert_ne!(work(1, 1), work(2, 1));
    }

    #[test]
    fn children_and_results_are_known_beforehand() {
        let id = JobId::trusted("a");
        let order = Order { id: id.clone(), parent: None, steps: 20, every: 8, step_ms: 20 };
        // As the guest itself says of these numbers.
        assert_eq!(order.output(), "[20,689224792]");
        assert_eq!(order.part(), b"abcdefghijklmnopqrst");
        let family = order.with_children();
        assert_eq!(family.len(), 3);
        assert_eq!((family[2].id.as_str(), family[2].parent.as_ref()), ("a.1", Some(&id)));
    }
}
