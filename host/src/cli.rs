//! The command line: every command and the flags that all of them share.
//!
//! Only words and their meaning; what a command does is in its own file below
//! [`crate::command`], and what is not said here comes from [`crate::config`].

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::command::{
    bench, check, completions, dead, deploy, doctor, inspect, jobs, modules, push, queues, run, work, workers,
};
use crate::config::{self, Config};
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::{Failure, Mistakes};
use crate::logging;
use crate::output::Output;
use crate::wrong_usage;

/// Background jobs, each one a WebAssembly module in its own enclosure.
#[derive(Debug, Parser)]
#[command(
    name = "cofferdam",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
Examples:
  cofferdam run job.wasm --input '{\"rows\": 3}'      run one job here, without a store
  cofferdam deploy job.wasm                          make it known to a store
  cofferdam push reports.daily '{\"rows\": 3}'         enqueue work for it
  cofferdam work                                     run what was pushed

Sizes are written 64KiB, 16MiB, 2GiB; durations 250ms, 30s, 10m, 1h; fuel 500M, 10G, 1T.
What no flag says is taken from the environment (COFFERDAM_STORE, ...), then from
cofferdam.toml, then from the defaults: `cofferdam check --keys` lists every key.")]
pub struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    pub command: Command,
}

/// The flags of every command.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Globals {
    /// The store: a path, `sqlite:PATH`, or `redis://HOST:PORT` and its kin [default: sqlite:cofferdam.db] [env: COFFERDAM_STORE]
    #[arg(long, global = true, value_name = "URL", help_heading = "Everywhere")]
    pub store: Option<String>,
    /// The configuration file [default: cofferdam.toml, if there is one] [env: COFFERDAM_CONFIG]
    #[arg(long, short = 'C', global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// Print JSON: one object, or for lists one object a line
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub json: bool,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run one job here and now, in a sandbox, without a store
    Run(Box<run::Args>),
    /// Run the jobs of a store until told to stop
    Work(Box<work::Args>),
    /// Make modules the newest of their kinds
    Deploy(deploy::Args),
    /// Enqueue a job, or a file of jobs
    Push(push::Args),
    /// Look at jobs, wait for them, retry and cancel them
    Jobs(jobs::Args),
    /// Look at queues, pause and resume them
    Queues(queues::Args),
    /// Look at dead jobs, retry and delete them
    Dead(dead::Args),
    /// Look at deployed modules, roll back and prune them
    Modules(modules::Args),
    /// Look at live workers, quiet and stop them
    Workers(workers::Args),
    /// Show what a module is and declares, without running it
    Inspect(inspect::Args),
    /// Check a configuration file
    Check(check::Args),
    /// Check that this machine and its store can do the work
    Doctor(doctor::Args),
    /// Measure push, pickup and throughput of a store
    Bench(bench::Args),
    /// Print completions for a shell
    Completions(completions::Args),
}

impl Command {
    /// Which exit code this command's own mistakes have.
    pub fn mistakes(&self) -> Mistakes {
        if matches!(self, Command::Run(_)) { Mistakes::OfRun } else { Mistakes::Usual }
    }

    /// Whether `cofferdam.toml` is read where it lies, without being named. `run` is for
    /// modules that are not trusted, often in a checkout that is not: a file in there must
    /// not say where compiled code is taken from.
    fn trusts_directory(&self) -> bool {
        !matches!(self, Command::Run(_))
    }

    /// Whether a broken configuration is this command's business.
    fn needs_config(&self) -> bool {
        !matches!(self, Command::Check(_) | Command::Completions(_))
    }
}

impl Cli {
    /// Parses the process's arguments. Help and version end the process with 0, wrong
    /// usage with 2 (`run`: 125).
    pub fn from_arguments() -> Result<Cli, ExitCode> {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        Cli::understand(&arguments).map_err(|error| {
            wrong_usage::tell(&error, &arguments);
            match (error.use_stderr(), is_run(&arguments)) {
                (false, _) => ExitCode::DONE,
                (true, true) => ExitCode::HOST,
                (true, false) => ExitCode::USAGE,
            }
        })
    }

    fn understand<S: Into<OsString> + Clone>(arguments: &[S]) -> Result<Cli, clap::Error> {
        let cli = Cli::try_parse_from(arguments.iter().cloned())?;
        match &cli.command {
            // The parser sees the conflict only when both follow `run`.
            Command::Run(args) if cli.globals.json && args.report.is_some() => Err(Cli::command().error(
                ErrorKind::ArgumentConflict,
                "`--json` and `--report` exclude each other: both give the report",
            )),
            _ => Ok(cli),
        }
    }

    /// Does what was asked.
    pub fn run(self) -> Result<ExitCode, Failure> {
        let Cli { globals, command } = self;
        let config = match command.needs_config() {
            true => config::load(&globals, &config::environment(), command.trusts_directory())?,
            false => Config::default(),
        };
        let _logging = logging::start(&config.log, matches!(command, Command::Work(_)))?;
        let context = Context { config, config_file: globals.config, output: Output::new(globals.json) };
        // The control runtime: leases, store and signals. Guests never run on it.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("control")
            .enable_all()
            .build()
            .map_err(|error| Failure::new(format!("cannot start the control runtime: {error}")))?;
        let ended = runtime.block_on(Box::pin(command.perform(&context)));
        // What still blocks (a store that does not answer) must not keep the process.
        runtime.shutdown_background();
        ended
    }
}

impl Command {
    async fn perform(self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            Command::Run(args) => run::run(*args, context).await,
            Command::Work(args) => work::run(*args, context).await,
            Command::Deploy(args) => deploy::run(args, context).await,
            Command::Push(args) => push::run(args, context).await,
            Command::Jobs(args) => jobs::run(args, context).await,
            Command::Queues(args) => queues::run(args, context).await,
            Command::Dead(args) => dead::run(args, context).await,
            Command::Modules(args) => modules::run(args, context).await,
            Command::Workers(args) => workers::run(args, context).await,
            Command::Inspect(args) => inspect::run(args, context).await,
            Command::Check(args) => check::run(args, context).await,
            Command::Doctor(args) => doctor::run(args, context).await,
            Command::Bench(args) => bench::run(args, context).await,
            Command::Completions(args) => completions::run(args, context).await,
        }
    }
}

/// Whether arguments that do not parse were meant for `run`.
fn is_run(arguments: &[OsString]) -> bool {
    let lenient = Cli::command().ignore_errors(true).try_get_matches_from(arguments);
    lenient.is_ok_and(|matches| matches.subcommand_name() == Some("run"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_flag_says_what_it_is_for() {
        fn look(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "`{path}` has no description");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "`{path}`: `{}` has no help", argument.get_id());
            }
            command.get_subcommands().for_each(|below| look(below, &path));
        }
        look(&Cli::command(), "");
    }

    #[test]
    fn every_flag_with_a_value_says_what_holds_without_it() {
        fn look(command: &clap::Command, path: &str, silent: &mut Vec<String>) {
            let path = format!("{path} {}", command.get_name());
            for argument in command.get_arguments() {
                let takes = argument.get_action().takes_values() && !argument.is_required_set();
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                if takes && argument.get_long().is_some() && !help.contains("[default: ") {
                    silent.push(format!("{path} --{}", argument.get_id()));
                }
            }
            command.get_subcommands().for_each(|below| look(below, &path, silent));
        }
        let mut silent = Vec::new();
        look(&Cli::command(), "", &mut silent);
        assert_eq!(silent, Vec::<String>::new());
    }

    #[test]
    fn every_command_has_examples_and_each_of_them_parses() {
        let mut cli = Cli::command();
        cli.build();
        for command in cli.get_subcommands().filter(|command| command.get_name() != "help") {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples: Vec<&str> =
                help.lines().map(str::trim).filter(|line| line.starts_with("cofferdam ")).collect();
            assert!(!examples.is_empty(), "`{}` shows no example", command.get_name());
            for example in examples {
                let words = crate::command::words_of(example);
                if let Err(error) = Cli::understand(&words) {
                    panic!("`{example}` does not parse: {error}");
                }
            }
        }
    }

    #[test]
    fn wrong_usage_is_told_apart_by_the_command_it_was_meant_for() {
        assert!(is_run(&arguments("cofferdam run job.wasm --no-such-flag")));
        assert!(is_run(&arguments("cofferdam --store run run --no-such-flag job.wasm")));
        assert!(is_run(&arguments("cofferdam run job.wasm --memory 64MB")));
        assert!(!is_run(&arguments("cofferdam push run --no-such-flag")));
        assert!(!is_run(&arguments("cofferdam rum job.wasm")));
    }

    #[test]
    fn json_and_a_report_file_exclude_each_other() {
        assert!(Cli::understand(&arguments("cofferdam run a.wasm --json --report r.json")).is_err());
        assert!(Cli::understand(&arguments("cofferdam --json run a.wasm --report r.json")).is_err());
        assert!(Cli::understand(&arguments("cofferdam run a.wasm --report r.json")).is_ok());
    }
}
