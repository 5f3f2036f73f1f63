//! An account of every commit and claim, kept beside the store by the layer through which
//! they pass: what the store has said is durable, judged against what the scripts say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use cofferdam_queue::{Claimed, Commit, CommitReply, Exchange, Exchanged, JobId, Outcome, State, Token};

use crate::script::{Act, Script};
use crate::verdicts::{Checker, Violations};

/// One job, as far as the ledger knows.
#[derive(Debug)]
pub struct Case {
    /// What it does.
    pub script: Script,
    /// Where its newest durable state stands in the script; the script's length when it completed.
    pub position: usize,
    /// Somebody asked for its end.
    pub cancelled: bool,
    tokens: Vec<Token>,
    applied: BTreeSet<(u64, u32, u32)>,
    seq: u32,
    over: bool,
    /// Where each attempt stood at the last checkpoint that it made.
    handed: BTreeMap<u32, usize>,
}

/// One commit that was applied.
#[derive(Clone, Debug)]
pub struct Applied {
    /// When, on the virtual clock.
    pub at: Instant,
    /// What.
    pub commit: Commit,
}

/// All jobs of a run.
pub struct Ledger {
    cases: Mutex<BTreeMap<JobId, Case>>,
    applied: Mutex<Vec<Applied>>,
    exchanges: AtomicU64,
    calls: AtomicU64,
    violations: Violations,
}

fn key(commit: &Commit) -> (u64, u32, u32) {
    (commit.token.nonce, commit.token.attempt, commit.seq)
}

fn position_of(state: &[u8]) -> usize {
    let position = std::str::from_utf8(state).ok().and_then(|text| text.parse().ok());
    position.expect("a state that a script handed over")
}

impl Ledger {
    /// An empty one.
    pub fn new(violations: Violations) -> Ledger {
        Ledger {
            cases: Mutex::default(),
            applied: Mutex::default(),
            exchanges: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            violations,
        }
    }

    /// Every commit that was applied, in order.
    pub fn applied(&self) -> Vec<Applied> {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many exchanges with commits the store answered.
    pub fn exchanges(&self) -> u64 {
        self.exchanges.load(Ordering::Relaxed)
    }

    /// How many calls of any kind were made.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// A process makes a call.
    pub fn called(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// A guest made a checkpoint.
    pub fn handed(&self, id: &JobId, token: Token, position: usize) {
        if let Some(case) = self.cases().get_mut(id) {
            case.handed.insert(token.attempt, position);
        }
    }

    /// What it holds now.
    pub fn cases(&self) -> MutexGuard<'_, BTreeMap<JobId, Case>> {
        self.cases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This job was pushed.
    pub fn pushed(&self, id: JobId, script: Script) {
        let known = self.cases().insert(id.clone(), Case::new(script));
        if known.is_some() {
            self.violations.say(Checker::Ledger, format!("{id} was enqueued twice"));
        }
    }

    /// The store has answered an exchange; `before` are the states of the committed jobs until
    /// then.
    pub fn exchanged(&self, exchange: &Exchange, before: &[Option<State>], answer: &Exchanged) {
        if !exchange.commits.is_empty() {
            self.exchanges.fetch_add(1, Ordering::Relaxed);
        }
        if answer.replies.len() != exchange.commits.len() {
            self.violations.say(Checker::Ledger, "an exchange was not answered item by item".to_owned());
        }
        for ((commit, before), reply) in exchange.commits.iter().zip(before).zip(&answer.replies) {
            self.committed(commit, *before, *reply);
        }
        let repeats = exchange.claim.as_ref().is_some_and(|claim| claim.held.is_some());
        for claimed in &answer.claimed {
            self.claimed(claimed, repeats);
        }
    }

    fn committed(&self, commit: &Commit, before: Option<State>, reply: CommitReply) {
        let mut cases = self.cases();
        let Some(case) = cases.get_mut(&commit.id) else {
            self.violations.say(Checker::Ledger, format!("a commit for {}, which nobody pushed", commit.id));
            return;
        };
        let wrong = |what: &str| {
            let (id, token, seq) = (&commit.id, commit.token, commit.seq);
            self.violations.say(Checker::Ledger, format!("{id}, attempt {token}, commit {seq}: {what}"));
        };
        let known = case.applied.contains(&key(commit));
        match reply {
            CommitReply::AlreadyApplied if known => return,
            CommitReply::AlreadyApplied => return wrong("said to be applied before, and was not"),
            CommitReply::LeaseLost if known => return wrong("was applied, and its repetition is refused"),
            CommitReply::LeaseLost => return,
            CommitReply::Applied if known => wrong("was applied twice"),
            CommitReply::Applied => {}
        }
        if before != Some(State::Running) {
            wrong(&format!("was applied to a job that is {before:?}"));
        }
        if case.tokens.last() != Some(&commit.token) {
            wrong("was applied under a token that is not the newest");
        }
        if case.over {
            wrong("was applied after the job's end");
        }
        if commit.seq != case.seq + 1 {
            wrong(&format!("was applied after commit {}", case.seq));
        }
        case.applied.insert(key(commit));
        let applied = Applied { at: Instant::now(), commit: commit.clone() };
        self.applied.lock().unwrap_or_else(PoisonError::into_inner).push(applied);
        case.seq = commit.seq;
        let completed = commit.end.as_ref().is_some_and(|end| end.outcome == Outcome::Completed);
        let position = match &commit.saved {
            _ if completed => case.script.acts.len(),
            Some(saved) => position_of(&saved.state),
            None => case.position,
        };
        if position < case.position {
            wrong(&format!("goes back from {} to {position}", case.position));
        }
        // Effects exactly with their commit: all those between the two states, and no others.
        let expected: Vec<u64> = case
            .script
            .effects_before(position)
            .skip(case.script.next_effect(case.position) as usize)
            .map(|(number, _)| number)
            .collect();
        let children = commit.effects.children.iter().map(|child| child.number);
        let mut performed: Vec<u64> =
            children.chain(commit.effects.appends.iter().map(|append| append.number)).collect();
        performed.sort_unstable();
        if performed != expected {
            wrong(&format!("performs the effects {performed:?}; {expected:?} belong to it"));
        }
        // The newest state goes with every verdict, whatever the outcome.
        let handed = case.handed.get(&commit.token.attempt).copied().unwrap_or_default();
        if commit.end.is_some() && position < handed {
            wrong(&format!("ends at {position}; the guest had handed over {handed}"));
        }
        case.position = position;
        case.over = commit.end.as_ref().is_some_and(|end| end.verdict.next.state().is_final());
        let born: Vec<_> = commit
            .effects
            .children
            .iter()
            .map(|child| (child.job.id.clone(), Script::of(&child.job.input)))
            .collect();
        drop(cases);
        for (id, script) in born {
            self.pushed(id, script);
        }
    }

    fn claimed(&self, claimed: &Claimed, repeats: bool) {
        let mut cases = self.cases();
        let wrong = |what: &str| self.violations.say(Checker::Ledger, format!("{}: {what}", claimed.id));
        let Some(case) = cases.get_mut(&claimed.id) else {
            return wrong("was claimed, and nobody pushed it");
        };
        if case.tokens.contains(&claimed.token) {
            if !repeats || case.tokens.last() != Some(&claimed.token) {
                wrong("was given out twice under one token");
            }
            return;
        }
        if case.over {
            wrong("was given out after its end");
        }
        if case.tokens.last().is_some_and(|last| last.attempt >= claimed.token.attempt) {
            wrong("was given out under an attempt number that does not grow");
        }
        let from = claimed.checkpoint.as_ref().map_or(0, |checkpoint| position_of(&checkpoint.state));
        if from != case.position {
            wrong(&format!("goes on from {from}, and {} is durable", case.position));
        }
        case.tokens.push(claimed.token);
        case.seq = 0;
    }

    /// Somebody asks for the end of this job.
    pub fn cancelled(&self, id: &JobId) {
        if let Some(case) = self.cases().get_mut(id) {
            case.cancelled = true;
        }
    }
}

impl Case {
    fn new(script: Script) -> Case {
        let (tokens, applied) = (Vec::new(), BTreeSet::new());
        let handed = BTreeMap::new();
        Case { script, position: 0, cancelled: false, tokens, applied, seq: 0, over: false, handed }
    }

    /// How often it was started.
    pub fn starts(&self) -> usize {
        self.tokens.len()
    }

    /// The chunks of a part that are durable, in order.
    pub fn chunks(&self, part: u8) -> Vec<u64> {
        self.script
            .effects_before(self.position)
            .filter(|(_, act)| matches!(act, Act::Append { part: of } if *of == part))
            .map(|(number, _)| number)
            .collect()
    }

    /// The effect numbers of its children that are durable.
    pub fn children(&self) -> Vec<u64> {
        let effects = self.script.effects_before(self.position);
        effects.filter(|(_, act)| matches!(act, Act::Child(_))).map(|(number, _)| number).collect()
    }
}
