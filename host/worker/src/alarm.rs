//! One sleeper for all the dispatcher's deadlines: nothing in the worker has a timer
//! for each attempt.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use cofferdam_queue::BoxFuture;

use crate::world::{Moment, World};

#[derive(Default)]
pub(crate) struct Alarm {
    armed: Option<(Moment, BoxFuture<'static, ()>)>,
}

impl Alarm {
    /// Rings at `at` or earlier. Ringing too early costs a turn of the dispatcher; arming
    /// anew for each small change of plan would cost more.
    pub fn set(&mut self, at: Option<Moment>, world: &dyn World) {
        match (at, &self.armed) {
            (None, _) => self.armed = None,
            (Some(at), Some((armed_at, _))) if *armed_at <= at => {}
            (Some(at), _) => self.armed = Some((at, world.sleep_until(at))),
        }
    }
}

impl Future for &mut Alarm {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.armed {
            None => Poll::Pending,
            Some((_, sleep)) => {
                std::task::ready!(sleep.as_mut().poll(context));
                self.armed = None;
                Poll::Ready(())
            }
        }
    }
}
