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

use super::keys::CHANNEL;
use super::link::Link;
use crate::bell::Bell;

/// Before a broken subscription is tried again.
const PAUSE: Duration = Duration::from_millis(200);
/// An ear that hears nothing for so long asks whether the server is still there.
const QUIET: Duration = Duration::from_secs(30);

/// A message, or what a script says: `j` for jobs, `n` for notices.
pub(super) fn wake_of(letters: &str) -> Wake {
    Wake { jobs: letters.contains('j'), notices: letters.contains('n') }
}

pub(super) struct Ear {
    link: Arc<Link>,
    bell: Arc<Bell>,
    handle: Arc<str>,
    /// Started when somebody first listens.
    task: Mutex<Option<(JoinHandle<()>, watch::Receiver<bool>)>>,
}

impl Ear {
    pub(super) fn new(link: Arc<Link>, bell: Arc<Bell>, handle: Arc<str>) -> Ear {
        Ear { link, bell, handle, task: Mutex::default() }
    }

    /// From now on others wake this handle.
    pub(super) fn listen(&self) -> watch::Receiver<bool> {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, heard) = task.get_or_insert_with(|| {
            let (told, heard) = watch::channel(false);
            let (link, bell, handle) = (self.link.clone(), self.bell.clone(), self.handle.clone());
            (tokio::spawn(listen(link, bell, handle, told)), heard)
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

async fn listen(link: Arc<Link>, bell: Arc<Bell>, handle: Arc<str>, told: watch::Sender<bool>) {
    let mut complained = false;
    loop {
        match subscribed(&link, &bell, &handle, &told, &mut complained).await {
            Err(error) if !complained => {
                complained = true;
                let store = link.shown();
                tracing::warn!(store, %error, "cannot be woken: jobs are found a little later until this works again");
            }
            _ => {}
        }
        told.send_replace(false);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Until the subscription breaks.
async fn subscribed(
    link: &Link,
    bell: &Bell,
    handle: &str,
    told: &watch::Sender<bool>,
    complained: &mut bool,
) -> RedisResult<()> {
    let (mut sink, mut messages) = link.client().await?.get_async_pubsub().await?.split();
    sink.subscribe(link.key(CHANNEL)).await?;
    if std::mem::take(complained) {
        tracing::info!(store = link.shown(), "can be woken again");
    }
    told.send_replace(true);
    bell.ring(Wake { jobs: true, notices: true });
    loop {
        match tokio::time::timeout(QUIET, messages.next()).await {
            Ok(Some(message)) => {
                let text = String::from_utf8_lossy(message.get_payload_bytes()).into_owned();
                let (letters, from) = text.split_once(' ').unwrap_or((&text, ""));
                // What this handle did itself it has heard with the answer.
                if from != handle {
                    bell.ring(wake_of(letters));
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
