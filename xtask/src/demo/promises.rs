//! What the demonstration promises, each with what was seen.

use serde_json::Value;

use super::operator::Job;
use super::stage::Stage;
use super::{Act, SIBLINGS};
use crate::run::Result;

/// The siblings may be slower among bombs by this factor.
const P99_FACTOR: f64 = 1.5;

/// Promises, kept and broken.
#[derive(Default)]
pub struct Promises {
    broken: usize,
}

impl Promises {
    fn promise(&mut self, holds: bool, what: &str, seen: &str) {
        println!("{}  {what}\n      {seen}", if holds { "kept  " } else { "BROKEN" });
        self.broken += usize::from(!holds);
    }

    /// Fails if one was broken.
    pub fn kept(self) -> Result<()> {
        match self.broken {
            0 => Ok(()),
            1 => Err("a promise does not hold".to_owned()),
            broken => Err(format!("{broken} promises do not hold")),
        }
    }

    pub fn streaming(&mut self, job: &Job, expected: &Value) {
        let holds = job.text("state") == "completed"
            && job.at("output") == expected
            && job.number("memory.cap_bytes") == 16 << 20
            && job.attempts().len() == 1;
        let seen = format!(
            "{} flights, {} with an arrival delay, {} over 15 minutes late, {} minutes late on average, {} carriers; at most {} KiB",
            expected["flights"],
            expected["with_arrival_delay"],
            expected["late"],
            expected["mean_arrival_delay_minutes"],
            expected["carriers"].as_object().map_or(0, serde_json::Map::len),
            job.number("memory.peak_bytes") / 1024,
        );
        self.promise(
            holds,
            "the streaming report completes under a cap of 16 MiB, and its figures are right",
            &seen,
        );
    }

    pub fn naive_alone(&mut self, job: &Job) {
        let attempts = job.attempts();
        let last = attempts.last();
        let requested = last.map_or(0, |attempt| attempt.number("memory.requested_bytes"));
        let message = last.map_or("", |attempt| attempt.text("message"));
        let holds = job.text("state") == "dead"
            && attempts.len() == 1
            && last.is_some_and(|attempt| attempt.text("outcome") == "memory_limit")
            && requested > 16 << 20
            && message.contains(&format!("asked for {requested} bytes"))
            && message.contains("; in flights_naive::keep (");
        let what =
            "the naive report traps on memory, with the bytes it asked for and its own function and line";
        self.promise(holds, what, message);
    }

    pub fn naive_with_ladder(&mut self, job: &Job, expected: &Value) {
        let attempts = job.attempts();
        let outcomes: Vec<&str> = attempts.iter().map(|attempt| attempt.text("outcome")).collect();
        let holds = job.text("state") == "completed"
            && job.at("output") == expected
            && outcomes == ["memory_limit", "completed"]
            && attempts.last().is_some_and(|last| *last.at("resumed") == Value::Bool(true));
        let caps: Vec<u64> =
            attempts.iter().map(|attempt| attempt.number("memory.cap_bytes") >> 20).collect();
        let what =
            "with a memory ladder it goes on from its last checkpoint and completes with the same figures";
        self.promise(holds, what, &format!("{} under caps of {caps:?} MiB", outcomes.join(", then ")));
    }

    pub fn out_of_fuel(&mut self, job: &Job) {
        let attempts = job.attempts();
        let holds = job.text("state") == "dead" && attempts.len() == 1 && job.text("outcome") == "fuel_limit";
        self.promise(holds, "the endless loop is stopped by its fuel", job.text("message"));
    }

    pub fn plain_command(&mut self, job: &Job, stage: &Stage) {
        let text = stage.prose();
        let expected =
            format!("{} {} {}\n", text.lines().count(), text.split_whitespace().count(), text.len());
        let output = job.text("output");
        let holds = job.text("state") == "completed" && output == expected;
        let seen = format!("lines, words and bytes of the README: {}", output.trim());
        self.promise(
            holds,
            "a plain command that knows nothing of Cofferdam completes, stdin to stdout",
            &seen,
        );
    }

    pub fn siblings(&mut self, honest: &Act, bombed: &Act) {
        let outputs = |act: &Act| act.siblings.iter().map(|job| job.at("output").clone()).collect::<Vec<_>>();
        let done = |act: &Act| {
            act.siblings.iter().filter(|job| job.text("state") == "completed").count() == SIBLINGS
        };
        // The primes up to a million.
        let right = outputs(honest).iter().all(|output| *output == 78_498);
        let holds = done(honest) && done(bombed) && right && outputs(honest) == outputs(bombed);
        let seen = format!("{SIBLINGS} results, all {}: the primes up to a million", outputs(bombed)[0]);
        self.promise(holds, "twenty siblings complete with the results of a run without the bombs", &seen);
        let (before, among) = (honest.sibling_p99_ms(), bombed.sibling_p99_ms());
        let factor = among as f64 / before as f64;
        let seen = format!("{before} ms without the bombs, {among} ms among them: {factor:.2} times");
        self.promise(factor <= P99_FACTOR, "their p99 duration is within 1.5 times of that run", &seen);
    }

    pub fn resumed(&mut self, job: &Job, said: Option<&str>, expected: &Value) {
        let attempts = job.attempts();
        let lost = attempts.first().is_some_and(|first| first.text("outcome") == "worker_lost");
        let holds =
            lost && said.is_some() && job.text("state") == "completed" && job.at("output") == expected;
        let what = "after SIGKILL the long job goes on from its last durable checkpoint, to the same figures";
        self.promise(holds, what, said.unwrap_or("it did not say that it was resumed"));
    }

    pub fn exactly_once(&mut self, act: &Act) {
        let completions =
            |job: &Job| job.attempts().iter().filter(|one| one.text("outcome") == "completed").count();
        let once = |job: &Job| completions(job) == usize::from(job.text("state") == "completed");
        let wrong: Vec<&str> = act.all().filter(|job| !once(job)).map(Job::id).collect();
        let (count, completed) =
            (act.all().count(), act.all().filter(|job| job.text("state") == "completed").count());
        let seen =
            format!("{count} jobs, {completed} completed, none twice and none missing {}", wrong.join(", "));
        self.promise(wrong.is_empty(), "every job's result is there exactly once", &seen);
    }
}
