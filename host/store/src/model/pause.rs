//! Pause: jobs of a queue are taken, but not given out.

use cofferdam_queue::QueueName;

use super::house::House;

pub(super) fn pause(house: &mut House, queue: QueueName, paused: bool) {
    house.wake.jobs |= if paused { house.paused.insert(queue) } else { house.paused.remove(&queue) };
}
