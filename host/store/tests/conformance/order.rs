//! Orders to workers.

use cofferdam_queue::*;

use crate::ground::*;

pub async fn an_order_reaches_one_worker_or_all(ground: Ground) {
    let (one, two) = (ground.worker("one", &[]).await, ground.worker("two", &[]).await);
    assert_eq!(ground.store.order(Some(one.id.clone()), WorkerOrder::Quiet).await.unwrap(), 1);
    assert_eq!((one.beat().await.order, two.beat().await.order), (WorkerOrder::Quiet, WorkerOrder::Work));
    assert_eq!(ground.store.order(None, WorkerOrder::Stop).await.unwrap(), 2);
    assert_eq!((one.beat().await.order, two.beat().await.order), (WorkerOrder::Stop, WorkerOrder::Stop));
    let nobody = Some(WorkerId::trusted("nobody"));
    assert_eq!(ground.store.order(nobody, WorkerOrder::Stop).await.unwrap(), 0);
}
