//! What wakes a handle: a subscription, kept up by a task of its own.
//!
//! Who makes jobs available publishes, if somebody waits for jobs. A message that was missed
//! because the connection broke is made up for: whoever subscribes again rings both bells.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cofferdam_queue::Wake;
use futures_util::StreamExt;
use redis::RedisResult;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::handed::Handed;
use super::keys::CHANNEL;
use super::link::Link;
use super::there::There;
use crate::bell::Bell;

/// Before a broken subscription is tried again.
const PAUSE: Duration = Duration::from_millis(200);
/// An ear that hears nothing for so long asks whether the server is still there.
const QUIET: Duration = Duration::from_secs(30);

/// A message, or what a script says: `j` for jobs, `n` for notices.
pub(super) fn wake_of(letters: &str) -> Wake {
    Wake { jobs: letters.contains('j'), notices: letters.contains('n'), given: false }
}

/// What is heard, and who is told.
#[derive(Clone)]
pub(super) struct Hears {
    pub(super) link: Arc<Link>,
    pub(super) bell: Arc<Bell>,
    pub(super) handle: Arc<str>,
    pub(super) there: Arc<There>,
    pub(super) handed: Arc<Handed>,
}

impl Hears {
    /// Tells the worker. Of jobs that were not handed to it the server has to be asked.
    pub(super) fn ring(&self, wake: Wake) {
        if wake.jobs && !wake.given {
            self.handed.there_may_be_more();
        }
        self.bell.ring(wake);
    }
}

pub(super) struct Ear {
    hears: Hears,
    /// Started when somebody first listens.
    task: Mutex<Option<(JoinHandle<()>, watch::Receiver<bool>)>>,
}

impl Ear {
    pub(super) fn new(hears: Hears) -> Ear {
        Ear { hears, task: Mutex::default() }
    }

    /// What a script said that this handle must hear.
    pub(super) fn ring(&self, wake: Wake) {
        self.hears.ring(wake);
    }

    /// From now on others wake this handle.
    pub(super) fn listen(&self) -> watch::Receiver<bool> {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, heard) = task.get_or_insert_with(|| {
            let (told, heard) = watch::channel(false);
            (tokio::spawn(listen(self.hears.clone(), told)), heard)
        });
        heard.clone()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some((task, _)) = task.take() {
            task.abort();
        }
    }
}

async fn listen(hears: Hears, told: watch::Sender<bool>) {
    let mut complained = false;
    loop {
        match subscribed(&hears, &told, &mut complained).await {
            Err(error) if !complained => {
                complained = true;
                let store = hears.link.shown();
                tracing::warn!(store, %error, "cannot be woken: jobs are found a little later until this works again");
            }
            _ => {}
        }
        told.send_replace(false);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Until the subscription breaks.
async fn subscribed(hears: &Hears, told: &watch::Sender<bool>, complained: &mut bool) -> RedisResult<()> {
    let Hears { link, handle, there, handed, .. } = hears;
    let hand = format!("{}:{handle}", link.key(CHANNEL));
    let (mut sink, mut messages) = link.client().await?.get_async_pubsub().await?.split();
    sink.subscribe(&[&link.key(CHANNEL), &hand]).await?;
    if std::mem::take(complained) {
        tracing::info!(store = link.shown(), "can be woken again");
    }
    told.send_replace(true);
    hears.ring(Wake { jobs: true, notices: true, given: false });
    loop {
        match tokio::time::timeout(QUIET, messages.next()).await {
            Ok(Some(message)) if message.get_channel_name() == hand => {
                let given = redis::parse_redis_value(message.get_payload_bytes())?;
                let new = handed.hear(given, there).unwrap_or_else(|error| {
                    tracing::warn!(store = link.shown(), %error, "a job was handed over in vain; asking for it");
                    false
                });
                // One that is not new was not understood, or follows one that was lost: the next claim misses it.
                hears.ring(Wake { jobs: true, notices: false, given: new });
            }
            Ok(Some(message)) => {
                let text = String::from_utf8_lossy(message.get_payload_bytes()).into_owned();
                let (letters, from) = text.split_once(' ').unwrap_or((&text, ""));
                // What this handle did itself it has heard with the answer.
                if from != &**handle {
                    hears.ring(wake_of(letters));
                }
            }
            Ok(None) => return Ok(()),
            Err(_) => {
                let answer = tokio::time::timeout(QUIET, sink.ping::<redis::Value>()).await;
                answer.map_err(|_| {
                    redis::RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
                })??;
            }
        }
    }
}
