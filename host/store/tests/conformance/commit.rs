//! Commit: fencing, and effects that are there together or not at all.

use bytes::Bytes;
use cofferdam_queue::*;

use crate::ground::*;

async fn one_claimed(ground: &Ground) -> (Worker, Claimed) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let claimed = worker.claim_one().await;
    (worker, claimed)
}

fn child(of: &Claimed, number: u64, kind: &str) -> Child {
    Child { number, job: NewJob { id: of.id.child(number), ..job("x", kind) } }
}

pub async fn only_the_next_number_under_the_right_token_applies(ground: Ground) {
    let (worker, a) = one_claimed(&ground).await;
    let wrong_nonce = Token { nonce: a.token.nonce ^ 1, ..a.token };
    let wrong_attempt = Token { attempt: a.token.attempt + 1, ..a.token };
    for (token, seq) in [(wrong_nonce, 1), (wrong_attempt, 1), (a.token, 0), (a.token, 2)] {
        let commit = Commit { token, ..completed(&a, seq) };
        assert_eq!(worker.commit(commit).await, CommitReply::LeaseLost, "{token} {seq}");
    }
    let nobody = Commit { id: JobId::trusted("nobody"), ..completed(&a, 1) };
    assert_eq!(worker.commit(nobody).await, CommitReply::LeaseLost);
    assert_eq!(ground.state("a").await, State::Running);
    worker.applied(commit(&a, 1)).await;
    assert_eq!(worker.commit(completed(&a, 3)).await, CommitReply::LeaseLost);
    worker.applied(completed(&a, 2)).await;
    assert_eq!(ground.state("a").await, State::Completed);
}

pub async fn a_repetition_is_recognized_while_the_attempt_runs_and_after_its_end(ground: Ground) {
    let (worker, a) = one_claimed(&ground).await;
    worker.applied(checkpoint(&a, 1, "one", 0)).await;
    worker.applied(checkpoint(&a, 2, "two", 0)).await;
    for seq in [1, 2] {
        assert_eq!(worker.commit(checkpoint(&a, seq, "again", 0)).await, CommitReply::AlreadyApplied);
    }
    worker.applied(completed(&a, 3)).await;
    for seq in 1..=3 {
        assert_eq!(worker.commit(completed(&a, seq)).await, CommitReply::AlreadyApplied, "{seq}");
    }
    for seq in [0, 4] {
        assert_eq!(worker.commit(completed(&a, seq)).await, CommitReply::LeaseLost, "{seq}");
    }
    let view = ground.view("a").await;
    assert_eq!((view.checkpoint_count, view.checkpoint_bytes), (2, Some(3)));
    assert_eq!(ground.store.attempts(a.id.clone()).await.unwrap().len(), 1);
}

pub async fn a_repetition_is_recognized_after_the_job_went_on_elsewhere(ground: Ground) {
    let (worker, a) = one_claimed(&ground).await;
    let interrupted = end(&a, 1, Outcome::Interrupted, Next::Available(Place::Front));
    worker.applied(interrupted.clone()).await;
    assert_eq!(worker.commit(interrupted.clone()).await, CommitReply::AlreadyApplied);
    let again = worker.claim_one().await;
    assert_eq!(again.token.attempt, 2);
    assert_eq!(worker.commit(interrupted.clone()).await, CommitReply::AlreadyApplied);
    worker.applied(completed(&again, 1)).await;
    assert_eq!(worker.commit(interrupted).await, CommitReply::AlreadyApplied);
    let beyond = commit(&a, 2);
    assert_eq!(worker.commit(beyond).await, CommitReply::LeaseLost);
}

pub async fn a_commit_of_a_lost_lease_writes_nothing_at_all(ground: Ground) {
    let (worker, a) = one_claimed(&ground).await;
    worker.applied(appending(checkpoint(&a, 1, "kept", 1), &[(0, "kept")])).await;
    ground.let_pass(LEASE_MS).await;
    assert_eq!(ground.store.tend().await.unwrap().reaped, 1);
    let mut late = appending(checkpoint(&a, 2, "late", 9), &[(1, "late")]);
    late.effects.children.push(child(&a, 2, "mail"));
    late.effects.progress = Some(Progress { done: 9, total: 9, message: String::new() });
    late.effects.logs.push(LogLine { at: START, attempt: 1, level: "info".into(), text: "late".into() });
    let late_end = Commit { end: completed(&a, 2).end, ..late.clone() };
    for commit in [late, late_end] {
        assert_eq!(worker.commit(commit).await, CommitReply::LeaseLost);
    }
    assert_eq!(worker.commit(checkpoint(&a, 1, "kept", 1)).await, CommitReply::AlreadyApplied);
    let view = ground.view("a").await;
    assert_eq!(
        (view.summary.state, view.progress.clone(), view.output.clone()),
        (State::Available, None, None)
    );
    assert_eq!(view.checkpoint_count, 1);
    assert_eq!(ground.store.logs(a.id.clone(), 0).await.unwrap().lines, []);
    assert_eq!(ground.store.job(a.id.child(2)).await.unwrap(), None);
    let rows = ground.store.part(a.id.clone(), PartName::trusted("rows")).await.unwrap();
    assert_eq!(texts(&rows), ["kept"]);
}

pub async fn an_end_that_stands_twice_in_one_exchange_is_applied_once(ground: Ground) {
    let (worker, first) = one_claimed(&ground).await;
    let back = end(&first, 1, Outcome::Interrupted, Next::Available(Place::Back));
    worker.applied(back).await;
    let second = worker.claim_one().await;
    let replies = worker.exchange(vec![completed(&second, 1), completed(&second, 1)], None).await.replies;
    assert_eq!(replies, [CommitReply::Applied, CommitReply::AlreadyApplied]);
    assert_eq!(ground.state("a").await, State::Completed);
}

pub async fn each_commit_of_an_exchange_is_answered_by_itself(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(3).await;
    worker.applied(completed(&jobs[2], 1)).await;
    let stale = Commit { token: Token { attempt: 1, nonce: 5 }, ..completed(&jobs[1], 1) };
    let commits = vec![completed(&jobs[0], 1), stale, completed(&jobs[2], 1), completed(&jobs[0], 1)];
    let replies = worker.exchange(commits, Some(worker.asks(1))).await.replies;
    use CommitReply::*;
    assert_eq!(replies, [Applied, LeaseLost, AlreadyApplied, AlreadyApplied]);
    assert_eq!(ground.state("b").await, State::Running);
}

pub async fn a_checkpoint_and_its_effects_are_there_for_the_next_attempt(ground: Ground) {
    let (worker, a) = one_claimed(&ground).await;
    ground.clock.advance(100);
    let mut first = appending(checkpoint(&a, 1, "row 10", 2), &[(0, "ten"), (1, "rows")]);
    first.effects.progress = Some(Progress { done: 10, total: 40, message: "rows".to_owned() });
    worker.applied(first).await;
    let mut last = end(&a, 2, Outcome::Interrupted, Next::Available(Place::Front));
    last.saved = checkpoint(&a, 2, "row 20", 3).saved;
    last.effects.appends = appending(commit(&a, 2), &[(2, "more")]).effects.appends;
    worker.applied(last).await;
    let again = worker.claim_one().await;
    let wanted = Checkpoint {
        state: Bytes::from_static(b"row 20"),
        next_effect: 3,
        module: a.module,
        version: 1,
        count: 2,
        at: START + 100,
    };
    assert_eq!(again.checkpoint, Some(wanted));
    assert_eq!((again.token.attempt, again.available_at), (2, START + 100));
    let rows = ground.store.part(a.id.clone(), PartName::trusted("rows")).await.unwrap();
    assert_eq!(texts(&rows), ["ten", "rows", "more"]);
    assert_eq!(ground.view("a").await.progress.map(|progress| progress.done), Some(10));
}

pub async fn children_are_enqueued_with_the_commit_and_only_once(ground: Ground) {
    let (worker, a) = one_claimed(&ground).await;
    let mut first = checkpoint(&a, 1, "one", 1);
    first.effects.children.push(child(&a, 0, "mail"));
    worker.applied(first.clone()).await;
    assert_eq!(worker.commit(first).await, CommitReply::AlreadyApplied);
    let born = worker.claim(9).await;
    assert_eq!(ids(&born), ["a.0"]);
    assert_eq!(ground.view("a.0").await.parent, Some(a.id.clone()));
    worker.applied(completed(&born[0], 1)).await;
    // The attempt goes on from an older state and names the same child again.
    let mut second = checkpoint(&a, 2, "two", 2);
    second.effects.children.extend([child(&a, 0, "mail"), child(&a, 1, "mail")]);
    worker.applied(second).await;
    assert_eq!(ids(&worker.claim(9).await), ["a.1"]);
    assert_eq!(ground.state("a.0").await, State::Completed);
}

pub async fn a_child_whose_kind_is_not_deployed_waits_for_it(ground: Ground) {
    let (mut worker, a) = one_claimed(&ground).await;
    let mut last = completed(&a, 1);
    last.effects.children.push(child(&a, 0, "later"));
    worker.applied(last).await;
    assert!(worker.claim(1).await.is_empty());
    assert_eq!(ground.view("a.0").await.summary.queue.as_str(), "default");
    ground.deploy(&["later"]).await;
    worker.programs = std::sync::Arc::new(vec![program("later", 1, &[MIB])]);
    assert_eq!(ids(&worker.claim(1).await), ["a.0"]);
}

pub async fn work_data_beyond_the_checkpoint_is_cut_back_on_resume(ground: Ground) {
    let (worker, a) = one_claimed(&ground).await;
    worker.applied(appending(checkpoint(&a, 1, "one", 2), &[(0, "a"), (1, "b")])).await;
    worker.applied(appending(commit(&a, 2), &[(2, "c"), (3, "d")])).await;
    worker.applied(end(&a, 3, Outcome::Panicked, Next::Available(Place::Front))).await;
    let again = worker.claim_one().await;
    assert_eq!(again.checkpoint.as_ref().map(|checkpoint| checkpoint.next_effect), Some(2));
    let rows = PartName::trusted("rows");
    assert_eq!(texts(&ground.store.part(a.id.clone(), rows.clone()).await.unwrap()), ["a", "b"]);
    worker.applied(appending(completed(&again, 1), &[(2, "c2")])).await;
    assert_eq!(texts(&ground.store.part(a.id.clone(), rows.clone()).await.unwrap()), ["a", "b", "c2"]);
    let parts = ground.store.parts(a.id.clone()).await.unwrap();
    assert_eq!(parts, [PartView { part: rows, chunks: 3, bytes: 4 }]);
}

pub async fn work_data_without_a_checkpoint_is_cut_back_altogether(ground: Ground) {
    let (worker, a) = one_claimed(&ground).await;
    worker.applied(appending(commit(&a, 1), &[(0, "a")])).await;
    ground.let_pass(LEASE_MS).await;
    let other = ground.worker("other", &["mail"]).await;
    other.store.tend().await.unwrap();
    other.claim_one().await;
    assert!(ground.store.parts(a.id.clone()).await.unwrap().is_empty());
}

pub async fn large_outputs_states_and_chunks_come_back_whole(ground: Ground) {
    let (worker, a) = one_claimed(&ground).await;
    let limits = ground.store.size_limits();
    let of = |bytes: u64, salt: u64| -> Bytes { (0..bytes).map(|i| ((i + salt) % 253) as u8).collect() };
    let mut first = checkpoint(&a, 1, "", 1);
    let state = of(limits.checkpoint_bytes, 1);
    if let Some(saved) = &mut first.saved {
        saved.state = state.clone();
    }
    let chunk = of(limits.append_bytes, 2);
    first.effects.appends = vec![Append { number: 0, part: PartName::trusted("rows"), bytes: chunk.clone() }];
    worker.applied(first).await;
    worker.applied(end(&a, 2, Outcome::Interrupted, Next::Available(Place::Front))).await;
    let again = worker.claim_one().await;
    assert_eq!(again.checkpoint.as_ref().map(|checkpoint| &checkpoint.state), Some(&state));
    let mut last = completed(&again, 1);
    let output = of(limits.output_bytes, 3);
    if let Some(end) = &mut last.end {
        end.output = Some(output.clone());
    }
    worker.applied(last).await;
    assert_eq!(ground.view("a").await.output, Some(output));
    assert_eq!(ground.store.part(a.id, PartName::trusted("rows")).await.unwrap(), [chunk]);
}

pub async fn the_log_grows_and_keeps_its_newest_lines(ground: Ground) {
    let (worker, a) = one_claimed(&ground).await;
    let line = |number: u64| LogLine {
        at: START + number,
        attempt: 1,
        level: "info".to_owned(),
        text: format!("line {number}"),
    };
    let logging = |seq, from: u64, to: u64| {
        let mut commit = commit(&a, seq);
        commit.effects.logs = (from..to).map(line).collect();
        commit
    };
    worker.applied(logging(1, 0, 2)).await;
    let first = ground.store.logs(a.id.clone(), 0).await.unwrap();
    assert_eq!(first.lines, [line(0), line(1)]);
    worker.applied(logging(2, 2, 4)).await;
    let next = ground.store.logs(a.id.clone(), first.next).await.unwrap();
    assert_eq!(next.lines, [line(2), line(3)]);
    assert_eq!(ground.store.logs(a.id.clone(), next.next).await.unwrap(), LogView { lines: vec![], ..next });
    worker.applied(logging(3, 4, 4 + LOG_LINES_KEPT)).await;
    let kept = ground.store.logs(a.id.clone(), 0).await.unwrap().lines;
    assert_eq!((kept.len() as u64, kept[0].clone()), (LOG_LINES_KEPT, line(4)));
    let tail = ground.store.logs(a.id.clone(), next.next).await.unwrap().lines;
    assert_eq!(tail, kept);
}
