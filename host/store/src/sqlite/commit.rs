//! Commit: a checkpoint or the end of an attempt, with its effects, if the lease is proven.

use cofferdam_queue::{Commit, CommitReply, Effects, Saved, Token};
use rusqlite::OptionalExtension;

use super::desk::Desk;
use super::enqueue;
use super::error::Sql;
use super::settle::{Ended, LEASE_COLUMNS, Lease, settle};

pub(super) fn commit(desk: &mut Desk<'_>, commit: &Commit) -> Sql<CommitReply> {
    let n = match desk.remembered(&commit.id) {
        Some(n) => Some(n),
        None => desk.number_of(&commit.id)?,
    };
    let Some(n) = n else { return Ok(CommitReply::LeaseLost) };
    let mut lease = match lease(desk, n)? {
        Some(lease) if is_proven(&lease, commit.token) => lease,
        _ => return reply_after_the_end(desk, commit),
    };
    if commit.seq != lease.seq + 1 {
        return Ok(if (1..=lease.seq).contains(&commit.seq) {
            CommitReply::AlreadyApplied
        } else {
            CommitReply::LeaseLost
        });
    }
    if let Some(saved) = &commit.saved {
        save(desk, n, saved)?;
        lease.progressed |= saved.progressed;
    }
    perform(desk, n, commit)?;
    match &commit.end {
        Some(end) => {
            let bare = lease.seq == 0 && commit.saved.is_none() && commit.effects.is_empty();
            let ended = Ended {
                outcome: end.outcome,
                verdict: &end.verdict,
                seq: commit.seq,
                bare,
                output: end.output.as_deref(),
                report: &end.report,
                fuel_used: end.fuel_used,
                wall_ms: end.wall_ms,
            };
            settle(desk, &lease, &ended)?;
            desk.forget(&commit.id);
        }
        None => {
            desk.sql("UPDATE lease SET seq = ?, progressed = ? WHERE n = ?")?.execute((
                commit.seq,
                lease.progressed,
                n,
            ))?;
        }
    }
    if let Some(in_group) = &desk.config.in_group {
        in_group();
    }
    Ok(CommitReply::Applied)
}

fn lease(desk: &Desk<'_>, n: i64) -> Sql<Option<Lease>> {
    desk.sql(&format!("SELECT {LEASE_COLUMNS} FROM lease WHERE n = ?"))?
        .query_row([n], Lease::read)
        .optional()
}

fn is_proven(lease: &Lease, token: Token) -> bool {
    lease.attempt == token.attempt && lease.nonce == token.nonce as i64
}

/// The lease is gone. If this commit was applied while it held, its sender only missed the reply.
fn reply_after_the_end(desk: &Desk<'_>, commit: &Commit) -> Sql<CommitReply> {
    // Asked anew: the number remembered may be that of a job of the same id, deleted since.
    let Some(n) = desk.number_of(&commit.id)? else { return Ok(CommitReply::LeaseLost) };
    let (attempt, nonce) = (commit.token.attempt, commit.token.nonce as i64);
    let last: Option<u32> = desk
        .sql(
            "SELECT seq FROM ended WHERE n = ?1 AND attempt = ?2 AND nonce = ?3 AND outcome IS NOT NULL
             UNION ALL SELECT seq FROM attempt WHERE n = ?1 AND attempt = ?2 AND nonce = ?3",
        )?
        .query_row((n, attempt, nonce), |row| row.get(0))
        .optional()?;
    Ok(match last {
        Some(last) if (1..=last).contains(&commit.seq) => CommitReply::AlreadyApplied,
        _ => CommitReply::LeaseLost,
    })
}

fn save(desk: &Desk<'_>, n: i64, saved: &Saved) -> Sql<()> {
    desk.sql(
        "INSERT INTO checkpoint (n, next_effect, module, version, count, at, state) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (n) DO UPDATE SET next_effect = excluded.next_effect, module = excluded.module,
             version = excluded.version, count = count + excluded.count, at = excluded.at, state = excluded.state",
    )?
    .execute((
        n,
        saved.next_effect as i64,
        &saved.module.0[..],
        saved.version,
        saved.count as i64,
        desk.now.0 as i64,
        &saved.state[..],
    ))?;
    Ok(())
}

fn perform(desk: &mut Desk<'_>, n: i64, commit: &Commit) -> Sql<()> {
    let Effects { children, appends, progress, logs } = &commit.effects;
    if !children.is_empty() {
        let kinds = desk.kinds()?;
        for child in children {
            enqueue::insert(desk, &child.job, &kinds, Some(&commit.id))?;
        }
    }
    for append in appends {
        desk.sql("INSERT OR REPLACE INTO append (n, number, part, bytes) VALUES (?, ?, ?, ?)")?.execute((
            n,
            append.number as i64,
            append.part.as_str(),
            &append.bytes[..],
        ))?;
    }
    if let Some(progress) = progress {
        desk.sql("INSERT OR REPLACE INTO progress (n, done, total, message) VALUES (?, ?, ?, ?)")?
            .execute((n, progress.done as i64, progress.total as i64, progress.message.as_str()))?;
    }
    if logs.is_empty() {
        return Ok(());
    }
    let mut place: i64 =
        desk.sql("SELECT ifnull(max(place), 0) FROM log WHERE n = ?")?.query_row([n], |row| row.get(0))?;
    for line in logs {
        place += 1;
        desk.sql("INSERT INTO log (n, place, at, attempt, level, text) VALUES (?, ?, ?, ?, ?, ?)")?
            .execute((n, place, line.at.0 as i64, line.attempt, line.level.as_str(), line.text.as_str()))?;
    }
    let oldest = place.saturating_sub_unsigned(desk.config.retention.log_lines_per_job);
    desk.sql("DELETE FROM log WHERE n = ? AND place <= ?")?.execute((n, oldest))?;
    Ok(())
}
