//! A worker's process, from its own side: its supervisor is at the other end of its stdin. Orders
//! come from there, the ids of its workers go there, and when it is gone the worker drains.

use std::io::Write;
use std::os::fd::FromRawFd;
use std::os::unix::net::UnixStream as Blocking;
use std::sync::Mutex;

use cofferdam_queue::WorkerId;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;

use crate::failure::Failure;

/// The flag that a supervisor adds.
pub const SUPERVISED: &str = "supervised";

/// What a worker is told, by a signal or by its supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Order {
    Stop = b's',
    StopNow = b'n',
    Quiet = b'q',
    GoOn = b'g',
    Show = b't',
}

impl Order {
    fn of(byte: u8) -> Option<Order> {
        [Order::Stop, Order::StopNow, Order::Quiet, Order::GoOn, Order::Show]
            .into_iter()
            .find(|order| *order as u8 == byte)
    }
}

/// Which of the processes this is, and what it may hand out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub number: u32,
    pub budget_bytes: u64,
}

/// For the flag.
pub fn parse(text: &str) -> Result<Share, String> {
    let share = || {
        let (number, bytes) = text.split_once(':')?;
        Some(Share { number: number.parse().ok()?, budget_bytes: bytes.parse().ok()? })
    };
    share().ok_or_else(|| "only `cofferdam work --processes` writes this flag".to_owned())
}

/// The way to the supervisor.
pub struct Link {
    orders: UnixStream,
    ids: Mutex<Blocking>,
}

impl Link {
    /// Takes it from stdin.
    pub fn take() -> Result<Link, Failure> {
        let taken = (|| {
            // SAFETY: stdin is open for as long as the process lives, and nobody else reads it.
            let stdin = std::mem::ManuallyDrop::new(unsafe { Blocking::from_raw_fd(0) });
            let (orders, ids) = (stdin.try_clone()?, stdin.try_clone()?);
            orders.set_nonblocking(true)?;
            Ok::<_, std::io::Error>(Link { orders: UnixStream::from_std(orders)?, ids: Mutex::new(ids) })
        })();
        taken.map_err(|error| {
            Failure::new(format!("`--{SUPERVISED}` without a supervisor: its stdin is no socket: {error}"))
        })
    }

    /// Splits it into what is heard and what is said.
    pub fn split(self) -> (Heard, Said) {
        (Heard { orders: self.orders, is_gone: false }, Said(self.ids))
    }
}

/// Orders from the supervisor.
pub struct Heard {
    orders: UnixStream,
    is_gone: bool,
}

impl Heard {
    /// The next. That the supervisor is gone is the order to stop, and the last one.
    pub async fn next(&mut self) -> Order {
        while !self.is_gone {
            match self.orders.read_u8().await.map(Order::of) {
                Ok(Some(order)) => return order,
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "the supervisor is gone");
                    self.is_gone = true;
                    return Order::Stop;
                }
            }
        }
        std::future::pending().await
    }
}

/// What the supervisor must know to end our leases when we cannot.
pub struct Said(Mutex<Blocking>);

impl Said {
    pub fn signed_on(&self, worker: &WorkerId) {
        let mut link = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Without a supervisor nobody ends the leases before their time.
        let _ = link.write_all(format!("{worker}\n").as_bytes());
    }
}
