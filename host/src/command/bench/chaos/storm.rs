//! The storm: a worker dies each second and another one is started, one after the other hangs for
//! longer than its lease, and a private server is killed and started again, until every job has ended.

use std::time::{Duration, Instant};

use cofferdam_queue::{Store, StoreError};

use super::crew::Crew;
use super::guest::{Dice, QUEUE};
use super::redis_server::RedisServer;
use super::{Plan, when};
use crate::failure::Failure;
use crate::output::Output;

/// A worker dies so often.
const KILL_EVERY: Duration = Duration::from_secs(1);
/// How often anything is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A worker hangs for its lease and at most so much more: not for long, so that those who have
/// taken its jobs over still run them when it comes back.
const PAUSED_BEYOND_LEASE_MS: u64 = 800;
/// Then they all live for so long.
const BETWEEN_PAUSES: Duration = Duration::from_millis(500);

/// What befell a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    Killed,
    Paused,
}

/// One blow.
#[derive(Clone, Debug)]
pub struct Struck {
    /// By this machine's clock, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    pub worker: u32,
    pub blow: Blow,
}

/// What happened.
#[derive(Debug, Default)]
pub struct Course {
    pub struck: Vec<Struck>,
    pub restarts: u32,
    /// Workers that ended though nobody killed them.
    pub strays: Vec<String>,
    /// Nothing moved any more, and jobs were left.
    pub is_stuck: bool,
}

/// When what comes next.
struct Due {
    kill_at: Instant,
    pause_at: Option<Instant>,
    resume: Option<(u32, Instant)>,
    restart_at: Option<Instant>,
}

/// Until all jobs have ended, or nothing moves any more.
pub async fn rage(
    plan: &Plan,
    crew: &mut Crew<'_>,
    mut server: Option<&mut RedisServer>,
    store: &dyn Store,
    output: Output,
) -> Result<Course, Failure> {
    let mut dice = Dice::new(plan.seed.wrapping_add(1 << 32));
    let begun = Instant::now();
    let soon = |dice: &mut Dice, from_ms, to_ms| begun + ms(from_ms + dice.below(to_ms - from_ms));
    let mut due = Due {
        kill_at: begun + KILL_EVERY,
        pause_at: Some(soon(&mut dice, 1_200, 2_000)),
        resume: None,
        restart_at: server.is_some().then(|| soon(&mut dice, 3_000, 5_000)),
    };
    let mut course = Course::default();
    let mut left = Left::new(plan);
    let say = |text: String| output.note(format!("{:6.1}s  {text}", begun.elapsed().as_secs_f64()));
    while !left.none(store).await? {
        if left.is_stuck() {
            course.is_stuck = true;
            return Ok(course);
        }
        tokio::time::sleep(LOOK_EVERY).await;
        let now = Instant::now();
        for stray in crew.strays() {
            say(format!("ended by itself: {stray}"));
            course.strays.push(stray);
            crew.hire()?;
        }
        let awake = crew.awake();
        if due.pause_at.is_some_and(|at| now >= at) {
            due.pause_at = None;
            let worker = drawn(&mut dice, &awake);
            crew.pause(worker, true);
            due.resume = Some((worker, now + ms(plan.lease_ms + 1 + dice.below(PAUSED_BEYOND_LEASE_MS))));
            course.struck.push(Struck { at_ms: when::now().0, worker, blow: Blow::Paused });
            say(format!("paused worker {worker}"));
        } else if let Some((worker, at)) = due.resume
            && now >= at
        {
            due.resume = None;
            due.pause_at = Some(now + BETWEEN_PAUSES);
            crew.pause(worker, false);
            say(format!("let worker {worker} go on"));
        } else if due.restart_at.is_some_and(|at| now >= at) {
            due.restart_at = None;
            if let Some(server) = server.as_mut() {
                let away = server.replace(ms(200 + dice.below(800))).await?;
                course.restarts += 1;
                say(format!("killed the server, and started it again after {:.1}s", away.as_secs_f64()));
            }
        } else if now >= due.kill_at {
            // In its own rhythm, however long the last look took.
            due.kill_at = (due.kill_at + KILL_EVERY).max(now);
            let worker = drawn(&mut dice, &awake);
            let at_ms = when::now().0;
            crew.kill(worker);
            course.struck.push(Struck { at_ms, worker, blow: Blow::Killed });
            let heir = crew.hire()?;
            say(format!("killed worker {worker}, started worker {heir}; {} jobs left", left.count));
        }
    }
    if let Some((worker, _)) = due.resume {
        crew.pause(worker, false);
    }
    Ok(course)
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// One of them; there are always some, since at most one is paused.
fn drawn(dice: &mut Dice, numbers: &[u32]) -> u32 {
    numbers.get(dice.below(numbers.len().max(1) as u64) as usize).copied().unwrap_or_default()
}

/// The jobs that have not ended, as far as the store says.
struct Left {
    count: u64,
    changed_at: Instant,
    patience: Duration,
}

impl Left {
    fn new(plan: &Plan) -> Left {
        let patience = Duration::from_secs(60) + 4 * ms(plan.lease_ms);
        Left { count: plan.jobs, changed_at: Instant::now(), patience }
    }

    /// Whether there are none. A store that cannot say so now is asked again.
    async fn none(&mut self, store: &dyn Store) -> Result<bool, Failure> {
        let queues = match tokio::time::timeout(Duration::from_secs(5), store.queues()).await {
            Ok(Ok(queues)) => queues,
            Ok(Err(error @ StoreError::Unusable { .. })) => return Err(error.into()),
            Ok(Err(StoreError::Unavailable { .. })) | Err(_) => return Ok(false),
        };
        let ours = queues.iter().find(|view| view.queue.as_str() == QUEUE);
        let count = ours.map_or(0, |queue| queue.available + queue.running + queue.scheduled);
        if count != self.count {
            (self.count, self.changed_at) = (count, Instant::now());
        }
        Ok(count == 0)
    }

    fn is_stuck(&self) -> bool {
        self.changed_at.elapsed() > self.patience
    }
}
