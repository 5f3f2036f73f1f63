//! Commit: a checkpoint or the end of an attempt, with its effects, as the script reads it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use cofferdam_queue::{Commit, CommitReply, Effects, End, Next, Place, Saved, State};
use redis::Cmd;

use super::enqueue;
use super::error::not_understood;
use super::packed::{pack, pack_report};
use super::reply::Read;
use super::there::{Begun, There};

/// The arguments of all commits, and the order in which they stand there: first those that only
/// complete a first attempt, which are most, by column and by lease; then the others.
pub(super) fn write_all(cmd: &mut Cmd, commits: &[Commit], there: &There) -> Vec<usize> {
    let now_ms = there.now_ms().unwrap_or_default();
    let (mut plain, mut others) = (BTreeMap::<Arc<str>, Vec<(usize, Begun, &End)>>::new(), Vec::new());
    for (place, commit) in commits.iter().enumerate() {
        // An attempt that ends is forgotten, however it ends.
        let begun = commit.end.as_ref().and_then(|_| there.take(&commit.id, commit.token));
        match plain_end(commit).zip(begun) {
            Some((end, begun)) => plain.entry(begun.lease.clone()).or_default().push((place, begun, end)),
            None => others.push(place),
        }
    }
    let mut places = Vec::with_capacity(commits.len());
    cmd.arg(plain.len());
    for (lease, ends) in &plain {
        cmd.arg(&**lease).arg(ends.len());
        for (_, begun, _) in ends {
            cmd.arg(begun.n);
        }
        for (place, begun, _) in ends {
            places.push(*place);
            cmd.arg(format!("{} {now_ms} 1 {}", begun.n, commits[*place].id));
        }
        for (place, begun, end) in ends {
            let head = format!("{} {now_ms} {} 1 ", State::Completed as u8, begun.at_ms);
            cmd.arg(record(head, &commits[*place], end, ""));
        }
    }
    cmd.arg(others.len());
    others.iter().for_each(|&place| write(cmd, &commits[place]));
    places.extend(others);
    places
}

/// The end that is the first and only commit of an attempt that completed.
fn plain_end(commit: &Commit) -> Option<&End> {
    let alone = commit.seq == 1 && commit.saved.is_none() && commit.effects.is_empty();
    commit.end.as_ref().filter(|end| alone && end.verdict.next == Next::Completed)
}

/// One commit's arguments: which sections follow is told by a letter for each.
fn write(cmd: &mut Cmd, commit: &Commit) {
    let Effects { children, appends, progress, logs } = &commit.effects;
    let sections: String = [
        ('s', commit.saved.is_some()),
        ('a', !appends.is_empty()),
        ('p', progress.is_some()),
        ('l', !logs.is_empty()),
        ('c', !children.is_empty()),
        ('e', commit.end.is_some()),
    ]
    .into_iter()
    .filter_map(|(letter, there)| there.then_some(letter))
    .collect();
    cmd.arg(commit.id.as_str()).arg(commit.token.to_string()).arg(commit.seq).arg(sections);
    if let Some(saved) = &commit.saved {
        write_saved(cmd, saved);
    }
    if !appends.is_empty() {
        cmd.arg(appends.len());
        for append in appends {
            let part = format!("{} {}", append.part, append.bytes.len());
            cmd.arg(append.number).arg(part).arg(pack(&append.bytes));
        }
    }
    if let Some(progress) = progress {
        cmd.arg(json(progress));
    }
    if !logs.is_empty() {
        cmd.arg(logs.len());
        for line in logs {
            cmd.arg(json(line));
        }
    }
    if !children.is_empty() {
        enqueue::write_runs(cmd, children.iter().map(|child| &child.job));
    }
    if let Some(end) = &commit.end {
        write_end(cmd, commit, end);
    }
}

/// What cannot be written as JSON is not there: these types always can.
fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn write_saved(cmd: &mut Cmd, saved: &Saved) {
    cmd.arg(saved.module.to_string())
        .arg(saved.version)
        .arg(saved.next_effect)
        .arg(saved.count)
        .arg(u8::from(saved.progressed))
        .arg(saved.state.len())
        .arg(pack(&saved.state));
}

/// The state it goes to, what that state needs, and the record of the attempt.
fn write_end(cmd: &mut Cmd, commit: &Commit, end: &End) {
    let next = &end.verdict.next;
    let mut reason = "";
    cmd.arg(next.state() as u8);
    match next {
        Next::Available(Place::Front) => cmd.arg("f"),
        Next::Available(Place::Back) => cmd.arg("b"),
        Next::Retryable(delay_ms) | Next::Scheduled(delay_ms) => cmd.arg(*delay_ms),
        Next::Dead(why) | Next::Discarded(why) => {
            reason = why;
            cmd.arg("")
        }
        Next::Completed | Next::Cancelled => cmd.arg(""),
    };
    cmd.arg(record(String::new(), commit, end, reason));
}

/// The record of an ended attempt, after `head`: words, then reason, output and report.
fn record(head: String, commit: &Commit, end: &End, reason: &str) -> Vec<u8> {
    let counters = &end.verdict.counters;
    let output = end.output.as_deref().map(pack);
    let output_bytes = output.as_ref().map_or_else(|| "-".to_owned(), |output| output.len().to_string());
    let report = pack_report(&end.report);
    let mut record = head;
    record.reserve(96 + reason.len() + output.as_ref().map_or(0, Vec::len) + report.len());
    // Writing to a string cannot fail.
    let _ = write!(
        record,
        "{} {} {} {} {} {} {} {} {} {} {} {} {} {} {reason}",
        commit.token,
        commit.seq,
        end.outcome,
        end.verdict.step,
        counters.failures,
        counters.interruptions,
        counters.crashes,
        counters.memory_traps,
        counters.idle_interruptions,
        counters.idle_crashes,
        end.fuel_used,
        end.wall_ms,
        reason.len(),
        output_bytes,
    );
    let mut record = record.into_bytes();
    record.extend_from_slice(output.as_deref().unwrap_or_default());
    record.extend_from_slice(&report);
    record
}

/// What became of each commit, in the order in which they were given.
pub(super) fn replies(letters: &str, order: &[usize]) -> Read<Vec<CommitReply>> {
    let mut replies = vec![CommitReply::LeaseLost; order.len()];
    for (letter, &place) in letters.chars().zip(order) {
        replies[place] = match letter {
            'C' => CommitReply::Applied,
            'A' => CommitReply::AlreadyApplied,
            'L' => CommitReply::LeaseLost,
            other => return Err(not_understood(&format!("`{other}` answers a commit"))),
        };
    }
    if letters.len() == order.len() {
        Ok(replies)
    } else {
        Err(not_understood("commits were left without answer"))
    }
}
