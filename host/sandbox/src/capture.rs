//! Keeps the head and the tail of a stream and counts what it drops between
//! them. Never fails and never waits: a guest's writes always succeed. Grows
//! with what is written, up to its limits, against the host allowance.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::account::{HostAccount, OverAllowance};
use crate::report::Captured;

pub(crate) struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    head_max_bytes: usize,
    tail_max_bytes: usize,
    dropped_bytes: u64,
}

impl Capture {
    pub(crate) fn new(head_max_bytes: u64, tail_max_bytes: u64) -> Self {
        Self {
            head: Vec::new(),
            tail: VecDeque::new(),
            head_max_bytes: usize::try_from(head_max_bytes).unwrap_or(usize::MAX),
            tail_max_bytes: usize::try_from(tail_max_bytes).unwrap_or(usize::MAX),
            dropped_bytes: 0,
        }
    }

    pub(crate) fn write(
        &mut self,
        mut bytes: &[u8],
        host: &HostAccount,
        what: &'static str,
    ) -> Result<(), OverAllowance> {
        let into_head = bytes.len().min(self.head_max_bytes - self.head.len());
        if into_head > 0 {
            reserve_vec(&mut self.head, into_head, self.head_max_bytes, host, what)?;
            self.head.extend_from_slice(&bytes[..into_head]);
            bytes = &bytes[into_head..];
        }
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.len() > self.tail_max_bytes {
            let skipped = bytes.len() - self.tail_max_bytes;
            self.dropped_bytes += (skipped + self.tail.len()) as u64;
            self.tail.clear();
            bytes = &bytes[skipped..];
        }
        let overflow = (self.tail.len() + bytes.len()).saturating_sub(self.tail_max_bytes);
        self.tail.drain(..overflow);
        self.dropped_bytes += overflow as u64;
        let needed = self.tail.len() + bytes.len();
        if needed > self.tail.capacity() {
            let capacity = grown(needed, self.tail_max_bytes);
            host.charge(what, (capacity - self.tail.capacity()) as u64)?;
            self.tail.reserve_exact(capacity - self.tail.len());
        }
        self.tail.extend(bytes);
        Ok(())
    }

    pub(crate) fn finish(self) -> Captured {
        Captured {
            head: Bytes::from(self.head),
            tail: Bytes::from(Vec::from(self.tail)),
            dropped_bytes: self.dropped_bytes,
        }
    }
}

fn reserve_vec(
    buffer: &mut Vec<u8>,
    more: usize,
    maximum: usize,
    host: &HostAccount,
    what: &'static str,
) -> Result<(), OverAllowance> {
    let needed = buffer.len() + more;
    if needed > buffer.capacity() {
        let capacity = grown(needed, maximum);
        host.charge(what, (capacity - buffer.capacity()) as u64)?;
        buffer.reserve_exact(capacity - buffer.len());
    }
    Ok(())
}

/// Doubling, from 256 bytes up to the limit: what is charged is what is allocated.
fn grown(needed: usize, maximum: usize) -> usize {
    needed.next_power_of_two().max(256).min(maximum).max(needed)
}
