//! What a job declares about itself, embedded in its module.
//!
//! A [`ManifestDraft`] is what was written, by the author in the module's custom
//! section or by an operator on the command line; a [`Manifest`] is what it means,
//! with every default filled in. It is the author's claim: the operator's
//! [`Policy`](crate::Policy) bounds it.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Kind, QueueName, parse_bytes, parse_duration_ms, parse_fuel};

/// 128 MiB.
pub const DEFAULT_MEMORY_BYTES: u64 = 128 << 20;
/// 1T units.
pub const DEFAULT_FUEL: u64 = 1_000_000_000_000;
/// One hour.
pub const DEFAULT_TIMEOUT_MS: u64 = 3_600_000;
/// As Sidekiq's: about three weeks.
pub const DEFAULT_RETRIES: u32 = 25;
/// 4 MiB of host memory for each attempt, beside its own.
pub const DEFAULT_HOST_ALLOWANCE_BYTES: u64 = 4 << 20;

/// What a refused growth of memory does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMemoryLimit {
    /// Trap at once, with the place.
    #[default]
    Trap,
    /// Let `memory.grow` return -1, for guests that can live with it.
    Deny,
}

/// What a drain does to a running attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drain {
    /// It ends inside its next checkpoint.
    #[default]
    Interrupt,
    /// It may go on to its end, up to the drain's timeout.
    Finish,
}

/// What a command's stdout is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    /// Text; becomes a JSON string.
    #[default]
    Text,
    /// JSON; parsed, and a failure if it is none.
    Json,
}

/// The permissions a job asks for, by the operator's names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grants {
    /// Directories to read, seen as `/NAME`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<String>,
    /// Directories to write, seen as `/NAME`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub write: Vec<String>,
}

/// A manifest as written: every key may be left out. Quantities are numbers in the
/// unit of their name, or text with a unit (`memory = "16MiB"`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ManifestDraft {
    /// The ABI the module was built for; 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abi: Option<u32>,
    /// The job's kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The queue it is pushed to unless the pusher says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueName>,
    /// The memory cap of the first step.
    #[serde(alias = "memory", deserialize_with = "bytes", skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// The caps after it, ascending.
    #[serde(alias = "memory_ladder", deserialize_with = "ladder", skip_serializing_if = "Vec::is_empty")]
    pub memory_ladder_bytes: Vec<u64>,
    /// Fuel for one attempt.
    #[serde(deserialize_with = "fuel", skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// Fuel for the whole job; no bound unless said.
    #[serde(deserialize_with = "fuel", skip_serializing_if = "Option::is_none")]
    pub fuel_total: Option<u64>,
    /// Wall time for one attempt.
    #[serde(alias = "timeout", deserialize_with = "duration", skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Wall time for the whole job's attempts; no bound unless said.
    #[serde(alias = "timeout_total", deserialize_with = "duration", skip_serializing_if = "Option::is_none")]
    pub timeout_total_ms: Option<u64>,
    /// The most failures that are retried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// What a refused growth does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_memory_limit: Option<OnMemoryLimit>,
    /// What a drain does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain: Option<Drain>,
    /// The version of the state that checkpoints hold; 1. A new one keeps old
    /// checkpoints on the module that wrote them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_version: Option<u32>,
    /// Host memory held for one attempt.
    #[serde(alias = "host_allowance", deserialize_with = "bytes", skip_serializing_if = "Option::is_none")]
    pub host_allowance_bytes: Option<u64>,
    /// What a command's stdout is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputFormat>,
    /// The grants it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Grants>,
    /// What built it, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk: Option<String>,
}

/// A manifest with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The job's kind.
    pub kind: Kind,
    /// The queue it is pushed to unless the pusher says otherwise; `default`.
    pub queue: QueueName,
    /// The memory caps, ascending; the first is the cap of a first attempt. Never empty.
    pub memory_ladder_bytes: Vec<u64>,
    /// Fuel for one attempt.
    pub fuel: u64,
    /// Fuel for all attempts together.
    pub fuel_total: Option<u64>,
    /// Wall time for one attempt, in milliseconds.
    pub timeout_ms: u64,
    /// Wall time for all attempts together, in milliseconds.
    pub timeout_total_ms: Option<u64>,
    /// The most failures that are retried.
    pub retries: u32,
    /// What a refused growth does.
    pub on_memory_limit: OnMemoryLimit,
    /// What a drain does.
    pub drain: Drain,
    /// The version of the state that checkpoints hold.
    pub checkpoint_version: u32,
    /// Host memory held for one attempt, in bytes.
    pub host_allowance_bytes: u64,
    /// What a command's stdout is.
    pub output: OutputFormat,
    /// The grants it asks for.
    pub grants: Grants,
}

impl ManifestDraft {
    /// What is said here goes over what `self` says.
    pub fn overridden_by(mut self, other: ManifestDraft) -> ManifestDraft {
        macro_rules! over { ($($field:ident),*) => { $( if other.$field.is_some() { self.$field = other.$field; } )* } }
        over!(
            abi,
            kind,
            queue,
            memory_bytes,
            fuel,
            fuel_total,
            timeout_ms,
            timeout_total_ms,
            retries,
            on_memory_limit,
            drain,
            checkpoint_version,
            host_allowance_bytes,
            output,
            grants,
            sdk
        );
        if !other.memory_ladder_bytes.is_empty() {
            self.memory_ladder_bytes = other.memory_ladder_bytes;
        }
        self
    }

    /// Fill in the defaults; `stem` names a module that declares no kind.
    ///
    /// # Errors
    /// One sentence that names the offending key: no kind at all, another ABI, a ladder
    /// that does not ascend, a limit of zero.
    pub fn resolve(self, stem: Option<&str>) -> Result<Manifest, String> {
        if let Some(abi) = self.abi.filter(|&abi| abi != 1) {
            return Err(format!("`abi` is {abi}: this host runs jobs of ABI 1"));
        }
        let kind = match (self.kind, stem) {
            (Some(kind), _) => kind,
            (None, Some(stem)) => {
                stem.parse().map_err(|error| format!("{error}; choose one with `--kind NAME`"))?
            }
            (None, None) => return Err("the manifest names no `kind`".to_owned()),
        };
        let mut memory_ladder_bytes = vec![self.memory_bytes.unwrap_or(DEFAULT_MEMORY_BYTES)];
        memory_ladder_bytes.extend(self.memory_ladder_bytes);
        if let Some(pair) = memory_ladder_bytes.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(format!(
                "`memory_ladder` must ascend from `memory`: {} is followed by {}",
                crate::show_bytes(pair[0]),
                crate::show_bytes(pair[1])
            ));
        }
        if memory_ladder_bytes.len() > 16 {
            return Err("`memory_ladder` has more than 15 steps".to_owned());
        }
        let fuel = self.fuel.unwrap_or(DEFAULT_FUEL);
        let timeout_ms = self.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS);
        for (key, zero) in
            [("memory", memory_ladder_bytes[0] == 0), ("fuel", fuel == 0), ("timeout", timeout_ms == 0)]
        {
            if zero {
                return Err(format!("`{key}` is 0: no job can run under it"));
            }
        }
        Ok(Manifest {
            kind,
            queue: self.queue.unwrap_or_else(|| QueueName::trusted("default")),
            memory_ladder_bytes,
            fuel,
            fuel_total: self.fuel_total,
            timeout_ms,
            timeout_total_ms: self.timeout_total_ms,
            retries: self.retries.unwrap_or(DEFAULT_RETRIES),
            on_memory_limit: self.on_memory_limit.unwrap_or_default(),
            drain: self.drain.unwrap_or_default(),
            checkpoint_version: self.checkpoint_version.unwrap_or(1),
            host_allowance_bytes: self.host_allowance_bytes.unwrap_or(DEFAULT_HOST_ALLOWANCE_BYTES),
            output: self.output.unwrap_or_default(),
            grants: self.grants.unwrap_or_default(),
        })
    }
}

impl Manifest {
    /// What a worker must have free to start an attempt at `step` of the ladder: the
    /// cap and the host allowance. A step beyond the ladder (a newer module has a shorter
    /// one) counts as the last.
    pub fn reservation_bytes(&self, step: u8) -> u64 {
        self.memory_bytes(step).saturating_add(self.host_allowance_bytes)
    }

    /// The memory cap at `step` of the ladder.
    pub fn memory_bytes(&self, step: u8) -> u64 {
        let last = self.memory_ladder_bytes.len().saturating_sub(1);
        self.memory_ladder_bytes.get(usize::from(step).min(last)).copied().unwrap_or(DEFAULT_MEMORY_BYTES)
    }
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "not a quantity: write a number from 0 on, or text with a unit, as `16MiB`, `30s` or `10G`"
)]
enum Written {
    Number(u64),
    Text(String),
}

impl Written {
    fn read<E: serde::de::Error>(self, parse: fn(&str) -> Result<u64, crate::UnitError>) -> Result<u64, E> {
        match self {
            Written::Number(number) => Ok(number),
            Written::Text(text) => parse(&text).map_err(E::custom),
        }
    }
}

fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Option::<Written>::deserialize(from)?.map(|written| written.read(parse_bytes)).transpose()
}

fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Option::<Written>::deserialize(from)?.map(|written| written.read(parse_duration_ms)).transpose()
}

fn fuel<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Option::<Written>::deserialize(from)?.map(|written| written.read(parse_fuel)).transpose()
}

fn ladder<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u64>, D::Error> {
    let steps = Option::<Vec<Written>>::deserialize(from)?.unwrap_or_default();
    steps.into_iter().map(|written| written.read(parse_bytes)).collect()
}
