//! `cofferdam check`: every mistake of a configuration file, or every key there is.

use std::path::PathBuf;

use serde::Serialize;

use crate::config::{self, FILE_NAME, GRANT_KEYS, KEYS};
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam check
  cofferdam check /etc/cofferdam.toml --json
  cofferdam check --keys

Exits with 2 when the file has a mistake.")]
pub struct Args {
    /// The file [default: the one that --config or COFFERDAM_CONFIG names, else cofferdam.toml]
    #[arg(value_name = "CONFIG")]
    pub file: Option<PathBuf>,
    /// List every key with its environment variable, its default and what it is for
    #[arg(long, conflicts_with = "file")]
    pub keys: bool,
}

#[derive(Serialize)]
struct KeyLine {
    key: String,
    takes: &'static str,
    default: Option<&'static str>,
    variable: Option<String>,
    doc: &'static str,
}

#[derive(Serialize)]
struct Checked {
    file: PathBuf,
    ok: bool,
    mistakes: Vec<MistakeLine>,
}

#[derive(Serialize)]
struct MistakeLine {
    line: usize,
    message: String,
}

/// Checks.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    if args.keys {
        return list_keys(context);
    }
    let of_environment = || config::file_of_environment(&config::environment());
    let named = || context.config_file.clone().or_else(of_environment);
    let file = args.file.or_else(named).unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let (_, mistakes) = config::check_file(&file)?;
    let ok = mistakes.is_empty();
    if context.output.is_json() {
        let mistakes = mistakes.into_iter().map(|m| MistakeLine { line: m.line, message: m.what }).collect();
        context.output.object(&Checked { file, ok, mistakes })?;
    } else {
        for mistake in &mistakes {
            context.output.note(mistake.to_string());
        }
        if ok {
            context.output.line(format!("{}: no mistakes", file.display()))?;
        }
    }
    Ok(if ok { ExitCode::DONE } else { ExitCode::USAGE })
}

fn list_keys(context: &Context) -> Result<ExitCode, Failure> {
    let own = KEYS.iter().map(|key| KeyLine {
        key: key.path.to_owned(),
        takes: key.takes,
        default: Some(key.default),
        variable: Some(key.variable()),
        doc: key.doc,
    });
    let grants = GRANT_KEYS.iter().map(|(key, takes, default, doc)| KeyLine {
        key: format!("grants.NAME.{key}"),
        takes,
        default: *default,
        variable: None,
        doc,
    });
    let lines: Vec<KeyLine> = own.chain(grants).collect();
    if context.output.is_json() {
        for line in &lines {
            context.output.object(line)?;
        }
        return Ok(ExitCode::DONE);
    }
    for line in &lines {
        context.output.line(format!("{} = {}", line.key, line.takes))?;
        context.output.line(format!("    {}", line.doc))?;
        if let Some(default) = line.default {
            context.output.line(format!("    default: {default}"))?;
        }
        if let Some(variable) = &line.variable {
            context.output.line(format!("    environment: {variable}"))?;
        }
    }
    Ok(ExitCode::DONE)
}
