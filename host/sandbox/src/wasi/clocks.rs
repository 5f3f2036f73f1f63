//! The time of day, a monotonic clock that starts with the attempt, and
//! sleeping. A guest that sleeps waits on our clock thread, never on a thread of
//! the guests' runtime, and is woken by stops and by its deadline.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::Call;
use super::errno::{Answer, Errno, Fault};
use super::guest_memory::{put, range, read_u32, read_u64, write};
use crate::gate;
use crate::guest::Guest;
use crate::memory::split;

const REALTIME: u32 = 0;
const MONOTONIC: u32 = 1;
const PROCESS_CPU: u32 = 2;
const THREAD_CPU: u32 = 3;

const SUBSCRIPTION_BYTES: u32 = 48;
const EVENT_BYTES: u32 = 32;
const SUBSCRIPTIONS_MAX: u32 = 1024;
const KIND_CLOCK: u8 = 0;
const KIND_READ: u8 = 1;
const KIND_WRITE: u8 = 2;
const FLAG_ABSOLUTE: u16 = 1;

pub(super) async fn clock_res_get(caller: Call<'_, '_>, clock: u32, out: u32) -> Answer {
    gate::enter(caller, 8).await?;
    if clock > THREAD_CPU {
        return Err(Errno::Invalid.into());
    }
    put(caller, out, &1u64.to_le_bytes())
}

pub(super) async fn clock_time_get(caller: Call<'_, '_>, clock: u32, _precision: u64, out: u32) -> Answer {
    gate::enter(caller, 8).await?;
    let now_ns = now_ns(caller.data(), clock)?;
    put(caller, out, &now_ns.to_le_bytes())
}

fn now_ns(guest: &Guest, clock: u32) -> Result<u64, Fault> {
    match clock {
        REALTIME => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Ok(now.as_nanos() as u64)
        }
        // How long the machine has been up is none of the guest's business.
        MONOTONIC | PROCESS_CPU | THREAD_CPU => Ok(guest.began.elapsed().as_nanos() as u64),
        _ => Err(Errno::Invalid.into()),
    }
}

/// One subscription, read where it lies.
struct Subscription {
    userdata: u64,
    kind: u8,
    /// How long until it is due; nothing for a descriptor, which is ready.
    wait: Duration,
    errno: u16,
}

fn subscription(memory: &[u8], guest: &Guest, at: u32) -> Result<Subscription, Fault> {
    let kind = memory[range(memory, at + 8, 1)?.start];
    let mut subscription =
        Subscription { userdata: read_u64(memory, at)?, kind, wait: Duration::ZERO, errno: 0 };
    match kind {
        KIND_CLOCK => {
            let (clock, timeout_ns) = (read_u32(memory, at + 16)?, read_u64(memory, at + 24)?);
            let is_absolute = read_u32(memory, at + 40)? as u16 & FLAG_ABSOLUTE != 0;
            match now_ns(guest, clock) {
                Ok(now_ns) if is_absolute => {
                    subscription.wait = Duration::from_nanos(timeout_ns.saturating_sub(now_ns));
                }
                Ok(_) => subscription.wait = Duration::from_nanos(timeout_ns),
                Err(_) => subscription.errno = Errno::Invalid as u16,
            }
        }
        KIND_READ | KIND_WRITE => {
            if !guest.descriptors.is_open(read_u32(memory, at + 16)?) {
                subscription.errno = Errno::BadDescriptor as u16;
            }
        }
        _ => return Err(Errno::Invalid.into()),
    }
    Ok(subscription)
}

/// Files and streams are always ready, so what is waited for is the earliest
/// clock, and only if nothing else was asked for.
pub(super) async fn poll_oneoff(
    caller: Call<'_, '_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    out: u32,
) -> Answer {
    gate::enter(caller, u64::from(count) * u64::from(SUBSCRIPTION_BYTES + EVENT_BYTES)).await?;
    if count == 0 || count > SUBSCRIPTIONS_MAX {
        return Err(Errno::Invalid.into());
    }
    let (memory, guest) = split(caller)?;
    range(memory, subscriptions, u64::from(count) * u64::from(SUBSCRIPTION_BYTES))?;
    range(memory, events, u64::from(count) * u64::from(EVENT_BYTES))?;
    let mut earliest = Duration::MAX;
    for index in 0..count {
        let subscribed = subscription(memory, guest, subscriptions + index * SUBSCRIPTION_BYTES)?;
        earliest = earliest.min(subscribed.wait);
    }
    let began = Instant::now();
    if earliest > Duration::ZERO {
        let clock = guest.clock.clone();
        // Beyond the clock's range is for ever; the deadline ends it.
        match began.checked_add(earliest) {
            Some(at) => gate::wait(caller, clock.until(at)).await,
            None => gate::wait(caller, std::future::pending()).await,
        }
    }
    let (memory, guest) = split(caller)?;
    let mut happened = 0;
    for index in 0..count {
        let subscribed = subscription(memory, guest, subscriptions + index * SUBSCRIPTION_BYTES)?;
        // An absolute time is nearer now than it was; a relative one is not,
        // so both are measured against what was waited for.
        let is_due = subscribed.wait <= earliest;
        if is_due {
            let event = events + happened * EVENT_BYTES;
            write(memory, event, &[0; EVENT_BYTES as usize])?;
            write(memory, event, &subscribed.userdata.to_le_bytes())?;
            write(memory, event + 8, &subscribed.errno.to_le_bytes())?;
            write(memory, event + 10, &[subscribed.kind])?;
            if subscribed.kind != KIND_CLOCK {
                write(memory, event + 16, &1u64.to_le_bytes())?;
            }
            happened += 1;
        }
    }
    write(memory, out, &happened.to_le_bytes())
}
