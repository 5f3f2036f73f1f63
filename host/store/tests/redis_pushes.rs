//! A push so large that Redis takes it in steps, and runs out of memory in the middle.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_servers::RedisServer;
use cofferdam_store::redis::{Address, RedisConfig, RedisStore};

const KIND: &str = "mail";
const JOBS: usize = 4_000;

fn job(number: usize) -> NewJob {
    // Not to be compressed.
    let mut word = number as u64;
    let input = std::iter::repeat_with(|| {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (word >> 56) as u8
    });
    NewJob {
        id: JobId::trusted(&format!("job-{number}")),
        kind: Kind::trusted(KIND),
        queue: None,
        input: Bytes::from_iter(input.take(4_096)),
        due_at: None,
    }
}

async fn available(store: &RedisStore) -> usize {
    let counts = store.counts().await.unwrap();
    counts.into_iter().find(|(state, _)| *state == State::Available).unwrap().1 as usize
}

#[tokio::test]
async fn a_push_that_was_taken_in_part_says_how_many_and_can_be_repeated() {
    let server = RedisServer::start();
    let store = RedisStore::new(RedisConfig::new(Address::parse(&server.url()).unwrap()));
    let manifest = ManifestDraft::default().resolve(Some(KIND)).unwrap();
    let (module, wasm) = (ModuleHash([7; 32]), Bytes::from_static(b"\0asm"));
    store.deploy(Deploy { module, wasm, manifest }).await.unwrap();
    let used: u64 = server.field("used_memory").parse().unwrap();
    server.call(&["CONFIG", "SET", "maxmemory", &(used + (8 << 20)).to_string()]);
    let jobs: Vec<NewJob> = (0..JOBS).map(job).collect();
    let error = store.enqueue(jobs.clone()).await.unwrap_err();
    let taken = available(&store).await;
    assert!(taken > 0 && taken < JOBS, "{taken}");
    let EnqueueError::Store(StoreError::Unavailable { message, maybe_applied: true }) = error else {
        panic!("{error:?}");
    };
    assert!(message.contains("out of memory"), "{message}");
    assert!(message.contains(&format!("{taken} of {JOBS} jobs are enqueued")), "{message}");
    server.call(&["CONFIG", "SET", "maxmemory", "0"]);
    let enqueued = store.enqueue(jobs).await.unwrap();
    let new = enqueued.iter().filter(|one| matches!(one, Enqueued::New(_))).count();
    assert_eq!((new, available(&store).await), (JOBS - taken, JOBS));
}
