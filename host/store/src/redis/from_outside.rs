//! What this store reads that others may have written, as functions of bytes: for the tests that
//! give them any bytes.

use bytes::Bytes;
use cofferdam_queue::{Manifest, ModuleHash, StoreError, Token, WorkerFacts, WorkerId};

use super::handed::Handed;
use super::inspect::{look, standing, wrote};
use super::lanes::Lane;
use super::reply::{Reply, Words};
use super::there::There;
use super::{claim, commit, heartbeat, packed, wake};

/// A value as it is stored.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    packed::pack(bytes)
}

/// The report of an attempt as it is stored.
pub fn packed_report(report: &[u8]) -> Vec<u8> {
    packed::pack_report(report)
}

/// What was stored.
///
/// # Errors
/// It was not stored so.
pub fn unpacked(packed: &[u8]) -> Result<Bytes, String> {
    packed::unpack(packed)
}

/// Any bytes as each of the records there are: refused or not, that is all.
pub fn records(bytes: &[u8]) {
    let _ = standing::Standing::read(bytes);
    let _ = standing::Lease::read(bytes);
    let _ = standing::PastAttempt::read(bytes);
    if let Ok(Some(over)) = standing::Over::read(bytes) {
        let _ = (over.output(), over.report());
    }
    let _ = wrote::read(bytes);
    let _ = serde_json::from_slice::<Manifest>(Words(bytes).rest());
    let _ = serde_json::from_slice::<WorkerFacts>(bytes);
    let text = String::from_utf8_lossy(bytes);
    let _ = Lane::parse(&text);
    let _ = commit::replies(&text, &[2, 0, 1]);
    let _ = heartbeat::order_of(&text);
    wake::wake_of(&text);
    let _ = claim::read_token(&text);
    let token = Token { attempt: 1, nonce: 1 };
    // Names are not checked again, and a job of any name may have children.
    let job = claim::read(bytes, token, ModuleHash([7; 32]), 0);
    let _ = job.map(|job| job.id.child(7));
}

/// Any bytes as an answer of the server, and as a message that hands over a job. Whether it did.
///
/// # Errors
/// It is no answer, or says something else.
pub fn message(bytes: &[u8]) -> Result<bool, StoreError> {
    let understood = |bytes| {
        redis::parse_redis_value(bytes).map_err(|error| super::error::not_understood(&error.to_string()))
    };
    if let Ok(mut reply) = Reply::of(understood(bytes)?) {
        let _ = look::read(&mut reply, true);
    }
    let handed = Handed::default();
    handed.signs_on(&WorkerId::trusted("w"));
    handed.hear(understood(bytes)?, &There::new(None))
}
