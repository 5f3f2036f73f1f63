//! What flags declare about a job: they go over what its manifest says.

use cofferdam_queue::{
    Kind, ManifestDraft, OutputFormat, QueueName, parse_bytes, parse_duration_ms, parse_fuel,
};

/// The limits of one attempt, as `run` and `deploy` take them.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Limits {
    /// Memory cap: linear memory and tables, as 64MiB [default: the manifest's, else 128MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, help_heading = "Limits")]
    pub memory: Option<u64>,
    /// Fuel of one attempt, as 500M or 10G [default: the manifest's, else 1T]
    #[arg(long, value_name = "FUEL", value_parser = parse_fuel, help_heading = "Limits")]
    pub fuel: Option<u64>,
    /// Wall time of one attempt, as 250ms, 30s or 10m [default: the manifest's, else 1h]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms, help_heading = "Limits")]
    pub timeout: Option<u64>,
    /// Memory the host holds for one attempt (input, output, checkpoint, ...), as 8MiB
    /// [default: the manifest's, else 4MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, help_heading = "Limits")]
    pub host_allowance: Option<u64>,
    /// What a command's stdout is: text, or json to parse it [default: the manifest's, else text]
    #[arg(long, value_name = "FORMAT", value_parser = output_format, help_heading = "Limits")]
    pub output: Option<OutputFormat>,
}

impl Limits {
    /// As a manifest would say it. A memory cap given by hand is the whole ladder.
    pub fn draft(&self) -> ManifestDraft {
        ManifestDraft {
            memory_bytes: self.memory,
            fuel: self.fuel,
            timeout_ms: self.timeout,
            host_allowance_bytes: self.host_allowance,
            output: self.output,
            ..ManifestDraft::default()
        }
    }
}

/// What else `deploy` takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Declared {
    /// The kind [default: the manifest's, else the file's name without `.wasm`]
    #[arg(long, value_name = "NAME", help_heading = "Instead of a manifest")]
    pub kind: Option<Kind>,
    /// The queue its jobs are pushed to [default: the manifest's, else `default`]
    #[arg(long, value_name = "NAME", help_heading = "Instead of a manifest")]
    pub queue: Option<QueueName>,
    /// How many failures are retried, a number [default: the manifest's, else 25]
    #[arg(long, value_name = "N", help_heading = "Instead of a manifest")]
    pub retries: Option<u32>,
    #[command(flatten)]
    pub limits: Limits,
}

impl Declared {
    /// As a manifest would say it.
    pub fn draft(&self) -> ManifestDraft {
        ManifestDraft {
            kind: self.kind.clone(),
            queue: self.queue.clone(),
            retries: self.retries,
            ..self.limits.draft()
        }
    }
}

/// `manifest` with what the flags say. A memory cap given by hand replaces the ladder: its
/// further steps were chosen for another cap.
pub fn over(mut manifest: ManifestDraft, flags: ManifestDraft) -> ManifestDraft {
    if flags.memory_bytes.is_some() {
        manifest.memory_ladder_bytes.clear();
    }
    manifest.overridden_by(flags)
}

fn output_format(text: &str) -> Result<OutputFormat, String> {
    match text {
        "text" => Ok(OutputFormat::Text),
        "json" => Ok(OutputFormat::Json),
        _ => Err("use `text` or `json`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_given_by_hand_replaces_the_ladder_and_nothing_else() {
        let manifest = ManifestDraft {
            memory_bytes: Some(16 << 20),
            memory_ladder_bytes: vec![64 << 20],
            fuel: Some(5),
            ..ManifestDraft::default()
        };
        let limits = Limits { memory: Some(128 << 20), ..Limits::default() };
        let both = over(manifest.clone(), limits.draft());
        assert_eq!(
            (both.memory_bytes, both.memory_ladder_bytes, both.fuel),
            (Some(128 << 20), vec![], Some(5))
        );
        assert_eq!(over(manifest.clone(), Limits::default().draft()), manifest);
    }
}
