//! The thread that answers questions, on a connection that cannot write. Started with
//! the first question: a worker that nobody looks at has none.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use cofferdam_queue::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::config::SqliteConfig;
use super::error::{During, Sql, explain, explain_io};
use super::open;

type Question = Box<dyn FnOnce(&Connection) + Send>;

pub(super) struct Reader {
    config: SqliteConfig,
    started: Mutex<Option<Started>>,
}

struct Started {
    questions: Sender<Question>,
    thread: JoinHandle<()>,
}

impl Reader {
    pub(super) fn new(config: SqliteConfig) -> Reader {
        Reader { config, started: Mutex::default() }
    }

    /// Have `look` answered in one snapshot of the file.
    pub(super) async fn ask<T, L>(&self, look: L) -> Result<T, StoreError>
    where
        T: Send + 'static,
        L: FnOnce(&Connection) -> Sql<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Box::new(move |conn| {
            let _ = reply.send(snapshot(conn, look));
        }))?;
        let path = &self.config.path;
        match answer.await {
            Ok(result) => result.map_err(|error| explain(path, &error, During::Work)),
            Err(_) => Err(StoreError::Unusable {
                message: format!("the reader of `{}` has ended: restart this process", path.display()),
            }),
        }
    }

    fn send(&self, question: Question) -> Result<(), StoreError> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = match &*started {
            Some(reader) => reader,
            None => started.insert(start(&self.config)?),
        };
        // A reader that has ended drops the question, and with it the reply: noticed there.
        let _ = reader.questions.send(question);
        Ok(())
    }
}

impl Drop for Reader {
    /// Waits until the file is closed: who drops a store may move it away.
    fn drop(&mut self) {
        let started = self.started.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Started { questions, thread }) = started {
            drop(questions);
            if thread.join().is_err() {
                tracing::error!("the store's reader ended by a panic");
            }
        }
    }
}

fn start(config: &SqliteConfig) -> Result<Started, StoreError> {
    let conn = open::reader(config).map_err(|error| explain(&config.path, &error, During::Work))?;
    let (questions, asked) = channel();
    let thread = std::thread::Builder::new()
        .name("store-reader".to_owned())
        .spawn(move || answer(&conn, &asked))
        .map_err(|error| explain_io(&config.path, &error))?;
    Ok(Started { questions, thread })
}

fn answer(conn: &Connection, asked: &Receiver<Question>) {
    while let Ok(question) = asked.recv() {
        question(conn);
    }
}

fn snapshot<T>(conn: &Connection, look: impl FnOnce(&Connection) -> Sql<T>) -> Sql<T> {
    conn.execute_batch("BEGIN")?;
    let result = look(conn);
    conn.execute_batch("ROLLBACK")?;
    result
}
