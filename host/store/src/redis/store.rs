//! The store's front: each call of the traits, as one script or a few questions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cofferdam_queue::*;
use redis::{Cmd, Value};

use super::RedisConfig;
use super::handed::Handed;
use super::inspect::{house, job, jobs};
use super::lanes::Lanes;
use super::link::{Link, Tries};
use super::reply::{Read, Reply};
use super::script::Script;
use super::there::There;
use super::wake::{Ear, Hears, wake_of};
use super::{cancel, claim, delete, enqueue, heartbeat, modules, order, pause, retry, sign, tend};
use crate::SystemClock;
use crate::bell::Bell;

/// So many jobs are asked for by id at once.
const IDS_MAX: usize = 100;

/// A handle on a store in Redis. Connects when it is first used.
pub struct RedisStore {
    pub(super) config: RedisConfig,
    pub(super) link: Arc<Link>,
    bell: Arc<Bell>,
    ear: Ear,
    lanes: Mutex<Lanes>,
    pub(super) there: Arc<There>,
    pub(super) handed: Arc<Handed>,
    handle: Arc<str>,
    /// What a job that crashed too often is given as its reason.
    crash_reason: String,
}

impl RedisStore {
    /// Nothing is asked of the server yet.
    pub fn new(config: RedisConfig) -> RedisStore {
        let link = Arc::new(Link::new(config.address.clone()));
        let bell = Arc::new(Bell::default());
        let handle: Arc<str> = format!("{:016x}", rand::random::<u64>()).into();
        let there = Arc::new(There::new(config.clock.clone()));
        let handed = Arc::new(Handed::default());
        let ear = Ear::new(Hears {
            link: link.clone(),
            bell: bell.clone(),
            handle: handle.clone(),
            there: there.clone(),
            handed: handed.clone(),
        });
        let last = Counters { idle_crashes: CRASHES_MAX - 1, ..Counters::default() };
        let crash_reason = match worker_lost(last, false, 0).next {
            Next::Dead(reason) => reason,
            _ => String::new(),
        };
        RedisStore { config, link, bell, ear, lanes: Mutex::default(), there, handed, handle, crash_reason }
    }

    /// A script's call, up to its own arguments.
    pub(super) fn begin(&self, script: &Script) -> Cmd {
        self.begin_sized(script, 0, 0)
    }

    /// The same, with room for so many arguments of its own, of so many bytes.
    pub(super) fn begin_sized(&self, script: &Script, args: usize, bytes: usize) -> Cmd {
        let mut cmd = self.link.begin(script, 10 + args, 512 + bytes);
        match &self.config.clock {
            Some(clock) => cmd.arg(clock.now().0),
            None => cmd.arg(""),
        };
        cmd.arg(&*self.handle)
            .arg(self.config.retention.attempts_per_job)
            .arg(self.config.retention.log_lines_per_job)
            .arg(CRASHES_MAX)
            .arg(&self.crash_reason);
        cmd
    }

    pub(super) async fn run(&self, script: &Script, cmd: &Cmd, tries: Tries) -> Read<Value> {
        self.link.run(script, cmd, tries).await
    }

    /// How the server's clock stands to this machine's, from what it was at the answer.
    pub(super) fn skew(&self, there_ms: u64) -> Skew {
        let here_ms = match &self.config.clock {
            Some(_) => there_ms,
            None => SystemClock.now().0,
        };
        Skew { there_ms, here_ms }
    }

    /// What a script says that this handle must hear.
    pub(super) fn hear(&self, letters: &str) {
        self.ear.ring(wake_of(letters));
    }

    pub(super) fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A script that takes ids, and answers with a letter for each.
    pub(super) async fn of_each(&self, script: &Script, ids: &[JobId]) -> Read<String> {
        let mut letters = String::with_capacity(ids.len());
        for some in ids.chunks(IDS_MAX) {
            let mut cmd = self.begin(script);
            cmd.arg(some.len());
            for id in some {
                cmd.arg(id.as_str());
            }
            let mut reply = Reply::of(self.run(script, &cmd, Tries::UntilDone).await?)?;
            letters += &reply.text()?;
            self.hear(&reply.text()?);
        }
        Ok(letters)
    }
}

/// The clocks of two machines, at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skew {
    there_ms: u64,
    here_ms: u64,
}

impl Skew {
    /// A time of the server's, by this machine's clock.
    pub(super) fn here(self, at_ms: u64) -> Timestamp {
        Timestamp(self.here_ms.saturating_add(at_ms).saturating_sub(self.there_ms))
    }
}

impl Drive for RedisStore {
    fn sign_on(&self, facts: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            // Ready to be woken before anybody can find this worker. A server that cannot be
            // reached is told of by the signing on itself.
            let mut heard = self.ear.listen();
            let ready = heard.wait_for(|heard| *heard);
            let _ = tokio::time::timeout(std::time::Duration::from_secs(1), ready).await;
            self.handed.signs_on(&facts.id);
            sign::sign_on(self, facts).await
        })
    }

    fn sign_off(&self, worker: WorkerId) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(sign::sign_off(self, worker))
    }

    fn heartbeat(&self, beat: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>> {
        Box::pin(heartbeat::heartbeat(self, beat))
    }

    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
        Box::pin(claim::exchange(self, exchange))
    }

    fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>> {
        Box::pin(tend::tend(self))
    }

    fn woken(&self) -> BoxFuture<'_, Wake> {
        Box::pin(async move {
            self.ear.listen();
            self.bell.woken().await
        })
    }
}

impl Operate for RedisStore {
    fn enqueue(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<Enqueued>, EnqueueError>> {
        Box::pin(enqueue::enqueue(self, jobs))
    }

    fn cancel(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<CancelReply>, StoreError>> {
        Box::pin(cancel::cancel(self, ids))
    }

    fn retry(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<RetryReply>, StoreError>> {
        Box::pin(retry::retry(self, ids))
    }

    fn delete(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<JobId>, StoreError>> {
        Box::pin(delete::delete(self, ids))
    }

    fn pause(&self, queue: QueueName, paused: bool) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(pause::pause(self, queue, paused))
    }

    fn bury(&self, worker: WorkerId) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(sign::bury(self, worker))
    }

    fn order(&self, worker: Option<WorkerId>, order: WorkerOrder) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(order::order(self, worker, order))
    }
}

impl Modules for RedisStore {
    fn deploy(&self, deploy: Deploy) -> BoxFuture<'_, Result<Deployed, StoreError>> {
        Box::pin(modules::deploy(self, deploy))
    }

    fn pointers(&self) -> BoxFuture<'_, Result<Pointers, StoreError>> {
        Box::pin(modules::pointers(self))
    }

    fn fetch(&self, module: ModuleHash) -> BoxFuture<'_, Result<Option<Bytes>, StoreError>> {
        Box::pin(modules::fetch(self, module))
    }

    fn rollback(
        &self,
        kind: Kind,
        to: Option<ModuleHash>,
    ) -> BoxFuture<'_, Result<Option<ModuleHash>, StoreError>> {
        Box::pin(modules::rollback(self, kind, to))
    }

    fn prune_modules(&self, keep: u32) -> BoxFuture<'_, Result<Pruned, StoreError>> {
        Box::pin(modules::prune(self, keep))
    }
}

impl Inspect for RedisStore {
    fn job(&self, id: JobId) -> BoxFuture<'_, Result<Option<JobView>, StoreError>> {
        Box::pin(job::job(self, id))
    }

    fn jobs(&self, filter: JobFilter) -> BoxFuture<'_, Result<Vec<JobSummary>, StoreError>> {
        Box::pin(jobs::jobs(self, filter))
    }

    fn attempts(&self, id: JobId) -> BoxFuture<'_, Result<Vec<AttemptView>, StoreError>> {
        Box::pin(job::attempts(self, id))
    }

    fn logs(&self, id: JobId, after: u64) -> BoxFuture<'_, Result<LogView, StoreError>> {
        Box::pin(job::logs(self, id, after))
    }

    fn parts(&self, id: JobId) -> BoxFuture<'_, Result<Vec<PartView>, StoreError>> {
        Box::pin(job::parts(self, id))
    }

    fn part(&self, id: JobId, part: PartName) -> BoxFuture<'_, Result<Vec<Bytes>, StoreError>> {
        Box::pin(job::part(self, id, part))
    }

    fn queues(&self) -> BoxFuture<'_, Result<Vec<QueueView>, StoreError>> {
        Box::pin(house::queues(self))
    }

    fn workers(&self) -> BoxFuture<'_, Result<Vec<WorkerView>, StoreError>> {
        Box::pin(house::workers(self))
    }

    fn modules(&self) -> BoxFuture<'_, Result<Vec<ModuleView>, StoreError>> {
        Box::pin(modules::views(self))
    }

    fn counts(&self) -> BoxFuture<'_, Result<Vec<(State, u64)>, StoreError>> {
        Box::pin(house::counts(self))
    }
}

impl Store for RedisStore {
    fn name(&self) -> &str {
        self.link.shown()
    }

    fn size_limits(&self) -> SizeLimits {
        self.config.size_limits
    }
}
