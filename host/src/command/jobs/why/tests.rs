//! Each reason for which a job waits, told apart.

use cofferdam_queue::{Counters, JobId, JobSummary, Kind, ManifestDraft, ModuleHash, WorkerFacts, WorkerId};

use super::*;

const NOW: Timestamp = Timestamp(1_000_000);

fn job(state: State) -> JobView {
    JobView {
        summary: JobSummary {
            id: JobId::trusted("one"),
            kind: Kind::trusted("flights.delays"),
            queue: QueueName::trusted("reports"),
            state,
            outcome: None,
            attempt: 0,
            enqueued_at: NOW,
            at: NOW + 60_000,
            reason: None,
        },
        parent: None,
        counters: Counters::default(),
        step: 0,
        worker: Some(WorkerId::trusted("web1-1")),
        cancel_requested: false,
        progress: None,
        checkpoint_count: 0,
        checkpoint_bytes: None,
        checkpoint_at: None,
        checkpoint_module: None,
        fuel_spent: 0,
        wall_spent_ms: 0,
        started_at: None,
        finished_at: None,
        input: bytes::Bytes::new(),
        output: None,
    }
}

fn worker(queues: &[&str]) -> WorkerView {
    WorkerView {
        facts: WorkerFacts {
            id: WorkerId::trusted("web1-1"),
            host: "web1".to_owned(),
            pid: 1,
            queues: queues.iter().map(|queue| QueueName::trusted(queue)).collect(),
            concurrency: 4,
            budget_bytes: 256 << 20,
            lease_ms: 15_000,
            version: "0".to_owned(),
            started_at: NOW,
        },
        order: WorkerOrder::Work,
        quiet: false,
        running: 0,
        reserved_bytes: 0,
        expires_at: NOW + 15_000,
        lost: false,
    }
}

/// A job of 128 MiB and 4 MiB of the host's, and one worker that could run it now.
fn surroundings() -> Surroundings {
    let manifest = ManifestDraft::default().resolve(Some("flights.delays")).unwrap();
    Surroundings {
        queues: vec![QueueView {
            queue: QueueName::trusted("reports"),
            paused: false,
            available: 1,
            running: 0,
            scheduled: 0,
            oldest_at: None,
        }],
        workers: vec![worker(&[])],
        modules: vec![ModuleView {
            kind: manifest.kind.clone(),
            module: ModuleHash([7; 32]),
            current: true,
            bytes: 1,
            deployed_at: NOW,
            manifest,
        }],
        policy: Policy::default(),
        now: NOW,
    }
}

fn why(change: impl FnOnce(&mut Surroundings)) -> String {
    let mut around = surroundings();
    change(&mut around);
    around.why(&job(State::Available)).unwrap()
}

#[test]
fn an_available_job_tells_what_would_have_to_change() {
    assert!(why(|a| a.modules.clear()).contains("no module of kind `flights.delays` is deployed"));
    assert!(why(|a| a.queues[0].paused = true).contains("`cofferdam queues resume reports`"));
    assert!(why(|a| a.workers.clear()).contains("no worker lives"));
    assert!(why(|a| a.workers = vec![worker(&["mail"])]).contains("no live worker serves queue `reports`"));
    let narrow = why(|a| a.workers[0].facts.budget_bytes = 64 << 20);
    assert!(narrow.contains("it needs 132 MiB") && narrow.contains("is 64 MiB"), "{narrow}");
    assert!(why(|a| a.policy.memory_bytes_max = 1 << 20).contains("policy"));
    assert!(why(|a| a.workers[0].quiet = true).contains("quiet or stopping"));
    assert!(why(|a| a.workers[0].order = WorkerOrder::Stop).contains("quiet or stopping"));
    assert!(why(|a| a.workers[0].running = 4).contains("is taken"));
    assert!(why(|a| a.workers[0].reserved_bytes = 200 << 20).contains("132 MiB of memory free"));
    assert!(why(|_| ()).contains("worker `web1-1` has room"));
}

#[test]
fn a_job_that_waits_for_its_time_tells_the_time() {
    let around = surroundings();
    for state in [State::Scheduled, State::Retryable] {
        assert_eq!(around.why(&job(state)).unwrap(), "due 1970-01-01T00:17:40Z (in 1m)");
    }
    assert_eq!(around.why(&job(State::Completed)), None);
}

#[test]
fn a_running_job_tells_only_when_its_worker_is_silent() {
    let mut around = surroundings();
    assert_eq!(around.why(&job(State::Running)), None);
    around.workers[0].expires_at = NOW - 5_000;
    assert!(around.why(&job(State::Running)).unwrap().contains("lease ended 5s ago"));
    around.workers.clear();
    assert!(around.why(&job(State::Running)).unwrap().contains("is gone"));
}
