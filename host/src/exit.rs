//! Exit codes: the one table from what happened to what a calling script sees.
//!
//! A command module's own code passes through where its attempt `completed` or
//! `failed`; it is carried in the report and is deliberately not decided here.

use cofferdam_queue::Outcome;

/// What the process exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitCode(pub u8);

impl ExitCode {
    /// It was done; the job completed.
    pub const DONE: ExitCode = ExitCode(0);
    /// It could not be done; the job failed.
    pub const FAILED: ExitCode = ExitCode(1);
    /// The command line or the configuration is wrong (`run`: [`Self::HOST`]).
    pub const USAGE: ExitCode = ExitCode(2);
    /// Of `run`: our fault or the machine's, or the command line is wrong.
    pub const HOST: ExitCode = ExitCode(125);
    /// Ended by SIGINT.
    pub const INTERRUPTED: ExitCode = ExitCode(130);
    /// Ended by SIGTERM.
    pub const TERMINATED: ExitCode = ExitCode(143);

    /// What `run`, `push --wait` and `jobs wait` exit with for an attempt that ended so.
    pub fn of(outcome: Outcome) -> ExitCode {
        match outcome {
            Outcome::Completed => ExitCode::DONE,
            Outcome::Failed => ExitCode::FAILED,
            Outcome::TimeLimit => ExitCode(124),
            Outcome::HostError | Outcome::WorkerLost => ExitCode::HOST,
            Outcome::Refused => ExitCode(126),
            Outcome::Panicked | Outcome::Trapped => ExitCode(134),
            Outcome::MemoryLimit => ExitCode(137),
            Outcome::Interrupted | Outcome::Cancelled => ExitCode::TERMINATED,
            Outcome::FuelLimit => ExitCode(152),
        }
    }

    /// The code of a report; one that no process can have is a failure.
    pub fn of_report(code: i32) -> ExitCode {
        u8::try_from(code).map_or(ExitCode::FAILED, ExitCode)
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> std::process::ExitCode {
        std::process::ExitCode::from(code.0)
    }
}

/// Every code with what it means, as `cofferdam run --help` and `docs/OPERATING.md` show it.
pub const TABLE: &[(u8, &str)] = &[
    (0, "completed"),
    (1, "failed (a command module: its own code, whatever it is)"),
    (2, "wrong usage or configuration, of every command but `run`"),
    (124, "time_limit; of `push --wait` and `jobs wait` also: `--timeout` was over"),
    (125, "host_error, worker_lost, and wrong usage of `run`"),
    (126, "refused"),
    (130, "interrupted by INT"),
    (134, "panicked, trapped"),
    (137, "memory_limit"),
    (143, "interrupted by TERM, or cancelled"),
    (152, "fuel_limit"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_a_documented_code_that_names_it() {
        for outcome in Outcome::ALL {
            let code = ExitCode::of(outcome);
            let (_, meaning) = TABLE.iter().find(|(number, _)| *number == code.0).expect("documented");
            assert!(meaning.contains(outcome.as_str()), "{outcome}: {meaning}");
        }
    }

    #[test]
    fn a_code_that_no_process_can_have_is_a_failure() {
        assert_eq!(ExitCode::of_report(3), ExitCode(3));
        assert_eq!(ExitCode::of_report(256), ExitCode::FAILED);
    }
}
