//! The one thread of a process that writes, and the one that waits for the disk.
//!
//! Whatever is queued when the writer's turn comes is done in one transaction. What was
//! promised to be durable is answered only when the log is on the disk; the syncer waits
//! for that, while the writer goes on with the next group and other processes have
//! their turn. What need not survive a power failure (a claim, a heartbeat: the machine's
//! workers would be gone too) is answered at once.
//!
//! One command's failure does not undo the others: a command decides before it writes, and
//! when a transaction fails all the same, its commands are done again, each by itself.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use cofferdam_queue::{StoreError, Wake};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::config::{SqliteConfig, Synchronous};
use super::desk::Desk;
use super::error::{During, Sql, explain, explain_io};
use super::identity::Identity;
use super::pipe;
use super::proof::Proofs;
use super::turn::Turns;
use crate::bell::Bell;

/// The most commands in one transaction.
const GROUP_MAX: usize = 256;

/// Whether an answer waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durable {
    Yes,
    No,
}

/// One command on its way through the writer.
pub(super) trait Command: Send {
    fn durable(&self) -> Durable;
    /// May be called again after a transaction that was rolled back.
    fn work(&mut self, desk: &mut Desk<'_>) -> Sql<()>;
    fn answer(self: Box<Self>, failed: Option<StoreError>);
}

struct Asked<T, W> {
    durable: Durable,
    work: W,
    done: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, W: FnMut(&mut Desk<'_>) -> Sql<T> + Send> Command for Asked<T, W> {
    fn durable(&self) -> Durable {
        self.durable
    }

    fn work(&mut self, desk: &mut Desk<'_>) -> Sql<()> {
        self.done = Some((self.work)(desk)?);
        Ok(())
    }

    fn answer(self: Box<Self>, failed: Option<StoreError>) {
        let answer = match (failed, self.done) {
            (None, Some(done)) => Ok(done),
            (Some(error), _) => Err(error),
            (None, None) => return,
        };
        // Who asked may have gone away.
        let _ = self.reply.send(answer);
    }
}

/// What the writer is started with.
pub(super) struct Outfit {
    pub(super) conn: Connection,
    pub(super) turns: Turns,
    pub(super) identity: Identity,
    pub(super) config: SqliteConfig,
    pub(super) proofs: Arc<Proofs>,
    pub(super) bell: Arc<Bell>,
    pub(super) dir: PathBuf,
    /// The name of this handle's own pipe, which is not rung.
    pub(super) own_pipe: String,
}

/// The way to the writer. Cheap to share.
pub(super) struct Writer {
    commands: Option<Sender<Box<dyn Command>>>,
    thread: Option<JoinHandle<()>>,
    gone: StoreError,
}

impl Writer {
    pub(super) fn start(outfit: Outfit) -> Result<Writer, StoreError> {
        let path = outfit.config.path.clone();
        let (commands, queued) = channel();
        let syncer = match outfit.config.synchronous {
            Synchronous::Full => Some(Syncer::start(&path)?),
            Synchronous::Normal => None,
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write(&outfit, syncer, &queued))
            .map_err(|error| explain_io(&path, &error))?;
        let gone = StoreError::Unusable {
            message: format!("the writer of `{}` has ended: restart this process", path.display()),
        };
        Ok(Writer { commands: Some(commands), thread: Some(thread), gone })
    }

    /// Have `work` done in a transaction.
    pub(super) async fn ask<T, W>(&self, durable: Durable, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnMut(&mut Desk<'_>) -> Sql<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Box::new(Asked { durable, work, done: None, reply }));
        answer.await.unwrap_or_else(|_| Err(self.gone.clone()))
    }

    /// Have `work` done, whatever comes of it.
    pub(super) fn tell<T, W>(&self, work: W)
    where
        T: Send + 'static,
        W: FnMut(&mut Desk<'_>) -> Sql<T> + Send + 'static,
    {
        let (reply, _) = oneshot::channel();
        self.send(Box::new(Asked { durable: Durable::No, work, done: None, reply }));
    }

    fn send(&self, command: Box<dyn Command>) {
        if let Some(commands) = &self.commands {
            // A writer that has ended drops the command, and with it the reply: noticed there.
            let _ = commands.send(command);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer ended by a panic");
        }
    }
}

fn write(outfit: &Outfit, syncer: Option<Syncer>, queued: &Receiver<Box<dyn Command>>) {
    let mut desk = match Desk::new(&outfit.conn, &outfit.config, &outfit.proofs) {
        Ok(desk) => desk,
        Err(error) => {
            let error = explain(&outfit.config.path, &error, During::Work);
            return queued.iter().for_each(|command| command.answer(Some(error.clone())));
        }
    };
    let mut group = Vec::with_capacity(GROUP_MAX);
    while let Ok(first) = queued.recv() {
        group.push(first);
        group.extend(queued.try_iter().take(GROUP_MAX - 1));
        if let Err(error) = transact(outfit, &mut desk, &mut group) {
            if group.len() == 1 || error.is_temporary() {
                group.drain(..).for_each(|command| command.answer(Some(error.clone())));
            }
            for command in group.drain(..) {
                let mut alone = vec![command];
                let result = transact(outfit, &mut desk, &mut alone);
                finish(outfit, &desk, syncer.as_ref(), alone, result.err());
            }
            continue;
        }
        finish(outfit, &desk, syncer.as_ref(), std::mem::take(&mut group), None);
    }
}

/// Do a group in one transaction: all of it, or nothing.
fn transact(outfit: &Outfit, desk: &mut Desk<'_>, group: &mut [Box<dyn Command>]) -> Result<(), StoreError> {
    let path = &outfit.config.path;
    let turn = outfit.turns.take().map_err(|error| explain_io(path, &error))?;
    outfit.identity.check(path)?;
    let mut during = During::Work;
    let mut run = || -> Sql<()> {
        desk.begin()?;
        for command in group.iter_mut() {
            command.work(desk)?;
        }
        desk.write_head()?;
        during = During::Commit;
        desk.commit()
    };
    let result = run();
    if result.is_err() {
        desk.roll_back();
    }
    drop(turn);
    result.map_err(|error| explain(path, &error, during))
}

/// Answer, and wake whom it concerns.
fn finish(
    outfit: &Outfit,
    desk: &Desk<'_>,
    syncer: Option<&Syncer>,
    mut group: Vec<Box<dyn Command>>,
    failed: Option<StoreError>,
) {
    let wake = if failed.is_none() { desk.wake } else { Wake::default() };
    outfit.bell.ring(wake);
    if failed.is_none() {
        // Only now: until the store has forgotten it, the lock is what proves its death.
        desk.lost.iter().for_each(|worker| outfit.proofs.release(worker));
    }
    if let (Some(syncer), None) = (syncer, &failed) {
        let at_once: Vec<_> = group.extract_if(.., |command| command.durable() == Durable::No).collect();
        at_once.into_iter().for_each(|command| command.answer(None));
        if !group.is_empty() {
            syncer.sync_then_answer(group);
        }
    } else {
        group.into_iter().for_each(|command| command.answer(failed.clone()));
    }
    pipe::ring_others(&outfit.dir, &outfit.own_pipe, wake, failed.is_none() && desk.workers_changed);
}

/// Waits for the disk, then answers.
struct Syncer {
    written: Option<Sender<Vec<Box<dyn Command>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    fn start(path: &Path) -> Result<Syncer, StoreError> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let log = PathBuf::from(log);
        // Beside the database itself, the log is never locked by SQLite: a descriptor of our
        // own does no harm. It stays the same file for as long as a connection is open.
        let file = File::open(&log).map_err(|error| explain_io(&log, &error))?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            // The name of a log that was created just now is durable too.
            File::open(parent).and_then(|dir| dir.sync_all()).map_err(|error| explain_io(parent, &error))?;
        }
        let (written, queued) = channel::<Vec<Box<dyn Command>>>();
        let thread = std::thread::Builder::new()
            .name("store-syncer".to_owned())
            .spawn(move || sync(&log, &file, &queued))
            .map_err(|error| explain_io(path, &error))?;
        Ok(Syncer { written: Some(written), thread: Some(thread) })
    }

    fn sync_then_answer(&self, group: Vec<Box<dyn Command>>) {
        if let Some(written) = &self.written {
            let _ = written.send(group);
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.written = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's syncer ended by a panic");
        }
    }
}

fn sync(log: &Path, file: &File, queued: &Receiver<Vec<Box<dyn Command>>>) {
    // After a sync that failed the system may have dropped what it could not write, and the
    // next one would wrongly succeed: from then on nothing is acknowledged.
    let mut broken: Option<StoreError> = None;
    while let Ok(mut groups) = queued.recv() {
        groups.extend(queued.try_iter().flatten());
        let mut failed = broken.clone();
        if failed.is_none()
            && let Err(error) = file.sync_data()
        {
            let message = format!(
                "`{}` could not be brought to the disk ({error}): check the disk, then restart this process",
                log.display()
            );
            broken = Some(StoreError::Unusable { message: message.clone() });
            failed = Some(StoreError::Unavailable { message, maybe_applied: true });
        }
        groups.into_iter().for_each(|command| command.answer(failed.clone()));
    }
}
