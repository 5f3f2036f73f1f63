//! `append` and `enqueue`: recorded with the next checkpoint, performed by
//! whoever makes that durable.

use bytes::Bytes;
use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Call, E_INVALID, E_STATE, E_TOO_LARGE, as_result};
use crate::gate;
use crate::memory::{span, split};

const PART_NAME_MAX_BYTES: usize = 64;
/// What the ledger itself takes for one effect, rounded up.
const EFFECT_BYTES: u64 = 128;

pub(super) async fn append(
    caller: Call<'_, '_>,
    part: u32,
    part_len: u32,
    pointer: u32,
    len: u32,
) -> wasmtime::Result<i32> {
    gate::enter(caller, u64::from(part_len) + u64::from(len)).await?;
    let part = span(caller, "append", "part", part, part_len)?;
    let chunk = span(caller, "append", "ptr", pointer, len)?;
    let (memory, guest) = split(caller)?;
    if guest.failure.is_some() {
        return Ok(E_STATE);
    }
    let Some(part) = part_name(part.within(memory)) else { return Ok(E_INVALID) };
    if chunk.len() as u64 > guest.limits.append_bytes {
        return Ok(E_TOO_LARGE);
    }
    let charged_bytes = chunk.len() as u64 + EFFECT_BYTES;
    if !guest.spread.append(part, charged_bytes, &guest.limits) {
        return Ok(E_TOO_LARGE);
    }
    guest.shared.host.charge("an appended chunk", charged_bytes)?;
    let chunk = Bytes::copy_from_slice(chunk.within(memory));
    guest.shared.ledger().record_append(part.to_owned(), chunk, charged_bytes);
    Ok(0)
}

fn part_name(bytes: &[u8]) -> Option<&str> {
    let allowed = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    let is_good = (1..=PART_NAME_MAX_BYTES).contains(&bytes.len()) && bytes.iter().all(allowed);
    if is_good { std::str::from_utf8(bytes).ok() } else { None }
}

/// What has to be true of a child here; what its kind is, is not known.
#[derive(Deserialize)]
struct Spec<'s> {
    #[serde(borrow, deserialize_with = "not_empty")]
    kind: Cow<'s, str>,
    #[serde(rename = "input", default)]
    _input: IgnoredAny,
    #[serde(borrow, default)]
    queue: Option<Cow<'s, str>>,
    #[serde(rename = "delay_ms", default)]
    _delay_ms: Option<u64>,
}

fn not_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    let kind = Cow::<str>::deserialize(deserializer)?;
    if kind.is_empty() {
        return Err(serde::de::Error::custom("an empty kind"));
    }
    Ok(kind)
}

pub(super) async fn enqueue(
    caller: Call<'_, '_>,
    spec: u32,
    len: u32,
    id: u32,
    cap: u32,
) -> wasmtime::Result<i32> {
    gate::enter(caller, u64::from(len)).await?;
    let spec = span(caller, "enqueue", "spec", spec, len)?;
    let buffer = span(caller, "enqueue", "id", id, cap)?;
    let (memory, guest) = split(caller)?;
    if guest.failure.is_some() {
        return Ok(E_STATE);
    }
    if spec.len() as u64 > guest.limits.child_bytes {
        return Ok(E_TOO_LARGE);
    }
    let charged_bytes = spec.len() as u64 + EFFECT_BYTES;
    guest.shared.host.charge("a child job", charged_bytes)?;
    let Ok(read) = serde_json::from_slice::<Spec>(spec.within(memory)) else {
        guest.shared.host.release(charged_bytes);
        return Ok(E_INVALID);
    };
    let no = guest.shared.ledger().next_effect();
    // Foreign code: not under the ledger's lock.
    let id = (guest.child_id)(no);
    if cap > 0 && id.len() > cap as usize {
        guest.shared.host.release(charged_bytes);
        return Ok(as_result(id.len()));
    }
    if !guest.spread.child(&read.kind, read.queue.as_deref(), charged_bytes, &guest.limits) {
        guest.shared.host.release(charged_bytes);
        return Ok(E_TOO_LARGE);
    }
    let len = as_result(id.len());
    if cap > 0 {
        buffer.first(id.len()).within_mut(memory).copy_from_slice(id.as_bytes());
    }
    let spec = Bytes::copy_from_slice(spec.within(memory));
    guest.shared.ledger().record_child(id, spec, charged_bytes);
    gate::pay(caller, len as u64)?;
    Ok(len)
}
