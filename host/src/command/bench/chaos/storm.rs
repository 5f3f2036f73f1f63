//! The storm: a worker dies each second and another one is started, one after the other hangs for
//! longer than its lease, and a private server is killed and started again, until every job has ended.

use std::time::{Duration, Instant};

use cofferdam_queue::Store;

use super::crew::Crew;
use super::guest::Dice;
use super::left::Left;
use super::redis_server::RedisServer;
use super::{Plan, when};
use crate::failure::Failure;
use crate::output::Output;

/// A worker dies each second on average: some sooner and some later, so that deaths keep no step
/// with leases, and do not always meet the jobs of the last death when they begin again.
const KILL_AFTER_MS: std::ops::Range<u64> = 500..1_501;
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
    /// When a paused one went on.
    pub until_ms: Option<u64>,
}

/// What happened.
#[derive(Debug, Default)]
pub struct Course {
    pub struck: Vec<Struck>,
    pub restarts: u32,
    /// Jobs that lost their worker too often to be tried again, and were tried all the same.
    pub retried: usize,
    /// Workers that ended though nobody killed them.
    pub strays: Vec<String>,
    /// Nothing moved any more, and jobs were left.
    pub is_stuck: bool,
}

impl Course {
    fn went_on(&mut self, worker: u32) {
        let paused = |struck: &&mut Struck| struck.worker == worker && struck.blow == Blow::Paused;
        if let Some(struck) = self.struck.iter_mut().rev().find(paused) {
            struck.until_ms = Some(when::now().0);
        }
    }
}

/// When what comes next.
struct Due {
    kill_at: Instant,
    pause_at: Option<Instant>,
    resume: Option<(u32, Instant)>,
    restart_at: Option<Instant>,
}

/// Until all jobs have ended, or nothing moves any more. The store is asked aside: a server that does
/// not answer must not keep workers from dying.
pub async fn rage(
    plan: &Plan,
    crew: &mut Crew<'_>,
    server: Option<&mut RedisServer>,
    store: &dyn Store,
    run: &str,
    output: Output,
) -> Result<Course, Failure> {
    let left = Left::new(plan);
    let (asked, course) =
        tokio::join!(left.until_none(store, run, output), strike(plan, crew, server, &left, output));
    let (retried, is_stuck) = asked?;
    Ok(Course { retried, is_stuck, ..course? })
}

async fn strike(
    plan: &Plan,
    crew: &mut Crew<'_>,
    mut server: Option<&mut RedisServer>,
    left: &Left,
    output: Output,
) -> Result<Course, Failure> {
    let mut dice = Dice::new(plan.seed.wrapping_add(1 << 32));
    let begun = Instant::now();
    let soon = |dice: &mut Dice, from_ms, to_ms| begun + ms(from_ms + dice.below(to_ms - from_ms));
    let mut due = Due {
        kill_at: begun + ms(KILL_AFTER_MS.end),
        pause_at: Some(soon(&mut dice, 1_200, 2_000)),
        resume: None,
        restart_at: server.is_some().then(|| soon(&mut dice, 3_000, 5_000)),
    };
    let mut course = Course::default();
    let say = |text: String| output.note(format!("{:6.1}s  {text}", begun.elapsed().as_secs_f64()));
    while !left.is_over() {
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
            let beyond = 1 + dice.below(PAUSED_BEYOND_LEASE_MS);
            due.resume = Some((worker, now + ms(plan.lease_ms + beyond)));
            let at_ms = when::now().0;
            course.struck.push(Struck { at_ms, worker, blow: Blow::Paused, until_ms: None });
            say(format!("paused worker {worker}"));
        } else if let Some((worker, at)) = due.resume
            && now >= at
        {
            due.resume = None;
            due.pause_at = Some(now + BETWEEN_PAUSES);
            crew.pause(worker, false);
            course.went_on(worker);
            say(format!("let worker {worker} go on"));
        } else if due.restart_at.is_some_and(|at| now >= at) {
            due.restart_at = None;
            if let Some(server) = server.as_mut() {
                let away = server.replace(ms(200 + dice.below(800))).await?;
                course.restarts += 1;
                say(format!("killed the server, and started it again after {:.1}s", away.as_secs_f64()));
            }
        } else if now >= due.kill_at {
            // From when it was due, however long the last look took.
            let gap = KILL_AFTER_MS.start + dice.below(KILL_AFTER_MS.end - KILL_AFTER_MS.start);
            due.kill_at = (due.kill_at + ms(gap)).max(now);
            let worker = drawn(&mut dice, &awake);
            let at_ms = when::now().0;
            crew.kill(worker);
            course.struck.push(Struck { at_ms, worker, blow: Blow::Killed, until_ms: None });
            let heir = crew.hire()?;
            say(format!("killed worker {worker}, started worker {heir}; {} jobs left", left.count()));
        }
    }
    if let Some((worker, _)) = due.resume {
        crew.pause(worker, false);
        course.went_on(worker);
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
