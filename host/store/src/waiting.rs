//! Why an available job is not being run: said where it is shown, decided nowhere else.

use cofferdam_queue::{Kind, Manifest, QueueName, WorkerFacts, show_bytes};

/// One sentence; `None` when a live worker can take the job.
pub(crate) fn why_not_run(
    queue: &QueueName,
    kind: &Kind,
    step: u8,
    paused: bool,
    manifest: Option<&Manifest>,
    workers: &[WorkerFacts],
) -> Option<String> {
    if paused {
        return Some(format!("queue `{queue}` is paused: `cofferdam queues resume {queue}`"));
    }
    let Some(manifest) = manifest else {
        return Some(format!("nothing is deployed as `{kind}`: `cofferdam deploy JOB.wasm`"));
    };
    let serving = workers.iter().filter(|facts| facts.queues.is_empty() || facts.queues.contains(queue));
    let Some(budget_bytes) = serving.map(|facts| facts.budget_bytes).max() else {
        return Some(format!("no live worker serves queue `{queue}`"));
    };
    let last = manifest.memory_ladder_bytes.len().saturating_sub(1);
    let memory_bytes = manifest.memory_ladder_bytes.get(usize::from(step).min(last))?;
    let reservation_bytes = memory_bytes.saturating_add(manifest.host_allowance_bytes);
    (reservation_bytes > budget_bytes).then(|| {
        let (needs, largest) = (show_bytes(reservation_bytes), show_bytes(budget_bytes));
        format!("it reserves {needs}, and the largest budget of a live worker is {largest}")
    })
}
