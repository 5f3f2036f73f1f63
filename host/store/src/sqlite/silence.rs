//! Silence: while nobody reached the store, no lease says anything about its worker. What is
//! proven dead is dead all the same.

use cofferdam_queue::{Timestamp, is_silence, spared_until};

use super::desk::Desk;
use super::error::Sql;
use super::reap;

/// A worker speaks. Others that could not, because nobody could, are spared first.
pub(super) fn hear(desk: &mut Desk<'_>) -> Sql<()> {
    end(desk)?;
    write_heard_at(desk)
}

/// If there was a silence, it ends here: all leases are spared.
pub(super) fn end(desk: &mut Desk<'_>) -> Sql<()> {
    let heard_at: i64 = desk.sql("SELECT heard_at FROM head")?.query_row([], |row| row.get(0))?;
    let known = reap::all(desk)?;
    let longest_lease_ms = known.iter().map(|signed| signed.lease_ms as u64).max().unwrap_or(0);
    if !is_silence(desk.now, Timestamp(heard_at as u64), longest_lease_ms) {
        return Ok(());
    }
    for signed in known {
        let expires_at = Timestamp(signed.expires_at as u64);
        let until = spared_until(desk.now, expires_at, signed.lease_ms as u64);
        desk.sql("UPDATE worker SET expires_at = ? WHERE worker = ?")?
            .execute((until.0 as i64, signed.worker))?;
    }
    write_heard_at(desk)
}

fn write_heard_at(desk: &Desk<'_>) -> Sql<()> {
    desk.sql("UPDATE head SET heard_at = ?")?.execute([desk.now.0 as i64])?;
    Ok(())
}
