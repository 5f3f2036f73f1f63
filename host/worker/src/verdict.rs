//! From an attempt's end to the commit that says so.

use cofferdam_queue::{
    Claimed, Commit, Effects, End, Ending, Manifest, Next, Outcome, Place, Saved, Verdict, settle,
};

use crate::sandbox::{Ended, Pending};

/// What an attempt has made durable so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    /// The number of its last commit; 0: none.
    pub seq: u32,
    /// Its newest durable checkpoint; 0: none.
    pub checkpoint_no: u64,
    /// One of them differed from the state it began with.
    pub progressed: bool,
}

/// The state of `pending` as a store keeps it, with its effects.
pub(crate) fn saved(
    claimed: &Claimed,
    manifest: &Manifest,
    written: &Written,
    pending: Pending,
) -> (Option<Saved>, Effects) {
    let saved = pending.state.map(|state| Saved {
        progressed: claimed.checkpoint.as_ref().is_none_or(|began| began.state != state),
        state,
        next_effect: pending.next_effect,
        module: claimed.module,
        version: manifest.checkpoint_version,
        count: pending.checkpoint_no.saturating_sub(written.checkpoint_no),
    });
    (saved, pending.effects)
}

/// The last commit of an attempt. `limits` are what it was started with.
pub(crate) fn conclude(
    claimed: &Claimed,
    manifest: &Manifest,
    written: Written,
    ended: Ended,
    random: u64,
) -> Commit {
    let (saved, effects) = saved(claimed, manifest, &written, ended.last.unwrap_or_default());
    let progressed = written.progressed || saved.as_ref().is_some_and(|saved| saved.progressed);
    let total_spent = total_spent(claimed, manifest, ended.fuel_used, ended.wall_ms);
    let verdict = settle(&Ending {
        outcome: ended.outcome,
        class: ended.class,
        message: ended.message,
        progressed,
        counters: claimed.counters,
        step: claimed.step,
        steps: u8::try_from(manifest.memory_ladder_bytes.len()).unwrap_or(u8::MAX).max(1),
        retries: manifest.retries,
        total_spent,
        random,
    });
    let output = if ended.outcome == Outcome::Completed { ended.output } else { None };
    Commit {
        id: claimed.id.clone(),
        token: claimed.token,
        seq: written.seq + 1,
        saved,
        effects,
        end: Some(End {
            outcome: ended.outcome,
            verdict,
            output,
            report: ended.report,
            fuel_used: ended.fuel_used,
            wall_ms: ended.wall_ms,
        }),
    }
}

/// The only commit of a job that was claimed ahead and is given back before it started:
/// nothing happened to it, so nothing is counted, and it keeps its place.
pub(crate) fn give_back(claimed: &Claimed, ended: Ended) -> Commit {
    let verdict =
        Verdict { next: Next::Available(Place::Front), counters: claimed.counters, step: claimed.step };
    Commit {
        id: claimed.id.clone(),
        token: claimed.token,
        seq: 1,
        saved: None,
        effects: Effects::default(),
        end: Some(End {
            outcome: ended.outcome,
            verdict,
            output: None,
            report: ended.report,
            fuel_used: 0,
            wall_ms: 0,
        }),
    }
}

/// What is left of a total after the ended attempts, within the limit of one.
pub(crate) fn left(limit: u64, total: Option<u64>, spent: u64) -> u64 {
    total.map_or(limit, |total| limit.min(total.saturating_sub(spent)))
}

/// The total that this attempt finished off, if it did.
fn total_spent(claimed: &Claimed, manifest: &Manifest, fuel_used: u64, wall_ms: u64) -> Option<&'static str> {
    let over = |total: Option<u64>, spent: u64, used: u64| {
        total.is_some_and(|total| spent.saturating_add(used) >= total)
    };
    if over(manifest.fuel_total, claimed.fuel_spent, fuel_used) {
        Some("fuel_total")
    } else if over(manifest.timeout_total_ms, claimed.wall_spent_ms, wall_ms) {
        Some("timeout_total")
    } else {
        None
    }
}
