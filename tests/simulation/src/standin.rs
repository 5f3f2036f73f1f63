//! A stand-in for the model store.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use cofferdam_queue::*;
use tokio::sync::Notify;

#[derive(Clone)]
struct Job {
    n: u64, ord: i64, new: NewJob, queue: QueueName, state: State, at: u64, token: Option<Token>, worker: Option<WorkerId>,
    seq: u32, applied: Vec<(Token, u32)>, checkpoint: Option<Checkpoint>, counters: Counters, step: u8, attempt: u32,
    fuel: u64, wall: u64, cancel: bool, progressed: bool, output: Option<Bytes>, reason: Option<String>,
    parts: BTreeMap<(PartName, u64), Bytes>, outcome: Option<Outcome>,
}
struct W { facts: WorkerFacts, expires: u64, order: WorkerOrder }
#[derive(Default)]
struct Inner { jobs: BTreeMap<JobId, Job>, workers: BTreeMap<WorkerId, W>, pointers: Vec<Pointer>, wasm: BTreeMap<ModuleHash, Bytes>, deploys: u64, n: u64, back: i64 }
pub struct Shared { clock: Arc<dyn Clock>, inner: Mutex<Inner>, bells: Mutex<Vec<Arc<Bell>>>, pub break_it: u32 }
#[derive(Default)]
struct Bell { wake: Mutex<Wake>, rung: Notify }
pub struct Standin { shared: Arc<Shared>, bell: Arc<Bell> }
impl Standin {
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Shared> { let break_it = std::env::var("BREAK").ok().and_then(|b| b.parse().ok()).unwrap_or(0); Arc::new(Shared { clock, inner: Mutex::default(), bells: Mutex::default(), break_it }) }
    pub fn connect(shared: &Arc<Shared>) -> Standin { let bell = Arc::new(Bell::default()); shared.bells.lock().unwrap().push(bell.clone()); Standin { shared: shared.clone(), bell } }
    fn now(&self) -> u64 { self.shared.clock.now().0 }
    fn inner(&self) -> MutexGuard<'_, Inner> { self.shared.inner.lock().unwrap() }
    fn ring(&self, jobs: bool, notices: bool) { for b in self.shared.bells.lock().unwrap().iter() { { let mut w = b.wake.lock().unwrap(); w.jobs |= jobs; w.notices |= notices; } b.rung.notify_one(); } }
}
fn ok<'a, T: Send + 'a, E: Send + 'a>(v: Result<T, E>) -> BoxFuture<'a, Result<T, E>> { Box::pin(async move { v }) }
fn none<'a, T: Send + 'a>() -> BoxFuture<'a, Result<T, StoreError>> { ok(Err(StoreError::Unusable { message: "not here".into() })) }
impl Inner {
    fn enqueue(&mut self, new: NewJob, now: u64) -> Enqueued {
        if self.jobs.contains_key(&new.id) { return Enqueued::Exists(new.id); }
        self.n += 1;
        let state = if new.due_at.is_some_and(|d| d.0 > now) { State::Scheduled } else { State::Available };
        let at = new.due_at.map_or(now, |d| d.0.max(now));
        let id = new.id.clone();
        let queue = new.queue.clone().unwrap_or_else(|| QueueName::trusted("default"));
        self.jobs.insert(id.clone(), Job { n: self.n, ord: self.n as i64, new, queue, state, at, token: None, worker: None, seq: 0, applied: vec![], checkpoint: None, counters: Counters::default(), step: 0, attempt: 0, fuel: 0, wall: 0, cancel: false, progressed: false, output: None, reason: None, parts: BTreeMap::new(), outcome: None });
        Enqueued::New(id)
    }
    fn settle(&mut self, id: &JobId, v: Verdict, now: u64) {
        self.back += 1;
        let back = 1_000_000 + self.back;
        let j = self.jobs.get_mut(id).unwrap();
        let next = v.next.unless_cancelled(j.cancel);
        transition(j.state, Event::Settle, next.state()).unwrap();
        j.state = next.state(); j.counters = v.counters; j.step = v.step; j.worker = None; j.at = now;
        match next { Next::Available(Place::Back) => j.ord = back, Next::Retryable(ms) | Next::Scheduled(ms) => j.at = now + ms, Next::Dead(r) | Next::Discarded(r) => j.reason = Some(r), _ => {} }
    }
    fn end_worker(&mut self, w: &WorkerId, lost: bool, now: u64) -> u32 {
        let ids: Vec<_> = self.jobs.iter().filter(|(_, j)| j.state == State::Running && j.worker.as_ref() == Some(w)).map(|(i, _)| i.clone()).collect();
        for id in &ids { let j = &self.jobs[id]; let v = if lost { worker_lost(j.counters, j.progressed, j.step) } else { given_back(j.counters, j.progressed, j.step) }; let j = self.jobs.get_mut(id).unwrap(); j.token = None; self.settle(id, v, now); }
        self.workers.remove(w);
        ids.len() as u32
    }
    fn next_due(&self) -> Option<Timestamp> { self.jobs.values().filter(|j| matches!(j.state, State::Scheduled | State::Retryable)).map(|j| Timestamp(j.at)).min() }
    fn commit(&mut self, c: Commit, now: u64, brk: u32) -> CommitReply {
        let Some(j) = self.jobs.get_mut(&c.id) else { return CommitReply::LeaseLost };
        if j.applied.contains(&(c.token, c.seq)) && brk != 2 { return CommitReply::AlreadyApplied; }
        if brk != 1 && (j.state != State::Running || j.token != Some(c.token)) { return CommitReply::LeaseLost; }
        if brk != 2 && c.seq != j.seq + 1 { return CommitReply::LeaseLost; }
        if j.state != State::Running { return CommitReply::LeaseLost; }
        j.applied.push((c.token, c.seq)); j.seq = c.seq;
        if let Some(s) = c.saved { j.progressed |= s.progressed; let count = j.checkpoint.as_ref().map_or(0, |c| c.count) + s.count; j.checkpoint = Some(Checkpoint { state: s.state, next_effect: s.next_effect, module: s.module, version: s.version, count, at: Timestamp(now) }); }
        for a in c.effects.appends { j.parts.insert((a.part, a.number), a.bytes); }
        if let Some(e) = &c.end { j.output = e.output.clone(); j.outcome = Some(e.outcome); j.fuel += e.fuel_used; j.wall += e.wall_ms; }
        for ch in c.effects.children { self.enqueue(ch.job, now); }
        if let Some(e) = c.end { self.settle(&c.id, e.verdict, now); }
        CommitReply::Applied
    }
}
impl Drive for Standin {
    fn sign_on(&self, facts: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>> { let now = self.now(); let expires = now + facts.lease_ms; self.inner().workers.insert(facts.id.clone(), W { facts, expires, order: WorkerOrder::Work }); ok(Ok(())) }
    fn sign_off(&self, worker: WorkerId) -> BoxFuture<'_, Result<(), StoreError>> { let now = self.now(); self.inner().end_worker(&worker, false, now); self.ring(true, false); ok(Ok(())) }
    fn heartbeat(&self, beat: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>> {
        let now = self.now(); let mut i = self.inner(); let deploys = i.deploys;
        let cancelled = i.jobs.values().filter(|j| j.state == State::Running && j.cancel && j.worker.as_ref() == Some(&beat.worker)).map(|j| j.new.id.clone()).collect();
        let n = match i.workers.get_mut(&beat.worker) { Some(w) if w.expires > now => { w.expires = now + w.facts.lease_ms; Notices { expired: false, order: w.order, cancelled, deploys } } _ => Notices { expired: true, deploys, ..Notices::default() } };
        ok(Ok(n))
    }
    fn exchange(&self, ex: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
        Box::pin(async move {
            let now = self.now(); let mut out = Exchanged::default(); let brk = self.shared.break_it;
            let mut i = self.inner(); let mut ring = false;
            for c in ex.commits { ring |= c.end.is_some() || !c.effects.children.is_empty(); out.replies.push(i.commit(c, now, brk)); }
            if let Some(cl) = ex.claim {
                if !i.workers.get(&cl.worker).is_some_and(|w| w.expires > now) { out.expired = true; } else {
                    let (mut free, mut left) = (cl.free_bytes, cl.jobs_max);
                    if let Some(held) = &cl.held {
                        let un: Vec<_> = i.jobs.values().filter(|j| j.state == State::Running && j.worker.as_ref() == Some(&cl.worker) && !held.contains(&j.new.id)).map(|j| j.new.id.clone()).collect();
                        for id in un { let j = &i.jobs[&id]; let wrote = j.checkpoint.as_ref().map(|c| (c.module, c.version)); let p = cl.programs.iter().find(|p| p.kind == j.new.kind && p.continues(wrote)).cloned();
                            match p { Some(p) if j.seq == 0 && !j.cancel => out.claimed.push(claimed(j, p.module)), _ => { let v = given_back(j.counters, j.progressed, j.step); i.settle(&id, v, now); ring = true; } } }
                        free = 0; left = 0;
                    }
                    let mut order: Vec<_> = i.jobs.values().filter(|j| j.state == State::Available).map(|j| (j.ord, j.new.id.clone())).collect(); order.sort();
                    for (_, id) in order { let j = i.jobs.get_mut(&id).unwrap(); let wrote = j.checkpoint.as_ref().map(|c| (c.module, c.version));
                        let Some(p) = cl.programs.iter().find(|p| p.kind == j.new.kind && p.continues(wrote)) else { continue };
                        let r = p.reservation_bytes(j.step); if r > cl.budget_bytes { continue }
                        if left == 0 { break } 
                        if r > free { out.starved.get_or_insert(Starved { reservation_bytes: r, available_at: Timestamp(j.at) }); continue }
                        free -= r; left -= 1;
                        j.state = State::Running; j.attempt += 1; j.token = Some(Token { attempt: j.attempt, nonce: cl.random }); j.worker = Some(cl.worker.clone()); j.seq = 0; j.progressed = false;
                        let from = j.checkpoint.as_ref().map_or(0, |c| c.next_effect); j.parts.retain(|(_, n), _| *n < from);
                        out.claimed.push(claimed(j, p.module));
                    }
                }
            }
            out.next_due_at = i.next_due(); drop(i); if ring { self.ring(true, false); }
            Ok(out)
        })
    }
    fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>> {
        let now = self.now(); let mut t = Tended::default(); let mut i = self.inner();
        let lost: Vec<_> = i.workers.iter().filter(|(_, w)| w.expires <= now).map(|(i, _)| i.clone()).collect();
        for w in lost { t.reaped += i.end_worker(&w, true, now); t.lost.push(w); }
        for j in i.jobs.values_mut().filter(|j| matches!(j.state, State::Scheduled | State::Retryable) && j.at <= now) { j.state = State::Available; t.promoted += 1; }
        t.next_due_at = i.next_due(); drop(i); if t.promoted + t.reaped > 0 { self.ring(true, false); }
        ok(Ok(t))
    }
    fn woken(&self) -> BoxFuture<'_, Wake> { Box::pin(async move { loop { let w = std::mem::take(&mut *self.bell.wake.lock().unwrap()); if w.jobs || w.notices { return w; } self.bell.rung.notified().await; } }) }
}
fn claimed(j: &Job, module: ModuleHash) -> Claimed { Claimed { id: j.new.id.clone(), kind: j.new.kind.clone(), queue: j.queue.clone(), token: j.token.unwrap(), module, step: j.step, input: j.new.input.clone(), checkpoint: j.checkpoint.clone(), counters: j.counters, fuel_spent: j.fuel, wall_spent_ms: j.wall, enqueued_at: Timestamp(0), available_at: Timestamp(j.at) } }
impl Operate for Standin {
    fn enqueue(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<Enqueued>, EnqueueError>> { let now = self.now(); let r = { let mut i = self.inner(); jobs.into_iter().map(|j| i.enqueue(j, now)).collect() }; self.ring(true, false); ok(Ok(r)) }
    fn cancel(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<CancelReply>, StoreError>> { let r = { let mut i = self.inner(); ids.iter().map(|id| match i.jobs.get_mut(id) { None => CancelReply::Unknown, Some(j) if j.state.is_final() => CancelReply::Ended(j.state), Some(j) if j.state == State::Running => { j.cancel = true; CancelReply::Requested } Some(j) => { j.state = State::Cancelled; CancelReply::Cancelled } }).collect() }; self.ring(false, true); ok(Ok(r)) }
    fn retry(&self, _: Vec<JobId>) -> BoxFuture<'_, Result<Vec<RetryReply>, StoreError>> { none() }
    fn delete(&self, _: Vec<JobId>) -> BoxFuture<'_, Result<Vec<JobId>, StoreError>> { none() }
    fn pause(&self, _: QueueName, _: bool) -> BoxFuture<'_, Result<(), StoreError>> { none() }
    fn order(&self, worker: Option<WorkerId>, order: WorkerOrder) -> BoxFuture<'_, Result<u32, StoreError>> { let mut c = 0; for (id, w) in &mut self.inner().workers { if worker.as_ref().is_none_or(|w| w == id) { w.order = order; c += 1; } } self.ring(false, true); ok(Ok(c)) }
}
impl Modules for Standin {
    fn deploy(&self, d: Deploy) -> BoxFuture<'_, Result<Deployed, StoreError>> { { let mut i = self.inner(); for p in &mut i.pointers { if p.kind == d.manifest.kind { p.current = false; } } i.pointers.retain(|p| p.module != d.module); i.pointers.push(Pointer { kind: d.manifest.kind.clone(), module: d.module, manifest: d.manifest, current: true, deployed_at: Timestamp(0) }); i.wasm.insert(d.module, d.wasm); i.deploys += 1; } self.ring(true, true); ok(Ok(Deployed { previous: None, unchanged: false })) }
    fn pointers(&self) -> BoxFuture<'_, Result<Vec<Pointer>, StoreError>> { ok(Ok(self.inner().pointers.clone())) }
    fn fetch(&self, m: ModuleHash) -> BoxFuture<'_, Result<Option<Bytes>, StoreError>> { ok(Ok(self.inner().wasm.get(&m).cloned())) }
    fn rollback(&self, _: Kind, _: Option<ModuleHash>) -> BoxFuture<'_, Result<Option<ModuleHash>, StoreError>> { none() }
    fn prune_modules(&self, _: u32) -> BoxFuture<'_, Result<Pruned, StoreError>> { none() }
}
impl Inspect for Standin {
    fn job(&self, id: JobId) -> BoxFuture<'_, Result<Option<JobView>, StoreError>> { ok(Ok(self.inner().jobs.get(&id).map(|j| JobView { summary: summary(j), parent: None, counters: j.counters, step: j.step, worker: j.worker.clone(), cancel_requested: j.cancel, progress: None, checkpoint_count: j.checkpoint.as_ref().map_or(0, |c| c.count), checkpoint_bytes: None, checkpoint_at: None, checkpoint_module: None, fuel_spent: j.fuel, wall_spent_ms: j.wall, started_at: None, finished_at: None, input: j.new.input.clone(), output: j.output.clone() }))) }
    fn jobs(&self, _: JobFilter) -> BoxFuture<'_, Result<Vec<JobSummary>, StoreError>> { ok(Ok(self.inner().jobs.values().map(summary).collect())) }
    fn attempts(&self, _: JobId) -> BoxFuture<'_, Result<Vec<AttemptView>, StoreError>> { none() }
    fn logs(&self, _: JobId, _: u64) -> BoxFuture<'_, Result<LogView, StoreError>> { none() }
    fn parts(&self, _: JobId) -> BoxFuture<'_, Result<Vec<PartView>, StoreError>> { none() }
    fn part(&self, id: JobId, part: PartName) -> BoxFuture<'_, Result<Vec<Bytes>, StoreError>> { ok(Ok(self.inner().jobs[&id].parts.iter().filter(|((p, _), _)| *p == part).map(|(_, b)| b.clone()).collect())) }
    fn queues(&self) -> BoxFuture<'_, Result<Vec<QueueView>, StoreError>> { none() }
    fn workers(&self) -> BoxFuture<'_, Result<Vec<WorkerView>, StoreError>> { none() }
    fn modules(&self) -> BoxFuture<'_, Result<Vec<ModuleView>, StoreError>> { none() }
    fn counts(&self) -> BoxFuture<'_, Result<Vec<(State, u64)>, StoreError>> { let i = self.inner(); ok(Ok(State::ALL.iter().map(|s| (*s, i.jobs.values().filter(|j| j.state == *s).count() as u64)).collect())) }
}
fn summary(j: &Job) -> JobSummary { JobSummary { id: j.new.id.clone(), kind: j.new.kind.clone(), queue: j.queue.clone(), state: j.state, outcome: j.outcome, attempt: j.attempt, enqueued_at: Timestamp(0), at: Timestamp(j.at), reason: j.reason.clone() } }
impl Store for Standin { fn name(&self) -> &str { "standin" } fn size_limits(&self) -> SizeLimits { SizeLimits::default() } }
