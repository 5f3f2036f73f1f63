//! One thread that knows what time it is: it wakes guests that sleep, and
//! guests that wait past their deadline. Guests that run look at the clock
//! themselves, so an attempt that never waits never comes here.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

pub(crate) struct Clock {
    dial: Arc<Dial>,
}

struct Dial {
    alarms: Mutex<Alarms>,
    changed: Condvar,
}

#[derive(Default)]
struct Alarms {
    by_time: BTreeMap<(Instant, u64), Waker>,
    next_no: u64,
    stopped: bool,
}

impl Clock {
    pub(crate) fn start() -> std::io::Result<Arc<Self>> {
        let dial = Arc::new(Dial { alarms: Mutex::default(), changed: Condvar::new() });
        let thread_dial = dial.clone();
        std::thread::Builder::new().name("cofferdam-clock".to_owned()).spawn(move || thread_dial.run())?;
        Ok(Arc::new(Self { dial }))
    }

    /// Completes at this time, or soon after (a fraction of a millisecond on an
    /// idle machine). Dropping it forgets the alarm.
    pub(crate) fn until(&self, at: Instant) -> Until<'_> {
        Until { clock: self, at, alarm: None }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.dial.alarms().stopped = true;
        self.dial.changed.notify_one();
    }
}

impl Dial {
    fn alarms(&self) -> MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut alarms = self.alarms();
        while !alarms.stopped {
            let Some((&(at, no), _)) = alarms.by_time.first_key_value() else {
                alarms = self.changed.wait(alarms).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let now = Instant::now();
            if at > now {
                let waited = self.changed.wait_timeout(alarms, at - now);
                alarms = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            if let Some(waker) = alarms.by_time.remove(&(at, no)) {
                // A waker is foreign code; not under our lock.
                drop(alarms);
                waker.wake();
                alarms = self.alarms();
            }
        }
    }

    fn set(&self, at: Instant, waker: Waker) -> (Instant, u64) {
        let mut alarms = self.alarms();
        let key = (at, alarms.next_no);
        alarms.next_no += 1;
        alarms.by_time.insert(key, waker);
        let is_first = alarms.by_time.first_key_value().is_some_and(|(first, _)| *first == key);
        drop(alarms);
        if is_first {
            self.changed.notify_one();
        }
        key
    }

    fn renew(&self, key: (Instant, u64), waker: &Waker) -> bool {
        match self.alarms().by_time.get_mut(&key) {
            Some(known) => {
                known.clone_from(waker);
                true
            }
            None => false,
        }
    }

    fn forget(&self, key: (Instant, u64)) {
        self.alarms().by_time.remove(&key);
    }
}

pub(crate) struct Until<'a> {
    clock: &'a Clock,
    at: Instant,
    alarm: Option<(Instant, u64)>,
}

impl Future for Until<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.at {
            return Poll::Ready(());
        }
        let dial = &self.clock.dial;
        let known = self.alarm.is_some_and(|key| dial.renew(key, cx.waker()));
        if !known {
            self.alarm = Some(dial.set(self.at, cx.waker().clone()));
        }
        Poll::Pending
    }
}

impl Drop for Until<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.alarm {
            self.clock.dial.forget(key);
        }
    }
}
