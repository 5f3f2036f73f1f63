//! When the dispatcher has to turn even if nothing happens.

use std::time::Duration;

use crate::dispatcher::Dispatcher;
use crate::drain::ENDING;
use crate::standing::Standing;
use crate::world::Moment;

/// How often a claim is tried while a big job waits for memory: another worker may have
/// taken it, and then nothing needs to be kept free.
const WAITING_RECHECK: Duration = Duration::from_secs(1);

impl Dispatcher {
    /// Asks for jobs once in a while without a reason, so that no mistake of anybody in
    /// saying that there are some lasts. An idle worker asks for little else.
    pub fn recheck(&mut self, now: Moment) {
        if self.admission.someone_waits() {
            self.recheck_at = self.recheck_at.min(now + WAITING_RECHECK);
        }
        if now >= self.recheck_at {
            self.admission.look_again();
            self.recheck_at = now + self.config.lease * 2 / 3;
        }
    }

    /// Only deadlines that the turn which comes then will act on: one that stays in the past
    /// would make the dispatcher spin.
    pub fn next_deadline(&self, now: Moment) -> Option<Moment> {
        let mut deadlines = Vec::with_capacity(12);
        deadlines.push(self.recheck_at);
        deadlines.extend(self.graces.first().map(|(at, _)| *at));
        deadlines.extend(self.ready.front().map(|ready| self.pace.waited_too_long(ready.claimed_at)));
        if let Some(drain) = &self.drain {
            deadlines.extend((!drain.ended).then_some(drain.timeout_at));
            deadlines.extend((!drain.dropped).then_some(drain.timeout_at + ENDING));
            deadlines.push(drain.gone_at);
        }
        if let Standing::On(lease) = &self.standing {
            // The heartbeat stops when the dispatcher does not turn.
            deadlines.push(lease.valid_until().min(now + lease.length / 4));
        }
        // A call in flight comes first; its answer is a reason to turn.
        if self.call.is_none() {
            deadlines.extend(self.blocked_until);
            let flush_at = self.flushes.first().map(|(at, _)| *at);
            let commit_at = self.outbox.due_at(!self.ready.is_empty());
            let not_before = self.blocked_until.unwrap_or(now);
            deadlines.extend(flush_at.into_iter().chain(commit_at).map(|at| at.max(not_before)));
        }
        deadlines.into_iter().min()
    }
}
