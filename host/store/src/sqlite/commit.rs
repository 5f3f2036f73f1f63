//! Commit: a checkpoint or the end of an attempt, with its effects, if the lease is proven.

use cofferdam_queue::{Commit, CommitReply, Effects, End, Saved, Token};
use rusqlite::OptionalExtension;

use super::desk::Desk;
use super::enqueue;
use super::error::Sql;
use super::settle::{Ended, Lease, settle, settle_ended};

pub(super) fn commit(desk: &mut Desk<'_>, commit: &Commit) -> Sql<CommitReply> {
    let given = desk.given.get(&commit.id).filter(|lease| is_proven(lease, commit.token)).copied();
    if let Some(lease) = given
        && let Some(end) = commit.end.as_ref().filter(|end| end.verdict.next.state().is_final())
        && commit.seq == lease.seq + 1
        && desk.hot.end_proven_lease.execute((lease.n, lease.attempt, lease.nonce, lease.seq))? == 1
    {
        // The way of most jobs: one statement has both proven the lease and ended it. Whether
        // a cancellation was asked for does not matter to what has ended.
        write(desk, lease.n, commit)?;
        settle_ended(desk, &lease, &ended(&lease, commit, end))?;
        desk.given.remove(&commit.id);
        return Ok(CommitReply::Applied);
    }
    let n = match given {
        Some(lease) => Some(lease.n),
        None => desk.number_of(&commit.id)?,
    };
    let lease = match n {
        Some(n) => desk.hot.lease.query_row([n], Lease::read).optional()?,
        None => None,
    };
    let Some(mut lease) = lease.filter(|lease| is_proven(lease, commit.token)) else {
        desk.given.remove(&commit.id);
        return reply_after_the_end(desk, commit);
    };
    if commit.seq != lease.seq + 1 {
        return Ok(if (1..=lease.seq).contains(&commit.seq) {
            CommitReply::AlreadyApplied
        } else {
            CommitReply::LeaseLost
        });
    }
    write(desk, lease.n, commit)?;
    lease.progressed |= commit.saved.as_ref().is_some_and(|saved| saved.progressed);
    match &commit.end {
        Some(end) => {
            settle(desk, &lease, &ended(&lease, commit, end))?;
            desk.given.remove(&commit.id);
        }
        None => {
            lease.seq = commit.seq;
            desk.sql("UPDATE lease SET seq = ?, progressed = ? WHERE n = ?")?.execute((
                lease.seq,
                lease.progressed,
                lease.n,
            ))?;
            desk.given.insert(commit.id.clone(), lease);
        }
    }
    Ok(CommitReply::Applied)
}

fn ended<'e>(lease: &Lease, commit: &'e Commit, end: &'e End) -> Ended<'e> {
    Ended {
        outcome: end.outcome,
        verdict: &end.verdict,
        seq: commit.seq,
        bare: lease.seq == 0 && commit.saved.is_none() && commit.effects.is_empty(),
        output: end.output.as_deref(),
        report: &end.report,
        fuel_used: end.fuel_used,
        wall_ms: end.wall_ms,
    }
}

/// The state, and the effects that belong to it.
fn write(desk: &mut Desk<'_>, n: i64, commit: &Commit) -> Sql<()> {
    if let Some(saved) = &commit.saved {
        save(desk, n, saved)?;
    }
    perform(desk, n, commit)?;
    if let Some(in_group) = &desk.config.in_group {
        in_group();
    }
    Ok(())
}

fn is_proven(lease: &Lease, token: Token) -> bool {
    lease.attempt == token.attempt && lease.nonce == token.nonce as i64
}

/// The lease is gone. If this commit was applied while it held, its sender only missed the reply.
fn reply_after_the_end(desk: &Desk<'_>, commit: &Commit) -> Sql<CommitReply> {
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
