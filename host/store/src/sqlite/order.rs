//! Order: what workers hear with their next heartbeat.

use cofferdam_queue::{WorkerId, WorkerOrder};

use super::desk::Desk;
use super::error::Sql;

/// Returns how many workers were told.
pub(super) fn order(desk: &mut Desk<'_>, worker: Option<&WorkerId>, order: WorkerOrder) -> Sql<u32> {
    let wanted = order as i64;
    let told = match worker {
        Some(worker) => {
            desk.sql("UPDATE worker SET wanted = ? WHERE id = ?")?.execute((wanted, worker.as_str()))?
        }
        None => desk.sql("UPDATE worker SET wanted = ?")?.execute([wanted])?,
    };
    desk.wake.notices |= told > 0;
    Ok(u32::try_from(told).unwrap_or(u32::MAX))
}
