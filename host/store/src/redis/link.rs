//! The one connection of a handle, made when it is needed and again when it broke.
//!
//! Many calls share it. What is sent twice because an answer was lost is recognized by the scripts:
//! pushes by their ids, commits by their numbers, claims by their turn.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cofferdam_queue::StoreError;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, ErrorKind, RedisResult, ServerErrorKind, Value};
use tokio::time::Instant;

use super::Address;
use super::error::{Sent, breaks_the_connection, explain, too_late};
use super::keys::key;
use super::primary::primary;
use super::script::Script;

/// How long somebody who asked waits for an answer, tries and all.
const PATIENCE: Duration = Duration::from_millis(4_500);
/// How long one try takes at most.
const TRY: Duration = Duration::from_secs(2);
/// With less time left none is begun: it would be cut short, and say less than the one before.
const TRY_MIN: Duration = Duration::from_millis(500);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether a call is worth a second try here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tries {
    /// The caller has its own way of trying again.
    Once,
    /// Until it is done, or patience ends.
    UntilDone,
}

pub(super) struct Link {
    address: Address,
    shown: String,
    /// What every script is given first.
    head: String,
    wire: tokio::sync::Mutex<Wire>,
    /// How long one try takes at most, in milliseconds.
    try_ms: AtomicU64,
}

#[derive(Default)]
struct Wire {
    connection: Option<MultiplexedConnection>,
    /// Counts connections, so that a broken one is given up once.
    number: u64,
}

impl Link {
    pub(super) fn new(address: Address) -> Link {
        let shown = address.to_string();
        let head = key(&address.name, "head");
        Link {
            address,
            shown,
            head,
            wire: Default::default(),
            try_ms: AtomicU64::new(TRY.as_millis() as u64),
        }
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// A key of this store.
    pub(super) fn key(&self, name: &str) -> String {
        key(&self.address.name, name)
    }

    /// A worker with this lease must hear soon that it cannot be renewed.
    pub(super) fn hurry(&self, lease_ms: u64) {
        self.try_ms.fetch_min((lease_ms / 3).max(500), Ordering::Relaxed);
    }

    /// A client of the server that is the primary now.
    pub(super) async fn client(&self) -> RedisResult<redis::Client> {
        primary(&self.address.way, &self.head).await
    }

    /// A command that begins as every script does; its arguments follow.
    pub(super) fn begin(&self, script: &Script, args: usize, bytes: usize) -> Cmd {
        let mut cmd = redis::Cmd::with_capacity(args, bytes);
        cmd.arg("EVALSHA");
        cmd.arg(&script.hash).arg(1).arg(&self.head);
        cmd
    }

    /// Runs a script, which the server is given when it does not know it.
    pub(super) async fn run(&self, script: &Script, cmd: &Cmd, tries: Tries) -> Result<Value, StoreError> {
        self.patiently(Some(script), cmd, tries).await
    }

    /// Runs a command by itself.
    pub(super) async fn ask(&self, cmd: &Cmd) -> Result<Value, StoreError> {
        self.patiently(None, cmd, Tries::UntilDone).await
    }

    async fn patiently(&self, script: Option<&Script>, cmd: &Cmd, tries: Tries) -> Result<Value, StoreError> {
        let asked = Instant::now();
        let until = asked + PATIENCE;
        let mut maybe = false;
        loop {
            match self.once(script, cmd, asked, until).await {
                Err(StoreError::Unavailable { message, maybe_applied }) => {
                    maybe |= maybe_applied;
                    if tries == Tries::Once || Instant::now() + PAUSE + TRY_MIN >= until {
                        return Err(StoreError::Unavailable { message, maybe_applied: maybe });
                    }
                }
                answer => return answer,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn once(
        &self,
        script: Option<&Script>,
        cmd: &Cmd,
        asked: Instant,
        until: Instant,
    ) -> Result<Value, StoreError> {
        let longest = Duration::from_millis(self.try_ms.load(Ordering::Relaxed));
        let until = until.min(Instant::now() + longest);
        let connected = tokio::time::timeout_at(until, self.connection()).await;
        let (number, mut connection) = match connected {
            Err(_) => return Err(too_late(&self.shown, asked.elapsed(), Sent::No)),
            Ok(Err(error)) => return Err(explain(&self.shown, &error, Sent::No)),
            Ok(Ok(connected)) => connected,
        };
        match tokio::time::timeout_at(until, send(&mut connection, script, cmd)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                if breaks_the_connection(&error) {
                    self.give_up(number).await;
                }
                Err(explain(&self.shown, &error, Sent::Maybe))
            }
            Err(_) => {
                self.give_up(number).await;
                Err(too_late(&self.shown, asked.elapsed(), Sent::Maybe))
            }
        }
    }

    async fn connection(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        let mut wire = self.wire.lock().await;
        if let Some(connection) = &wire.connection {
            return Ok((wire.number, connection.clone()));
        }
        let client = self.client().await?;
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        wire.number += 1;
        wire.connection = Some(connection.clone());
        Ok((wire.number, connection))
    }

    async fn give_up(&self, number: u64) {
        let mut wire = self.wire.lock().await;
        if wire.number == number {
            wire.connection = None;
        }
    }
}

async fn send(
    connection: &mut MultiplexedConnection,
    script: Option<&Script>,
    cmd: &Cmd,
) -> RedisResult<Value> {
    let answer = connection.send_packed_command(cmd).await.and_then(Value::extract_error);
    match (answer, script) {
        (Err(error), Some(script)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
            connection.send_packed_command(&whole(script, cmd)).await.and_then(Value::extract_error)
        }
        (answer, _) => answer,
    }
}

/// The same call with the script's text, which the server keeps from then on.
fn whole(script: &Script, cmd: &Cmd) -> Cmd {
    let mut whole = redis::cmd("EVAL");
    whole.arg(&script.text);
    for arg in cmd.args_iter().skip(2) {
        if let redis::Arg::Simple(bytes) = arg {
            whole.arg(bytes);
        }
    }
    whole
}
