//! The order in which a claim names its queues.

use cofferdam_queue::{QueueName, QueueOrder};

use crate::world::World;

/// The queues that are served; empty: all.
pub(crate) fn names(order: &QueueOrder) -> Vec<QueueName> {
    match order {
        QueueOrder::All => Vec::new(),
        QueueOrder::Strict(queues) => queues.clone(),
        QueueOrder::Weighted(queues) => queues.iter().map(|(queue, _)| queue.clone()).collect(),
    }
}

/// Most wanted first, for one claim. Weights are chances of standing first, and so on for
/// the rest: a queue of weight 1 beside one of 9 is first in one claim of ten.
pub(crate) fn draw(order: &QueueOrder, world: &dyn World) -> Vec<QueueName> {
    let QueueOrder::Weighted(queues) = order else { return names(order) };
    let mut left: Vec<&(QueueName, u32)> = queues.iter().collect();
    let mut drawn = Vec::with_capacity(left.len());
    while left.len() > 1 {
        let total: u64 = left.iter().map(|(_, weight)| weight_of(*weight)).sum();
        let mut mark = world.random_u64() % total;
        let place = left.iter().position(|(_, weight)| {
            let hit = mark < weight_of(*weight);
            mark = mark.saturating_sub(weight_of(*weight));
            hit
        });
        drawn.push(left.remove(place.unwrap_or_default()).0.clone());
    }
    drawn.extend(left.into_iter().map(|(queue, _)| queue.clone()));
    drawn
}

/// A queue of weight 0 is served last, not never.
fn weight_of(weight: u32) -> u64 {
    u64::from(weight.max(1))
}
