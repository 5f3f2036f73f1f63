//! Waiting for what may not be under way.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use cofferdam_queue::BoxFuture;

/// A future that may not be there, and is gone when it has completed.
pub(crate) struct Maybe<'a, T>(pub &'a mut Option<BoxFuture<'static, T>>);

impl<T> Future for Maybe<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(future) = self.0.as_mut() else { return Poll::Pending };
        let value = std::task::ready!(future.as_mut().poll(context));
        *self.0 = None;
        Poll::Ready(value)
    }
}
