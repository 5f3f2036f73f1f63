//! What a job may know about itself: its facts, what is left of its budgets,
//! and whether it should stop.

use std::time::Instant;

use bytes::Bytes;
use serde::Serialize;

use super::{Call, E_INVALID, E_NONE, values};
use crate::gate;
use crate::guest::Guest;

const LEFT_FUEL: i32 = 0;
const LEFT_MEMORY_BYTES: i32 = 1;
const LEFT_TIME_MS: i32 = 2;
const LEFT_HOST_BYTES: i32 = 3;

pub(super) async fn stop_requested(caller: Call<'_, '_>) -> wasmtime::Result<i32> {
    gate::enter(caller, 0).await?;
    Ok(i32::from(caller.data().shared.stop_requested().is_some()))
}

pub(super) async fn left(caller: Call<'_, '_>, which: i32) -> wasmtime::Result<i64> {
    gate::enter(caller, 0).await?;
    let guest = caller.data();
    let left = match which {
        LEFT_FUEL if guest.metered => caller.get_fuel()?,
        LEFT_MEMORY_BYTES => guest.memory.left_bytes(),
        LEFT_TIME_MS if guest.deadline.is_some() => {
            let left = guest.deadline.map(|at| at.saturating_duration_since(Instant::now()));
            left.unwrap_or_default().as_millis() as u64
        }
        LEFT_HOST_BYTES => guest.shared.host.left_bytes(),
        LEFT_FUEL | LEFT_TIME_MS => return Ok(i64::from(E_NONE)),
        _ => return Ok(i64::from(E_INVALID)),
    };
    Ok(i64::try_from(left).unwrap_or(i64::MAX))
}

#[derive(Serialize)]
struct Facts<'a> {
    id: &'a str,
    kind: &'a str,
    queue: &'a str,
    attempt: u64,
    resumed: bool,
    memory_cap_bytes: u64,
    fuel_cap: u64,
    host_allowance_bytes: u64,
    timeout_ms: Option<u64>,
    limits: SizeLimits,
}

#[derive(Serialize)]
struct SizeLimits {
    output_bytes: u64,
    checkpoint_bytes: u64,
    append_bytes: u64,
    parts_bytes: u64,
    parts: u32,
    children: u32,
    child_bytes: u64,
    children_bytes: u64,
    child_lines: u32,
}

pub(super) async fn info(caller: Call<'_, '_>, buffer: u32, cap: u32) -> wasmtime::Result<i32> {
    let info = match &caller.data().info {
        Some(info) => info.clone(),
        None => {
            let info = written(caller.data());
            caller.data().shared.host.charge("the job's facts", info.len() as u64)?;
            caller.data_mut().info = Some(info.clone());
            info
        }
    };
    values::hand_over(caller, "info", &info, buffer, cap).await
}

fn written(guest: &Guest) -> Bytes {
    let limits = &guest.limits;
    let info = Facts {
        id: &guest.job.id,
        kind: &guest.job.kind,
        queue: &guest.job.queue,
        attempt: guest.job.attempt,
        resumed: guest.resume.is_some(),
        memory_cap_bytes: limits.memory_cap_bytes,
        fuel_cap: limits.fuel,
        host_allowance_bytes: limits.host_allowance_bytes,
        timeout_ms: limits.timeout.map(|timeout| timeout.as_millis() as u64),
        limits: SizeLimits {
            output_bytes: limits.output_bytes,
            checkpoint_bytes: limits.checkpoint_bytes,
            append_bytes: limits.append_bytes,
            parts_bytes: limits.parts_bytes,
            parts: limits.parts,
            children: limits.children,
            child_bytes: limits.child_bytes,
            children_bytes: limits.children_bytes,
            child_lines: limits.child_lines,
        },
    };
    // Strings and numbers always serialize.
    serde_json::to_vec(&info).unwrap_or_default().into()
}
