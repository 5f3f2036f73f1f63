//! The model's front: each call of the traits, done at once under one lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cofferdam_queue::*;

use super::house::House;
use super::{
    cancel, claim, commit, delete, enqueue, heartbeat, inspect, modules, order, pause, promote, prune, reap,
    retry, sign,
};
use crate::Retention;
use crate::bell::Bell;

/// As SQLite's, so that both do the same in one round.
const PROMOTED_MAX: usize = 500;
const PRUNED_MAX: usize = 1_000;

/// A store in memory. Its clones are the same store, as other processes would see it:
/// each is woken by itself.
pub struct ModelStore {
    house: Arc<Mutex<House>>,
    bells: Arc<Mutex<Vec<Arc<Bell>>>>,
    bell: Arc<Bell>,
    size_limits: SizeLimits,
}

impl Clone for ModelStore {
    fn clone(&self) -> ModelStore {
        let bell = Arc::new(Bell::default());
        lock(&self.bells).push(Arc::clone(&bell));
        let (house, bells) = (Arc::clone(&self.house), Arc::clone(&self.bells));
        ModelStore { house, bells, bell, size_limits: self.size_limits }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ModelStore {
    /// An empty store that reads its time from `clock`.
    pub fn new(clock: Arc<dyn Clock>, retention: Retention) -> ModelStore {
        ModelStore::with_size_limits(clock, retention, SizeLimits::default())
    }

    /// The same, with other limits.
    pub fn with_size_limits(
        clock: Arc<dyn Clock>,
        retention: Retention,
        size_limits: SizeLimits,
    ) -> ModelStore {
        let bell = Arc::new(Bell::default());
        let house = Arc::new(Mutex::new(House::new(clock, retention, size_limits)));
        ModelStore { house, bells: Arc::new(Mutex::new(vec![Arc::clone(&bell)])), bell, size_limits }
    }

    /// From now on there is proof that `worker` is dead: the next round of tending by
    /// anybody gives its jobs back.
    pub fn lose(&self, worker: &WorkerId) {
        lock(&self.house).dead.insert(worker.clone());
        self.ring(Wake { jobs: true, ..Wake::default() });
    }

    /// From now on finished jobs are kept so.
    pub fn keep(&self, retention: Retention) {
        lock(&self.house).retention = retention;
    }

    fn ring(&self, wake: Wake) {
        lock(&self.bells).iter().for_each(|bell| bell.ring(wake));
    }

    /// Done when the answer is first waited for, as with any store.
    fn change<'s, T: 's>(&'s self, work: impl FnOnce(&mut House) -> T + Send + 's) -> BoxFuture<'s, T> {
        Box::pin(async move {
            let (done, wake) = {
                let mut house = lock(&self.house);
                house.wake = Wake::default();
                let done = work(&mut house);
                if house.wake.jobs {
                    // Whoever is woken asks anew.
                    house.waiting.clear();
                }
                (done, house.wake)
            };
            self.ring(wake);
            done
        })
    }

    fn look<'s, T: 's>(
        &'s self,
        look: impl FnOnce(&House) -> T + Send + 's,
    ) -> BoxFuture<'s, Result<T, StoreError>> {
        Box::pin(async move { Ok(look(&lock(&self.house))) })
    }
}

impl Drive for ModelStore {
    fn sign_on(&self, facts: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>> {
        self.change(move |house| {
            sign::sign_on(house, facts);
            Ok(())
        })
    }

    fn sign_off(&self, worker: WorkerId) -> BoxFuture<'_, Result<(), StoreError>> {
        self.change(move |house| {
            sign::sign_off(house, &worker);
            Ok(())
        })
    }

    fn heartbeat(&self, beat: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>> {
        self.change(move |house| Ok(heartbeat::heartbeat(house, &beat)))
    }

    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
        self.change(move |house| {
            let replies = exchange.commits.into_iter().map(|one| commit::commit(house, one)).collect();
            let got = exchange.claim.map(|wanted| claim::claim(house, wanted)).unwrap_or_default();
            let next_due_at = promote::next_due_at(house);
            let claim::Got { claimed, expired, starved } = got;
            Ok(Exchanged { replies, claimed, expired, starved, next_due_at })
        })
    }

    fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>> {
        self.change(|house| {
            let (reaped, lost) = reap::reap(house);
            let promoted = promote::promote(house, PROMOTED_MAX);
            let pruned = prune::prune(house, PRUNED_MAX);
            let dead_overflow = prune::dead_overflow(house);
            let next_due_at = promote::next_due_at(house);
            let next_expiry_at = reap::next_expiry_at(house);
            let more = promoted as usize == PROMOTED_MAX || pruned as usize == PRUNED_MAX;
            Ok(Tended { promoted, reaped, lost, pruned, dead_overflow, next_due_at, next_expiry_at, more })
        })
    }

    fn woken(&self) -> BoxFuture<'_, Wake> {
        Box::pin(self.bell.woken())
    }
}

impl Operate for ModelStore {
    fn enqueue(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<Enqueued>, EnqueueError>> {
        self.change(move |house| enqueue::enqueue(house, jobs))
    }

    fn cancel(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<CancelReply>, StoreError>> {
        self.change(move |house| Ok(cancel::cancel(house, &ids)))
    }

    fn retry(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<RetryReply>, StoreError>> {
        self.change(move |house| Ok(retry::retry(house, &ids)))
    }

    fn delete(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<JobId>, StoreError>> {
        self.change(move |house| Ok(delete::delete(house, ids)))
    }

    fn pause(&self, queue: QueueName, paused: bool) -> BoxFuture<'_, Result<(), StoreError>> {
        self.change(move |house| {
            pause::pause(house, queue, paused);
            Ok(())
        })
    }

    fn bury(&self, worker: WorkerId) -> BoxFuture<'_, Result<u32, StoreError>> {
        self.change(move |house| Ok(reap::bury(house, &worker)))
    }

    fn order(&self, worker: Option<WorkerId>, order: WorkerOrder) -> BoxFuture<'_, Result<u32, StoreError>> {
        self.change(move |house| Ok(order::order(house, worker.as_ref(), order)))
    }
}

impl Modules for ModelStore {
    fn deploy(&self, deploy: Deploy) -> BoxFuture<'_, Result<Deployed, StoreError>> {
        self.change(move |house| Ok(modules::deploy(house, deploy)))
    }

    fn pointers(&self) -> BoxFuture<'_, Result<Pointers, StoreError>> {
        self.look(modules::pointers)
    }

    fn fetch(&self, module: ModuleHash) -> BoxFuture<'_, Result<Option<Bytes>, StoreError>> {
        self.look(move |house| house.modules.get(&module).cloned())
    }

    fn rollback(
        &self,
        kind: Kind,
        to: Option<ModuleHash>,
    ) -> BoxFuture<'_, Result<Option<ModuleHash>, StoreError>> {
        self.change(move |house| Ok(modules::rollback(house, &kind, to)))
    }

    fn prune_modules(&self, keep: u32) -> BoxFuture<'_, Result<Pruned, StoreError>> {
        self.change(move |house| Ok(modules::prune(house, keep)))
    }
}

impl Inspect for ModelStore {
    fn job(&self, id: JobId) -> BoxFuture<'_, Result<Option<JobView>, StoreError>> {
        self.look(move |house| house.jobs.get(&id).map(|job| inspect::job(house, job)))
    }

    fn jobs(&self, filter: JobFilter) -> BoxFuture<'_, Result<Vec<JobSummary>, StoreError>> {
        self.look(move |house| inspect::jobs(house, &filter))
    }

    fn attempts(&self, id: JobId) -> BoxFuture<'_, Result<Vec<AttemptView>, StoreError>> {
        self.look(move |house| house.jobs.get(&id).map(inspect::attempts).unwrap_or_default())
    }

    fn logs(&self, id: JobId, after: u64) -> BoxFuture<'_, Result<LogView, StoreError>> {
        let none = LogView { lines: Vec::new(), next: after };
        self.look(move |house| house.jobs.get(&id).map_or(none, |job| inspect::logs(job, after)))
    }

    fn parts(&self, id: JobId) -> BoxFuture<'_, Result<Vec<PartView>, StoreError>> {
        self.look(move |house| house.jobs.get(&id).map(inspect::parts).unwrap_or_default())
    }

    fn part(&self, id: JobId, part: PartName) -> BoxFuture<'_, Result<Vec<Bytes>, StoreError>> {
        self.look(move |house| house.jobs.get(&id).map(|job| inspect::part(job, &part)).unwrap_or_default())
    }

    fn queues(&self) -> BoxFuture<'_, Result<Vec<QueueView>, StoreError>> {
        self.look(inspect::queues)
    }

    fn workers(&self) -> BoxFuture<'_, Result<Vec<WorkerView>, StoreError>> {
        self.look(inspect::workers)
    }

    fn modules(&self) -> BoxFuture<'_, Result<Vec<ModuleView>, StoreError>> {
        self.look(inspect::modules)
    }

    fn counts(&self) -> BoxFuture<'_, Result<Vec<(State, u64)>, StoreError>> {
        self.look(inspect::counts)
    }
}

impl Store for ModelStore {
    fn name(&self) -> &str {
        "memory:"
    }

    fn size_limits(&self) -> SizeLimits {
        self.size_limits
    }
}
