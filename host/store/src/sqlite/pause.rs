//! Pause: jobs of a queue are taken, but not given out.

use cofferdam_queue::QueueName;

use super::desk::Desk;
use super::error::Sql;

pub(super) fn pause(desk: &mut Desk<'_>, queue: &QueueName, paused: bool) -> Sql<()> {
    let change = match paused {
        true => "INSERT OR IGNORE INTO paused (queue) VALUES (?)",
        false => "DELETE FROM paused WHERE queue = ?",
    };
    if desk.sql(change)?.execute([queue.as_str()])? > 0 {
        desk.head.pauses += 1;
        desk.wake.jobs = true;
    }
    Ok(())
}
