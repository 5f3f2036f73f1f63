//! Recall: after a lost reply, the jobs under a worker's lease of which it has never heard.

use cofferdam_queue::{Claim, Claimed, Exchanged, JobId, Timestamp};

use super::claim;
use super::link::Tries;
use super::reply::{Read, Reply, parse, text};
use super::script;
use super::store::RedisStore;

/// Adds them to `answer`, and takes what they reserve off the claim. `false`: the worker is not
/// signed on, or made a later claim before.
pub(super) async fn recall(
    store: &RedisStore,
    claim: &mut Claim,
    turn: u64,
    answer: &mut Exchanged,
) -> Read<bool> {
    let held = claim.held.take().unwrap_or_default();
    let mut cmd = store.begin(&script::RECALL);
    cmd.arg(claim.worker.as_str()).arg(turn).arg(held.len());
    for id in held.iter().map(JobId::as_str) {
        cmd.arg(id);
    }
    cmd.arg(claim.programs.len());
    for program in claim.programs.iter() {
        cmd.arg(program.kind.as_str()).arg(program.module.to_string());
    }
    let mut reply = Reply::of(store.run(&script::RECALL, &cmd, Tries::Once).await?)?;
    let what = reply.text()?;
    answer.expired = what == "expired";
    let mut unheard = reply.array()?;
    store.hear(&reply.text()?);
    store.handed.forget(reply.number()?);
    let mut again = Vec::new();
    while !unheard.is_empty() {
        let (pushed, module) = (unheard.bytes()?, parse(&text(unheard.bytes()?)?)?);
        let (started_at, ord, step): (u64, u64, u8) =
            (unheard.number()?, unheard.number()?, unheard.number()? as u8);
        let at = Some(Timestamp(started_at));
        let claimed = claim::read_again(&pushed, module, step, &mut unheard, at)?;
        again.push((ord, claimed));
    }
    again.sort_by_key(|(ord, _)| *ord);
    let again: Vec<Claimed> = again.into_iter().map(|(_, claimed)| claimed).collect();
    claim.take_off(&again);
    answer.claimed.extend(again);
    Ok(what == "recalled")
}
