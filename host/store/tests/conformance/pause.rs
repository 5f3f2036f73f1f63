//! Pause and resume.

use cofferdam_queue::*;

use crate::ground::*;

pub async fn a_paused_queue_takes_jobs_and_gives_out_none(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let queue = QueueName::trusted("slow");
    let slow = |id| NewJob { queue: Some(queue.clone()), ..job(id, "mail") };
    ground.store.enqueue(vec![slow("a"), job("b", "mail")]).await.unwrap();
    ground.store.pause(queue.clone(), true).await.unwrap();
    ground.store.enqueue(vec![slow("c")]).await.unwrap();
    let worker = ground.worker("w", &["mail"]).await;
    assert_eq!(ids(&worker.claim(9).await), ["b"]);
    let none_free = Claim { free_bytes: 0, ..worker.asks(9) };
    assert_eq!(worker.exchange(Vec::new(), Some(none_free)).await.starved, None);
    let paused: Vec<_> =
        ground.store.queues().await.unwrap().into_iter().filter(|view| view.paused).collect();
    assert_eq!((paused.len(), paused[0].available), (1, 2));
    ground.store.pause(queue, false).await.unwrap();
    assert_eq!(ids(&worker.claim(9).await), ["a", "c"]);
}
