//! Why a job is not being run: what a person at night wants to know first.
//!
//! Worked out from what the store shows of queues, workers and modules. What only a
//! worker knows (that it cannot compile a module) is in that worker's log.

use cofferdam_queue::{
    JobView, ModuleView, Policy, QueueName, QueueView, State, Store, StoreError, Timestamp, WorkerOrder,
    WorkerView,
};

use crate::{quantity, when};

/// What the answer depends on.
pub struct Surroundings {
    /// Every queue.
    pub queues: Vec<QueueView>,
    /// The live workers.
    pub workers: Vec<WorkerView>,
    /// Every module.
    pub modules: Vec<ModuleView>,
    /// What the configuration at hand lets jobs ask for.
    pub policy: Policy,
    /// Now.
    pub now: Timestamp,
}

impl Surroundings {
    /// What the store shows now.
    pub async fn look(store: &dyn Store, policy: Policy) -> Result<Surroundings, StoreError> {
        Ok(Surroundings {
            queues: store.queues().await?,
            workers: store.workers().await?.into_iter().filter(|worker| !worker.lost).collect(),
            modules: store.modules().await?,
            policy,
            now: when::now(),
        })
    }

    /// Why `view` is not being run, in one sentence; `None` when it runs or has ended.
    pub fn why(&self, view: &JobView) -> Option<String> {
        let summary = &view.summary;
        match summary.state {
            State::Scheduled | State::Retryable => Some(format!("due {}", when::shown(summary.at, self.now))),
            State::Waiting => summary.reason.clone(),
            State::Available => Some(self.why_not_claimed(view)),
            State::Running => self.why_silent(view),
            _ => None,
        }
    }

    /// The live workers that serve a queue.
    pub fn serving<'a>(&'a self, queue: &'a QueueName) -> impl Iterator<Item = &'a WorkerView> {
        let serves =
            |worker: &&WorkerView| worker.facts.queues.is_empty() || worker.facts.queues.contains(queue);
        self.workers.iter().filter(serves)
    }

    /// What keeps jobs of this module from every live worker that serves `queue`, whatever
    /// else these do.
    pub fn why_nowhere(&self, module: &ModuleView, queue: &QueueName, step: u8) -> Option<String> {
        if self.workers.is_empty() {
            return Some("no worker lives: start one with `cofferdam work`".to_owned());
        }
        let Some(largest) = self.serving(queue).map(|worker| worker.facts.budget_bytes).max() else {
            return Some(format!("no live worker serves queue `{queue}`: start one with `-q {queue}`"));
        };
        let needed = module.manifest.reservation_bytes(step);
        if needed > largest {
            return Some(format!(
                "it needs {} (its cap and the host's allowance); the largest memory budget of a worker on queue `{queue}` is {}: raise `worker.memory_budget`, or lower `memory`",
                quantity::bytes(needed),
                quantity::bytes(largest)
            ));
        }
        self.policy.check(&module.manifest).err().map(|violation| violation.to_string())
    }

    /// Those of them that take jobs.
    fn taking<'a>(&'a self, queue: &'a QueueName) -> impl Iterator<Item = &'a WorkerView> {
        self.serving(queue).filter(|worker| !worker.quiet && worker.order == WorkerOrder::Work)
    }

    /// What keeps every live worker that serves `queue` from taking anything of it.
    pub fn why_not_taken(&self, queue: &QueueName) -> Option<String> {
        self.taking(queue).next().is_none().then(|| {
            format!(
                "every worker on queue `{queue}` is quiet or stopping: `cofferdam workers quiet --all --undo`"
            )
        })
    }

    fn why_not_claimed(&self, view: &JobView) -> String {
        let (kind, queue) = (&view.summary.kind, &view.summary.queue);
        let Some(module) = self.module_of(view) else {
            return format!("no module of kind `{kind}` is deployed: `cofferdam deploy JOB.wasm`");
        };
        if self.queues.iter().any(|other| other.queue == *queue && other.paused) {
            return format!("queue `{queue}` is paused: `cofferdam queues resume {queue}`");
        }
        if let Some(why) = self.why_nowhere(module, queue, view.step) {
            return why;
        }
        if let Some(reason) = &view.summary.reason {
            return reason.clone();
        }
        if let Some(why) = self.why_not_taken(queue) {
            return why;
        }
        let needed = module.manifest.reservation_bytes(view.step);
        let (mut full, mut short) = (0, 0);
        for worker in self.taking(queue) {
            if worker.running >= worker.facts.concurrency {
                full += 1;
            } else if worker.facts.budget_bytes.saturating_sub(worker.reserved_bytes) < needed {
                short += 1;
            } else {
                return format!(
                    "worker `{}` has room for it and takes it soon; else its log says why it cannot load the module",
                    worker.facts.id
                );
            }
        }
        match (full, short) {
            (_, 0) => format!("every attempt of the {full} worker(s) on queue `{queue}` is taken"),
            _ => format!("no worker on queue `{queue}` has {} of memory free now", quantity::bytes(needed)),
        }
    }

    /// The newest module of its kind, or the one that wrote its checkpoint.
    fn module_of(&self, view: &JobView) -> Option<&ModuleView> {
        let of_kind = || self.modules.iter().filter(|module| module.kind == view.summary.kind);
        let wrote = view.checkpoint_module;
        of_kind()
            .find(|module| module.current)
            .or_else(|| of_kind().find(|module| Some(module.module) == wrote))
    }

    fn why_silent(&self, view: &JobView) -> Option<String> {
        let worker = view.worker.as_ref()?;
        let Some(live) = self.workers.iter().find(|live| live.facts.id == *worker) else {
            return Some(format!(
                "its worker `{worker}` is gone: the next worker that looks gives the job back"
            ));
        };
        (live.expires_at < self.now).then(|| {
            format!(
                "its worker `{worker}` has not been heard of since its lease ended {}",
                when::relative(live.expires_at, self.now)
            )
        })
    }
}

#[cfg(test)]
mod tests;
