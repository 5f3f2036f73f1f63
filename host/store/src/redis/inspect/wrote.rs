//! The record of a checkpoint, without its bytes.

use bytes::Bytes;
use cofferdam_queue::{Checkpoint, Timestamp};

use super::super::reply::{Read, Words, parse};

/// A checkpoint without its state, and the state's size.
pub(in super::super) struct Wrote {
    pub(in super::super) checkpoint: Checkpoint,
    pub(in super::super) bytes: u64,
}

/// `None` for an empty record.
pub(in super::super) fn read(record: &[u8]) -> Read<Option<Wrote>> {
    if record.is_empty() {
        return Ok(None);
    }
    let mut words = Words(record);
    let (module, version, next_effect) = (parse(words.word()?)?, words.parse()?, words.parse()?);
    let (count, at, bytes) = (words.parse()?, Timestamp(words.parse()?), words.parse()?);
    let checkpoint = Checkpoint { state: Bytes::new(), next_effect, module, version, count, at };
    Ok(Some(Wrote { checkpoint, bytes }))
}
