//! The store's front: each call of the traits, handed to the writer or the reader.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cofferdam_queue::*;

use super::config::SqliteConfig;
use super::desk::Desk;
use super::error::explain_io;
use super::identity::Identity;
use super::pipe::{self, Listener};
use super::proof::Proofs;
use super::reader::Reader;
use super::writer::{Durable, Outfit, Writer};
use super::{
    cancel, claim, commit, delete, enqueue, heartbeat, inspect, modules, open, order, pause, promote, prune,
    reap, retry, sign,
};
use crate::bell::Bell;

/// The most due jobs made available in one round of tending.
const PROMOTED_MAX: u32 = 500;
/// The most old jobs removed in one round.
const PRUNED_MAX: u32 = 1_000;

/// A store in a SQLite file. Share it in an `Arc`; dropping the last ends its threads and
/// lets go of the locks of the workers that signed on through it.
pub struct SqliteStore {
    name: String,
    config: SqliteConfig,
    // Before the writer: it holds a way to it.
    listener: Mutex<Option<Listener>>,
    writer: Arc<Writer>,
    reader: Reader,
    proofs: Arc<Proofs>,
    bell: Arc<Bell>,
    dir: PathBuf,
    own_pipe: String,
}

impl SqliteStore {
    /// Open the file, or create it; an older one is brought up to date.
    ///
    /// # Errors
    /// `Unusable` with the file's name and the remedy: it is no store, from a newer version,
    /// not writable, damaged, on a network filesystem, or its directory is missing.
    pub fn open(config: SqliteConfig) -> Result<SqliteStore, StoreError> {
        let turns = open::prepare(&config.path)?;
        let conn = open::writer(&config, &turns)?;
        let dir = open::meeting_place(&config.path);
        let (proofs, bell) = (Arc::new(Proofs::new(&dir)), Arc::new(Bell::default()));
        let own_pipe = pipe::name(handle_number());
        let writer = Writer::start(Outfit {
            conn,
            turns,
            identity: Identity::of(&config.path).map_err(|error| explain_io(&config.path, &error))?,
            config: config.clone(),
            proofs: Arc::clone(&proofs),
            bell: Arc::clone(&bell),
            dir: dir.clone(),
            own_pipe: own_pipe.clone(),
        })?;
        Ok(SqliteStore {
            name: format!("sqlite:{}", config.path.display()),
            reader: Reader::new(config.clone()),
            config,
            listener: Mutex::default(),
            writer: Arc::new(writer),
            proofs,
            bell,
            dir,
            own_pipe,
        })
    }

    /// From now on other processes wake this handle, and it notices when they die.
    fn listen(&self) -> Result<(), StoreError> {
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        if listener.is_none() {
            let writer = Arc::clone(&self.writer);
            let bury = move || {
                writer.tell(|desk| {
                    for worker in reap::bury_all(desk)? {
                        tracing::warn!(%worker, "a worker was lost; its jobs go on");
                    }
                    Ok(())
                });
            };
            *listener = Some(Listener::start(&self.dir, &self.own_pipe, Arc::clone(&self.bell), bury)?);
        }
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.config.clock.now()
    }
}

/// A number that no other handle on this machine has.
fn handle_number() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static HANDLES: AtomicU64 = AtomicU64::new(0);
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (since_epoch.as_micros() as u64) << 8 | HANDLES.fetch_add(1, Ordering::Relaxed) & 0xff
}

impl Drive for SqliteStore {
    fn sign_on(&self, facts: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            // Ready to be woken, and provably alive, before anybody can find this worker.
            self.listen()?;
            self.proofs
                .hold(&facts.id)
                .map_err(|error| explain_io(&self.dir.join(format!("{}.lock", facts.id)), &error))?;
            self.writer.ask(Durable::No, move |desk| sign::sign_on(desk, &facts)).await
        })
    }

    fn sign_off(&self, worker: WorkerId) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let gone = worker.clone();
            self.writer.ask(Durable::Yes, move |desk| sign::sign_off(desk, &worker)).await?;
            self.proofs.release(&gone);
            Ok(())
        })
    }

    fn heartbeat(&self, beat: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>> {
        Box::pin(
            async move { self.writer.ask(Durable::No, move |desk| heartbeat::heartbeat(desk, &beat)).await },
        )
    }

    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
        // A claim need not outlast the machine: the worker would not either.
        let durable = if exchange.commits.is_empty() { Durable::No } else { Durable::Yes };
        Box::pin(async move {
            let work = move |desk: &mut Desk<'_>| {
                let replies =
                    exchange.commits.iter().map(|one| commit::commit(desk, one)).collect::<Result<_, _>>()?;
                let got = match &exchange.claim {
                    Some(wanted) => claim::claim(desk, wanted)?,
                    None => claim::Got::default(),
                };
                let next_due_at = promote::next_due_at(desk)?;
                let claim::Got { claimed, expired, starved } = got;
                Ok(Exchanged { replies, claimed, expired, starved, next_due_at })
            };
            self.writer.ask(durable, work).await
        })
    }

    fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>> {
        Box::pin(async move {
            let work = |desk: &mut Desk<'_>| {
                let (reaped, lost) = reap::reap(desk)?;
                let promoted = promote::promote(desk, PROMOTED_MAX)?;
                let pruned = prune::prune(desk, PRUNED_MAX)?;
                let dead_overflow = prune::dead_overflow(desk)?;
                let next_due_at = promote::next_due_at(desk)?;
                let next_expiry_at = reap::next_expiry_at(desk)?;
                let more = promoted == PROMOTED_MAX || pruned == PRUNED_MAX;
                Ok(Tended {
                    promoted,
                    reaped,
                    lost,
                    pruned,
                    dead_overflow,
                    next_due_at,
                    next_expiry_at,
                    more,
                })
            };
            self.writer.ask(Durable::No, work).await
        })
    }

    fn woken(&self) -> BoxFuture<'_, Wake> {
        Box::pin(async move {
            if let Err(error) = self.listen() {
                tracing::error!(%error, "this process cannot be woken by others");
            }
            self.bell.woken().await
        })
    }
}

impl Operate for SqliteStore {
    fn enqueue(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<Enqueued>, EnqueueError>> {
        Box::pin(
            async move { self.writer.ask(Durable::Yes, move |desk| enqueue::enqueue(desk, &jobs)).await? },
        )
    }

    fn cancel(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<CancelReply>, StoreError>> {
        Box::pin(async move { self.writer.ask(Durable::Yes, move |desk| cancel::cancel(desk, &ids)).await })
    }

    fn retry(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<RetryReply>, StoreError>> {
        Box::pin(async move { self.writer.ask(Durable::Yes, move |desk| retry::retry(desk, &ids)).await })
    }

    fn delete(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<JobId>, StoreError>> {
        Box::pin(async move { self.writer.ask(Durable::Yes, move |desk| delete::delete(desk, &ids)).await })
    }

    fn pause(&self, queue: QueueName, paused: bool) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.writer.ask(Durable::Yes, move |desk| pause::pause(desk, &queue, paused)).await
        })
    }

    fn bury(&self, worker: WorkerId) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(async move { self.writer.ask(Durable::No, move |desk| reap::bury(desk, &worker)).await })
    }

    fn order(&self, worker: Option<WorkerId>, order: WorkerOrder) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(async move {
            self.writer.ask(Durable::Yes, move |desk| order::order(desk, worker.as_ref(), order)).await
        })
    }
}

impl Modules for SqliteStore {
    fn deploy(&self, deploy: Deploy) -> BoxFuture<'_, Result<Deployed, StoreError>> {
        Box::pin(
            async move { self.writer.ask(Durable::Yes, move |desk| modules::deploy(desk, &deploy)).await },
        )
    }

    fn pointers(&self) -> BoxFuture<'_, Result<Pointers, StoreError>> {
        Box::pin(self.reader.ask(modules::pointers))
    }

    fn fetch(&self, module: ModuleHash) -> BoxFuture<'_, Result<Option<Bytes>, StoreError>> {
        Box::pin(self.reader.ask(move |conn| modules::fetch(conn, &module)))
    }

    fn rollback(
        &self,
        kind: Kind,
        to: Option<ModuleHash>,
    ) -> BoxFuture<'_, Result<Option<ModuleHash>, StoreError>> {
        Box::pin(async move {
            self.writer.ask(Durable::Yes, move |desk| modules::rollback(desk, &kind, to)).await
        })
    }

    fn prune_modules(&self, keep: u32) -> BoxFuture<'_, Result<Pruned, StoreError>> {
        Box::pin(async move { self.writer.ask(Durable::Yes, move |desk| modules::prune(desk, keep)).await })
    }
}

impl Inspect for SqliteStore {
    fn job(&self, id: JobId) -> BoxFuture<'_, Result<Option<JobView>, StoreError>> {
        let now = self.now();
        Box::pin(self.reader.ask(move |conn| inspect::job::job(conn, &id, now)))
    }

    fn jobs(&self, filter: JobFilter) -> BoxFuture<'_, Result<Vec<JobSummary>, StoreError>> {
        let now = self.now();
        Box::pin(self.reader.ask(move |conn| inspect::jobs::jobs(conn, &filter, now)))
    }

    fn attempts(&self, id: JobId) -> BoxFuture<'_, Result<Vec<AttemptView>, StoreError>> {
        Box::pin(self.reader.ask(move |conn| inspect::job::attempts(conn, &id)))
    }

    fn logs(&self, id: JobId, after: u64) -> BoxFuture<'_, Result<LogView, StoreError>> {
        Box::pin(self.reader.ask(move |conn| inspect::job::logs(conn, &id, after)))
    }

    fn parts(&self, id: JobId) -> BoxFuture<'_, Result<Vec<PartView>, StoreError>> {
        Box::pin(self.reader.ask(move |conn| inspect::job::parts(conn, &id)))
    }

    fn part(&self, id: JobId, part: PartName) -> BoxFuture<'_, Result<Vec<Bytes>, StoreError>> {
        Box::pin(self.reader.ask(move |conn| inspect::job::part(conn, &id, &part)))
    }

    fn queues(&self) -> BoxFuture<'_, Result<Vec<QueueView>, StoreError>> {
        Box::pin(self.reader.ask(inspect::house::queues))
    }

    fn workers(&self) -> BoxFuture<'_, Result<Vec<WorkerView>, StoreError>> {
        let now = self.now();
        Box::pin(async move {
            let mut workers = self.reader.ask(move |conn| inspect::house::workers(conn, now)).await?;
            workers.iter_mut().for_each(|worker| worker.lost = self.proofs.is_dead(&worker.facts.id));
            Ok(workers)
        })
    }

    fn modules(&self) -> BoxFuture<'_, Result<Vec<ModuleView>, StoreError>> {
        Box::pin(self.reader.ask(inspect::house::modules))
    }

    fn counts(&self) -> BoxFuture<'_, Result<Vec<(State, u64)>, StoreError>> {
        Box::pin(self.reader.ask(inspect::house::counts))
    }
}

impl Store for SqliteStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn size_limits(&self) -> SizeLimits {
        self.config.size_limits
    }
}
