//! Who starts when memory is short, and how much is claimed ahead when jobs are.

use std::time::Duration;

use cofferdam_queue::{QueueName, QueueOrder, State};
use cofferdam_simulation::script::{Act, Script};
use cofferdam_simulation::town::Town;
use cofferdam_simulation::{kinds, on_virtual_time};
use tokio::time::Instant;

fn work(kind: &str, ms: u64) -> Script {
    Script::new(kind, vec![Act::Work { us: ms * 1_000 }])
}

#[test]
fn a_big_job_gets_its_memory_after_a_bounded_wait_though_small_ones_never_stop() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.config.concurrency = 100;
        town.config.budget_bytes = 1_000 << 20;
        // Of different lengths, so that they never all end at once.
        let small = |job: u64| work(kinds::PLAIN, 700 + job % 17 * 20);
        for job in 0..80 {
            town.push(&format!("small{job}"), small(job)).await;
        }
        let _member = town.start();
        town.until("small0", State::Running).await;
        town.push("big", work(kinds::BIG, 100)).await;
        for job in 80..400 {
            town.push(&format!("small{job}"), small(job)).await;
        }
        let took = town.until("big", State::Completed).await;
        assert!(took < Duration::from_millis(2_000 + 2 * 1_100), "{took:?}");
        assert!(town.job("small399").await.summary.attempt == 0, "it did not have to wait for all of them");
        town.finish().await;
        assert_eq!(town.violations.all(), [""; 0]);
    });
}

#[test]
fn small_jobs_do_not_wait_behind_a_big_one_before_that() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.config.budget_bytes = 700 << 20;
        let _member = town.start();
        town.push("first", work(kinds::BIG, 5_000)).await;
        town.until("first", State::Running).await;
        town.push("second", work(kinds::BIG, 10)).await;
        town.push("small", work(kinds::PLAIN, 10)).await;
        let took = town.until("small", State::Completed).await;
        assert!(took < Duration::from_millis(50), "{took:?}");
        assert_eq!(town.job("second").await.summary.state, State::Available);
        town.until("second", State::Completed).await;
    });
}

async fn started_first(town: &mut Town) -> usize {
    let queue = |name| Some(QueueName::trusted(name));
    for job in 0..130 {
        town.push_with(&format!("b{job}"), work(kinds::PLAIN, 20), |new| new.queue = queue("b")).await;
    }
    for job in 0..130 {
        town.push_with(&format!("a{job}"), work(kinds::PLAIN, 20), |new| new.queue = queue("a")).await;
    }
    town.config.concurrency = 1;
    town.config.prefetch = Duration::ZERO;
    let _member = town.start();
    let ended = |town: &Town| town.ledger.applied().len();
    let began = Instant::now();
    while ended(town) < 100 {
        assert!(began.elapsed() < Duration::from_secs(60), "only {} have ended", ended(town));
        cofferdam_simulation::town::pass(Duration::from_millis(1)).await;
    }
    town.ledger.applied()[..100].iter().filter(|end| end.commit.id.as_str().starts_with('a')).count()
}

#[test]
fn strict_queues_are_served_in_their_order_and_weighted_ones_by_chance() {
    on_virtual_time(async {
        let queue = |name| QueueName::trusted(name);
        let mut town = Town::calm().await;
        town.config.queues = QueueOrder::Strict(vec![queue("a"), queue("b")]);
        assert_eq!(started_first(&mut town).await, 100);
        let mut town = Town::calm().await;
        town.config.queues = QueueOrder::Weighted(vec![(queue("a"), 3), (queue("b"), 1)]);
        let of_a = started_first(&mut town).await;
        assert!((60..90).contains(&of_a), "{of_a} of 100 are of a queue with three quarters of the weight");
    });
}

#[test]
fn short_jobs_are_committed_in_groups_while_the_store_is_slow() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.config.concurrency = 4;
        // Four slots, jobs of a millisecond, and a store that takes ten for a round trip.
        town.weather.slow_down(5_000);
        for job in 0..1_000 {
            town.push(&format!("j{job}"), Script::new(kinds::PLAIN, vec![Act::Work { us: 50 }])).await;
        }
        let began = Instant::now();
        let _member = town.start();
        town.until("j999", State::Completed).await;
        town.finish().await;
        let (took, exchanges) = (began.elapsed(), town.ledger.exchanges());
        assert!(exchanges < 100, "{exchanges} exchanges for 1,000 jobs");
        assert!(took < Duration::from_millis(1_500), "{took:?}");
        assert_eq!(town.violations.all(), [""; 0]);
    });
}
