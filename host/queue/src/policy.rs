//! What the operator lets a manifest ask for.

use thiserror::Error;

use crate::{Manifest, show_bytes, show_duration_ms, show_fuel};

/// Upper bounds on what a job may declare. Enforced by the worker when it loads a
/// module; at deploy it is a courtesy. The default bounds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The largest step of a memory ladder.
    pub memory_bytes_max: u64,
    /// The most fuel for one attempt.
    pub fuel_max: u64,
    /// The longest timeout of one attempt, in milliseconds.
    pub timeout_ms_max: u64,
    /// The largest host allowance.
    pub host_allowance_bytes_max: u64,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            memory_bytes_max: u64::MAX,
            fuel_max: u64::MAX,
            timeout_ms_max: u64::MAX,
            host_allowance_bytes_max: u64::MAX,
        }
    }
}

/// A manifest asks for more than the operator allows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{kind}` asks for {asked} of {what}; this operator's policy allows {allowed}: lower `{what}` in the manifest, or raise `policy.{key}`"
)]
pub struct PolicyViolation {
    kind: String,
    what: &'static str,
    key: &'static str,
    asked: String,
    allowed: String,
}

impl Policy {
    /// # Errors
    /// The first bound that `manifest` is over, with both figures.
    pub fn check(&self, manifest: &Manifest) -> Result<(), PolicyViolation> {
        type Show = fn(u64) -> String;
        let largest = manifest.memory_ladder_bytes.last().copied().unwrap_or_default();
        let bounds: [(&'static str, &'static str, u64, u64, Show); 4] = [
            ("memory", "memory_max", largest, self.memory_bytes_max, show_bytes),
            ("fuel", "fuel_max", manifest.fuel, self.fuel_max, show_fuel),
            ("timeout", "timeout_max", manifest.timeout_ms, self.timeout_ms_max, show_duration_ms),
            (
                "host_allowance",
                "host_allowance_max",
                manifest.host_allowance_bytes,
                self.host_allowance_bytes_max,
                show_bytes,
            ),
        ];
        for (what, key, asked, allowed, show) in bounds {
            if asked > allowed {
                let kind = manifest.kind.to_string();
                return Err(PolicyViolation { kind, what, key, asked: show(asked), allowed: show(allowed) });
            }
        }
        Ok(())
    }
}
