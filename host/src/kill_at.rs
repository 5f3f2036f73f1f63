//! A hook for tests: `COFFERDAM_KILL_AT=STEP` or `STEP:N` ends this process by SIGKILL when it
//! comes to that step for the Nth time, as a power failure would. Not set, it costs nothing.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cofferdam_worker::Step;
use rustix::process::{Signal, getpid, kill_process};

use crate::config::text_of;
use crate::failure::Failure;

/// Its name.
pub const VARIABLE: &str = "COFFERDAM_KILL_AT";
/// In the store: a commit of a group is written, the group's transaction is open.
const IN_GROUP: &str = "in_group";
/// In `deploy`: the module is on its way to the store.
const DEPLOYING: &str = "deploying";

/// When to die.
pub struct KillAt {
    step: String,
    left: AtomicU32,
}

impl KillAt {
    /// As the environment says; `None`: never.
    pub fn from_environment() -> Result<Option<Arc<KillAt>>, Failure> {
        let Some(value) = std::env::var_os(VARIABLE) else { return Ok(None) };
        KillAt::parse(&text_of(VARIABLE, value)?).map(|kill_at| Some(Arc::new(kill_at)))
    }

    fn parse(text: &str) -> Result<KillAt, Failure> {
        let (step, nth) = text.split_once(':').unwrap_or((text, "1"));
        let steps: Vec<&str> =
            Step::ALL.iter().map(|step| step.as_str()).chain([IN_GROUP, DEPLOYING]).collect();
        let nth = nth.parse::<u32>().ok().filter(|nth| *nth > 0);
        match nth {
            Some(nth) if steps.contains(&step) => {
                Ok(KillAt { step: step.to_owned(), left: AtomicU32::new(nth) })
            }
            _ => Err(Failure::usage(format!("{VARIABLE}: `{text}` is not a step"))
                .hint(format!("use one of {}, or STEP:N", steps.join(", ")))),
        }
    }

    /// This worker's step.
    pub fn at(&self, step: Step) {
        self.reached(step.as_str());
    }

    /// For the store.
    pub fn in_group(self: Arc<KillAt>) -> Arc<dyn Fn() + Send + Sync> {
        Arc::new(move || self.reached(IN_GROUP))
    }

    fn reached(&self, step: &str) {
        if step != self.step || self.left.fetch_sub(1, Ordering::SeqCst) != 1 {
            return;
        }
        // Dead at once: nothing may run that a power failure would not let run.
        let _ = kill_process(getpid(), Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}

/// For `deploy`: the process may die when the deployment is on its way to the store, which it
/// is from its first poll on.
pub async fn while_deploying<T>(deploying: impl Future<Output = T>) -> Result<T, Failure> {
    let kill_at = KillAt::from_environment()?;
    let mut deploying = pin!(deploying);
    let deployed = poll_fn(|context| {
        let polled = deploying.as_mut().poll(context);
        if let Some(kill_at) = &kill_at {
            kill_at.reached(DEPLOYING);
        }
        polled
    });
    Ok(deployed.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_known_and_counted_or_the_variable_is_wrong() {
        for step in ["claimed", "before_commit:3", "in_group", "loading:1", "deploying"] {
            assert!(KillAt::parse(step).is_ok(), "{step}");
        }
        for wrong in ["", "clamed", "claimed:0", "claimed:x", ":1"] {
            assert!(KillAt::parse(wrong).is_err(), "{wrong}");
        }
    }
}
