//! Group commit: commands that are done in one transaction are still answered one by one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_store::sqlite::{SqliteConfig, SqliteStore};
use rusqlite::Connection;

fn job(id: &str) -> NewJob {
    let (id, kind) = (id.parse().unwrap(), Kind::trusted("noop"));
    NewJob { id, kind, queue: None, input: Bytes::from_static(b"{}"), due_at: None }
}

async fn fresh() -> (tempfile::TempDir, std::path::PathBuf, Arc<SqliteStore>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jobs.db");
    let store = SqliteStore::open(SqliteConfig::new(&path)).unwrap();
    let manifest = ManifestDraft::default().resolve(Some("noop")).unwrap();
    let wasm = Bytes::from_static(b"wasm");
    store.deploy(Deploy { module: ModuleHash([1; 32]), wasm, manifest }).await.unwrap();
    (dir, path, Arc::new(store))
}

#[tokio::test]
async fn a_command_that_fails_in_the_database_does_not_undo_the_others_of_its_group() {
    let (_dir, path, store) = fresh().await;
    // What no command can foresee: the database itself refuses one row.
    let trap =
        "CREATE TRIGGER trap BEFORE INSERT ON job WHEN new.id LIKE 'poison%' AND new.id NOT LIKE '%first'
                BEGIN SELECT raise(ABORT, 'poisoned'); END";
    Connection::open(&path).unwrap().execute_batch(trap).unwrap();
    let pushes: Vec<_> = (0..60)
        .map(|number| {
            let id = if number % 7 == 3 { format!("poison-{number}") } else { format!("good-{number}") };
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                // The good one of a poisoned push must not stay either.
                let jobs = vec![job(&format!("{id}-first")), job(&id)];
                (id, store.enqueue(jobs).await)
            })
        })
        .collect();
    for push in pushes {
        let (id, result) = push.await.unwrap();
        let first = store.job(JobId::trusted(&format!("{id}-first"))).await.unwrap();
        if id.starts_with("poison") {
            assert!(
                matches!(result, Err(EnqueueError::Store(StoreError::Unusable { .. }))),
                "{id}: {result:?}"
            );
            assert_eq!(first, None);
        } else {
            assert!(result.is_ok(), "{id}: {result:?}");
            assert!(first.is_some(), "{id}");
        }
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_its_command_done_and_the_store_working() {
    let (_dir, _path, store) = fresh().await;
    for number in 0..20 {
        let mut push = Box::pin(store.enqueue(vec![job(&format!("job-{number}"))]));
        // Asked once, so that it is on its way; then nobody waits for the answer.
        let asked = std::future::poll_fn(|context| {
            let _ = push.as_mut().poll(context);
            std::task::Poll::Ready(())
        });
        asked.await;
        drop(push);
    }
    // In order: when this one is answered, all before it are done.
    store.enqueue(vec![job("last")]).await.unwrap();
    let filter = JobFilter { limit: 100, ..JobFilter::default() };
    assert_eq!(store.jobs(filter).await.unwrap().len(), 21);
}
