//! How long a call to the store may go unanswered. A connection that died without a word
//! never answers, and the worker would wait for it while its heartbeat keeps its jobs from
//! everybody else. A call that is given up may have been applied, and may arrive yet.

use std::time::Duration;

use cofferdam_queue::StoreError;

use crate::world::World;

/// The least patience with what may be slow without being lost: an exchange waits for a disk.
const SLOW: Duration = Duration::from_secs(5);
/// With a module on its way.
pub(crate) const MODULE: Duration = Duration::from_secs(60);

/// With a heartbeat: the lease has time for another one.
pub(crate) fn with_a_heartbeat(lease: Duration) -> Duration {
    lease / 2
}

/// With the first word after the loss of a lease: whoever was not heard a third of a lease after
/// an outage is taken for lost.
pub(crate) fn with_a_return(lease: Duration) -> Duration {
    lease / 4
}

/// With any other call.
pub(crate) fn with_a_call(lease: Duration) -> Duration {
    (lease / 2).max(SLOW)
}

/// The answer, or that there was none for so long.
pub(crate) async fn answer_within<T>(
    patience: Duration,
    world: &dyn World,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let until = world.now() + patience;
    tokio::select! {
        biased;
        answer = call => answer,
        () = world.sleep_until(until) => Err(StoreError::Unavailable {
            message: format!("no answer from the store for {patience:?}; is it reachable?"),
            maybe_applied: true,
        }),
    }
}
