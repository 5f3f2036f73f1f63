//! A store that is broken on purpose, one promise at a time, so that it can be shown that
//! the checkers object. It stands between the connections and a model that is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cofferdam_queue::{
    BoxFuture, Commit, CommitReply, Drive, Effects, Exchange, Exchanged, Heartbeat, JobId, Notices, Saved,
    StoreError, Tended, Token, Wake, WorkerFacts, WorkerId,
};

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// The fence: a commit of an old token is applied as if it were the newest's.
    Fence,
    /// The sequence check: a repeated commit is applied again, as the next one.
    Sequence,
    /// The flush order: the effects of a checkpoint are durable at once, and the state that
    /// knows of them only with the next commit of the attempt.
    EffectsBeforeState,
    /// The flush order: the state of a checkpoint is durable at once, and its effects only
    /// with the next commit of the attempt.
    StateBeforeEffects,
    /// The flush order: a checkpoint is acknowledged and waits for the next one; the end of
    /// the attempt overtakes it, and then it is refused.
    EndBeforeCheckpoint,
}

/// What the sabotage knows of each job; shared by all connections of a town.
#[derive(Default)]
pub struct Spoils(Mutex<BTreeMap<JobId, Known>>);

#[derive(Default)]
struct Known {
    /// The newest lease, and the last number that the model applied under it.
    lease: Option<(Token, u32)>,
    /// By the numbers of their senders.
    applied: BTreeSet<(u32, u64, u32)>,
    kept_back: Option<(Token, Option<Saved>, Effects)>,
}

/// One process's store.
pub struct Sabotaged {
    /// What is whole.
    pub drive: Arc<dyn Drive>,
    /// What is broken.
    pub how: Sabotage,
    /// What it knows.
    pub spoils: Arc<Spoils>,
}

fn key(token: Token, seq: u32) -> (u32, u64, u32) {
    (token.attempt, token.nonce, seq)
}

/// Progress and log lines need no state: they are left where they are.
fn take_effects(effects: &mut Effects) -> Effects {
    let (children, appends) = (std::mem::take(&mut effects.children), std::mem::take(&mut effects.appends));
    Effects { children, appends, ..Effects::default() }
}

fn put_before(effects: &mut Effects, mut earlier: Effects) {
    earlier.children.append(&mut effects.children);
    earlier.appends.append(&mut effects.appends);
    (effects.children, effects.appends) = (earlier.children, earlier.appends);
}

impl Sabotaged {
    fn known(&self) -> MutexGuard<'_, BTreeMap<JobId, Known>> {
        self.spoils.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn commit(&self, sent: Commit) -> Result<CommitReply, StoreError> {
        let sender = (sent.id.clone(), key(sent.token, sent.seq));
        let (commit, kept_back) = self.spoil(sent);
        let lease = (commit.token, commit.seq);
        let ends = commit.end.is_some();
        let mut answer = self.drive.exchange(Exchange { commits: vec![commit], claim: None }).await?;
        let reply = answer.replies.pop().unwrap_or(CommitReply::LeaseLost);
        // What is renumbered must not give itself away by anything else.
        if reply == CommitReply::LeaseLost && self.known()[&sender.0].applied.contains(&sender.1) {
            return Ok(CommitReply::AlreadyApplied);
        }
        if reply == CommitReply::Applied {
            let mut known = self.known();
            let known = known.entry(sender.0).or_default();
            known.lease = (!ends).then_some(lease);
            known.applied.insert(sender.1);
            known.kept_back = kept_back;
        }
        Ok(reply)
    }

    /// What the model is told instead, and what is kept back if it agrees.
    fn spoil(&self, mut sent: Commit) -> (Commit, Option<(Token, Option<Saved>, Effects)>) {
        let mut known = self.known();
        let known = known.entry(sent.id.clone()).or_default();
        let is_repeated = known.applied.contains(&key(sent.token, sent.seq));
        let kept = known.kept_back.clone().filter(|(token, ..)| *token == sent.token);
        let (kept_saved, kept_effects) = kept.map_or_else(Default::default, |kept| (kept.1, kept.2));
        let token = sent.token;
        let mut keep_back = None;
        match (self.how, known.lease) {
            (Sabotage::Fence, Some((newest, seq))) if newest != sent.token && !is_repeated => {
                (sent.token, sent.seq) = (newest, seq + 1);
            }
            (Sabotage::Sequence, Some((newest, seq))) if newest == sent.token => sent.seq = seq + 1,
            (Sabotage::Fence | Sabotage::Sequence, _) => {}
            (Sabotage::EffectsBeforeState, _) if sent.end.is_some() => {
                sent.saved = sent.saved.or(kept_saved);
            }
            (Sabotage::EffectsBeforeState, _) => {
                let saved = std::mem::replace(&mut sent.saved, kept_saved);
                keep_back = Some((token, saved, Effects::default()));
            }
            (Sabotage::StateBeforeEffects, _) if sent.end.is_some() => {
                put_before(&mut sent.effects, kept_effects);
            }
            (Sabotage::StateBeforeEffects, _) => {
                keep_back = Some((token, None, take_effects(&mut sent.effects)));
                put_before(&mut sent.effects, kept_effects);
            }
            (Sabotage::EndBeforeCheckpoint, _) if sent.end.is_some() => {}
            (Sabotage::EndBeforeCheckpoint, _) => {
                let saved = std::mem::replace(&mut sent.saved, kept_saved);
                keep_back = Some((token, saved, take_effects(&mut sent.effects)));
                put_before(&mut sent.effects, kept_effects);
            }
        }
        (sent, keep_back)
    }
}

impl Drive for Sabotaged {
    fn sign_on(&self, facts: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>> {
        self.drive.sign_on(facts)
    }

    fn sign_off(&self, worker: WorkerId) -> BoxFuture<'_, Result<(), StoreError>> {
        self.drive.sign_off(worker)
    }

    fn heartbeat(&self, beat: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>> {
        self.drive.heartbeat(beat)
    }

    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
        Box::pin(async move {
            let mut replies = Vec::with_capacity(exchange.commits.len());
            for commit in exchange.commits {
                replies.push(self.commit(commit).await?);
            }
            let claim = Exchange { commits: Vec::new(), claim: exchange.claim };
            let answer = self.drive.exchange(claim).await?;
            let mut known = self.known();
            for claimed in &answer.claimed {
                let known = known.entry(claimed.id.clone()).or_default();
                if known.lease.is_none_or(|(token, _)| token != claimed.token) {
                    known.lease = Some((claimed.token, 0));
                    known.kept_back = None;
                }
            }
            Ok(Exchanged { replies, ..answer })
        })
    }

    fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>> {
        self.drive.tend()
    }

    fn woken(&self) -> BoxFuture<'_, Wake> {
        self.drive.woken()
    }
}
