//! The thread that answers questions, on a connection that cannot write. Started with
//! the first question: a worker that nobody looks at has none.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use cofferdam_queue::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::config::SqliteConfig;
use super::error::{During, Sql, explain, explain_io};
use super::open;

type Question = Box<dyn FnOnce(&Connection) + Send>;

pub(super) struct Reader {
    config: SqliteConfig,
    questions: Mutex<Option<Sender<Question>>>,
}

impl Reader {
    pub(super) fn new(config: SqliteConfig) -> Reader {
        Reader { config, questions: Mutex::default() }
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
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = match &*questions {
            Some(sender) => sender,
            None => questions.insert(start(&self.config)?),
        };
        // A reader that has ended drops the question, and with it the reply: noticed there.
        let _ = sender.send(question);
        Ok(())
    }
}

fn start(config: &SqliteConfig) -> Result<Sender<Question>, StoreError> {
    let conn = open::reader(config).map_err(|error| explain(&config.path, &error, During::Work))?;
    let (questions, asked) = channel();
    std::thread::Builder::new()
        .name("store-reader".to_owned())
        .spawn(move || answer(&conn, &asked))
        .map_err(|error| explain_io(&config.path, &error))?;
    Ok(questions)
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
