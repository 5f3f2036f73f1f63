//! What stores, files and people hand over: checkpoints, children, names, lists of jobs, and what
//! Redis has stored.

use std::str::FromStr;

use bytes::Bytes;
use cofferdam::from_outside;
use cofferdam_queue::{
    JobId, Kind, ModuleHash, PartName, QueueName, Report, Timestamp, WorkerId, message_of, parse_bytes,
    parse_duration_ms, parse_fuel, show_bytes, show_duration_ms, show_fuel,
};
use cofferdam_store::redis::from_outside as stored;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a guest may say of one child, or a file of one job.
const INPUT_BYTES_MAX: u64 = 64;

/// The readers, by the byte before what is read.
const READERS: &[fn(&[u8])] =
    &[checkpoint, child, jobs, json, names, quantities, times, reports, packed, records, message];

/// The byte before what a reader reads, for seeds; the order of [`READERS`].
pub const WORDS: &[&str] = &[
    "checkpoint",
    "child",
    "jobs",
    "json",
    "names",
    "quantities",
    "times",
    "reports",
    "packed",
    "records",
    "message",
];

/// Any bytes, read as what their first byte says.
pub fn payload(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else { return };
    READERS[usize::from(*which) % READERS.len()](rest);
}

fn checkpoint(bytes: &[u8]) {
    let whole = Bytes::copy_from_slice(bytes);
    let Ok((head, state)) = from_outside::checkpoint(&whole) else { return };
    assert!(bytes.ends_with(&state) && !bytes[..bytes.len() - state.len()].is_empty());
    let again = Bytes::from([&head[..], b"\n", &state[..]].concat());
    let (same, state_again) = from_outside::checkpoint(&again).expect("what was written is read");
    assert_eq!((same, state_again), (head, state));
}

fn child(bytes: &[u8]) {
    let Ok(child) = from_outside::child(bytes, INPUT_BYTES_MAX) else { return };
    let job = &child.job;
    assert!(job.input.len() as u64 <= INPUT_BYTES_MAX);
    from_outside::json(&job.input).expect("a child's input is JSON");
    is_name(&job.kind, Kind::as_str);
    is_name(&job.id, JobId::as_str);
    job.queue.iter().for_each(|queue| is_name(queue, QueueName::as_str));
}

fn jobs(bytes: &[u8]) {
    let whole = Bytes::copy_from_slice(bytes);
    let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count();
    match from_outside::jobs(&whole) {
        Err((line, why)) => {
            assert!((1..=lines).contains(&(line as usize)) && !why.is_empty(), "{line}: {why}")
        }
        Ok(jobs) => {
            assert!((1..=lines).contains(&jobs.len()));
            for job in jobs {
                from_outside::json(&job.input).expect("a job's input is JSON");
                is_name(&job.kind, Kind::as_str);
                is_name(&job.id, JobId::as_str);
                job.queue.iter().for_each(|queue| is_name(queue, QueueName::as_str));
            }
        }
    }
}

fn json(bytes: &[u8]) {
    let checked = from_outside::json(bytes);
    let read = serde_json::from_slice::<serde::de::IgnoredAny>(bytes);
    // Skipping over strings, the parser alone does not see what is no UTF-8.
    assert!(checked.is_err() || read.is_ok(), "{read:?}");
}

fn names(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    named(text, Kind::as_str);
    named(text, QueueName::as_str);
    named(text, PartName::as_str);
    named(text, WorkerId::as_str);
    named(text, JobId::as_str);
    if let Ok(id) = JobId::from_str(text) {
        let (one, other) = (id.child(1), id.child(u64::MAX));
        assert!(one != other && one != id);
        is_name(&one, JobId::as_str);
        is_name(&other, JobId::as_str);
    }
    if let Ok(hash) = text.parse::<ModuleHash>() {
        assert_eq!(hash.to_string().parse(), Ok(hash));
    }
}

fn named<N>(text: &str, as_str: fn(&N) -> &str)
where
    N: FromStr + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned,
{
    if let Ok(name) = text.parse::<N>() {
        assert_eq!(as_str(&name), text);
        is_name(&name, as_str);
    }
}

/// It is read as it is written, by people and by stores.
fn is_name<N>(name: &N, as_str: fn(&N) -> &str)
where
    N: FromStr + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned,
{
    assert!(as_str(name).parse::<N>().is_ok_and(|again| again == *name), "{name:?}");
    let written = serde_json::to_vec(name).expect("a name is JSON");
    assert_eq!(serde_json::from_slice::<N>(&written).expect("a name is read as it was written"), *name);
}

fn quantities(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(bytes) = parse_bytes(text) {
        assert_eq!(parse_bytes(&show_bytes(bytes)), Ok(bytes));
    }
    if let Ok(ms) = parse_duration_ms(text) {
        assert_eq!(parse_duration_ms(&show_duration_ms(ms)), Ok(ms));
    }
    if let Ok(fuel) = parse_fuel(text) {
        assert_eq!(parse_fuel(&show_fuel(fuel)), Ok(fuel));
    }
}

fn times(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok((at, shown)) = from_outside::time(text) {
        assert_eq!(from_outside::time(&shown).map(|(at, _)| at), Ok(at), "{shown}");
    }
    if let Ok(ms) = from_outside::delay_ms(text) {
        assert_eq!(Timestamp(1_000) + ms, Timestamp(1_000 + ms));
    }
}

fn reports(bytes: &[u8]) {
    let message = message_of(bytes);
    if let Ok(report) = serde_json::from_slice::<Report>(bytes) {
        assert_eq!(report.message, message);
        let written = serde_json::to_vec(&report).expect("a report is JSON");
        let again: Report = serde_json::from_slice(&written).expect("a report is read as it was written");
        assert_eq!(serde_json::to_vec(&again).expect("a report is JSON"), written);
    }
}

fn packed(bytes: &[u8]) {
    for packed in [stored::packed(bytes), stored::packed_report(bytes)] {
        assert_eq!(stored::unpacked(&packed).expect("what was packed is unpacked"), bytes);
    }
    if let Ok(unpacked) = stored::unpacked(bytes) {
        let again = stored::packed_report(&unpacked);
        assert_eq!(stored::unpacked(&again).expect("what was packed is unpacked"), unpacked);
    }
}

fn records(bytes: &[u8]) {
    stored::records(bytes);
}

fn message(bytes: &[u8]) {
    // Refused or not: that it is told is all.
    let _ = stored::message(bytes);
}
