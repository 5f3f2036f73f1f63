//! One thing that was looked at: how it is, and what to do about it.

use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should know.
    Warn,
    /// It keeps a worker from working.
    Fail,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub state: State,
    /// In words.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: &'static str, found: impl Into<String>) -> Finding {
        Finding { check, state: State::Ok, found: found.into(), remedy: None }
    }

    /// Somebody should know.
    pub fn warn(check: &'static str, found: impl Into<String>) -> Finding {
        Finding { state: State::Warn, ..Finding::ok(check, found) }
    }

    /// Nothing works like this.
    pub fn fail(check: &'static str, found: impl Into<String>) -> Finding {
        Finding { state: State::Fail, ..Finding::ok(check, found) }
    }

    /// What to do about it.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Finding {
        self.remedy = Some(remedy.into());
        self
    }

    /// One object, or a line and its remedy.
    pub fn show(&self, output: Output) -> Result<(), Failure> {
        if output.is_json() {
            return output.object(self);
        }
        let state = match self.state {
            State::Ok => "ok",
            State::Warn => "warn",
            State::Fail => "FAIL",
        };
        output.line(format!("{state:<5} {:<11} {}", self.check, self.found))?;
        match &self.remedy {
            Some(remedy) => output.line(format!("{:18}{remedy}", "")),
            None => Ok(()),
        }
    }
}
