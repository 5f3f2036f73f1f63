//! The live view: a line whenever a job begins or ends an attempt.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::operator::{Job, Operator};
use crate::run::Result;

/// No act takes longer on any machine that can build this.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(50);
const FINAL: [&str; 4] = ["completed", "dead", "cancelled", "discarded"];

/// Looks at the jobs again and again, and says what changed.
pub struct Watch<'a> {
    operator: &'a Operator,
    begun: Instant,
    seen: HashMap<String, String>,
}

impl<'a> Watch<'a> {
    /// From now on.
    pub fn new(operator: &'a Operator) -> Watch<'a> {
        Watch { operator, begun: Instant::now(), seen: HashMap::new() }
    }

    /// Until so many jobs have come to their end.
    pub fn until_all_ended(&mut self, count: usize) -> Result<()> {
        self.until("every job ends", |jobs| {
            let ended = jobs.iter().filter(|job| FINAL.contains(&job.text("state"))).count();
            Ok((ended == count).then_some(()))
        })
    }

    /// Until the running job has a checkpoint that is durable; says how far it is.
    pub fn until_durable(&mut self, id: &str) -> Result<String> {
        let operator = self.operator;
        self.until("the long job makes a checkpoint durable", |_| {
            let job = operator.job(id)?;
            if job.text("state") == "completed" {
                return Err(format!("`{id}` was done before its worker could be killed"));
            }
            let durable = job.number("checkpoint_count") > 0 && job.text("state") == "running";
            Ok(durable.then(|| {
                format!("{} of {} bytes", job.number("progress.done"), job.number("progress.total"))
            }))
        })
    }

    fn until<T>(&mut self, what: &str, mut look: impl FnMut(&[Job]) -> Result<Option<T>>) -> Result<T> {
        loop {
            let jobs = self.operator.list()?;
            for job in jobs.iter().rev() {
                self.tell(job)?;
            }
            if let Some(found) = look(&jobs)? {
                return Ok(found);
            }
            if self.begun.elapsed() > PATIENCE {
                let log = self.operator.worker_log();
                return Err(format!("waited {PATIENCE:?} in vain until {what}; the worker said:\n{log}"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn tell(&mut self, job: &Job) -> Result<()> {
        let now = format!("{} {} {}", job.text("state"), job.text("outcome"), job.number("attempt"));
        if self.seen.get(job.id()) == Some(&now) {
            return Ok(());
        }
        let is_new = self.seen.insert(job.id().to_owned(), now).is_none();
        let (state, attempt) = (job.text("state"), job.number("attempt"));
        let said = match state {
            "available" | "scheduled" if is_new => return Ok(()),
            "running" => format!("attempt {attempt} runs"),
            _ => match job.text("outcome") {
                "" => state.to_owned(),
                outcome => format!("attempt {attempt}: {outcome} → {state}"),
            },
        };
        println!("{:6.2} s  {:<22} {said}", self.begun.elapsed().as_secs_f64(), job.id());
        if !["", "completed"].contains(&job.text("outcome")) && state != "running" {
            self.tell_why(job.id())?;
        }
        Ok(())
    }

    /// The message of an attempt that did not complete.
    fn tell_why(&self, id: &str) -> Result<()> {
        if let Some(last) = self.operator.job(id)?.attempts().last()
            && !last.text("message").is_empty()
        {
            println!("{:9} {:<22}   {}", "", "", last.text("message"));
        }
        Ok(())
    }
}
