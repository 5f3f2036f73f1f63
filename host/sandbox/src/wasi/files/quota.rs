//! What an attempt may add through one write grant. Counted when it is added: what the attempt
//! cuts off or removes again is not given back, so that nothing has to be known of who else holds
//! or changes a file. Of what all attempts have added, the sum is never less than what is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use rustix::io::Errno as Os;

use crate::request::{Grant, Quota};
use crate::wasi::errno::Fault;

const BYTES: u8 = 1;
const FILES: u8 = 2;

/// Of one grant. Shared with threads that write.
#[derive(Clone)]
pub(in crate::wasi) struct Room(Arc<Inner>);

struct Inner {
    grant: String,
    /// Not for a grant that is only read: what may not be added there is told without counting.
    quota: Option<Quota>,
    bytes: AtomicU64,
    files: AtomicU64,
    /// Of which there was no more: [`BYTES`], [`FILES`] or both.
    was_full_of: AtomicU8,
}

impl Room {
    pub(super) fn of(grant: &Grant) -> Room {
        let quota = grant.write.then_some(grant.quota);
        Room(Arc::new(Inner {
            grant: grant.name.clone(),
            quota,
            bytes: AtomicU64::new(0),
            files: AtomicU64::new(0),
            was_full_of: AtomicU8::new(0),
        }))
    }

    /// Of a grant that is not only read.
    pub(super) fn can_grow(&self) -> bool {
        self.0.quota.is_some()
    }

    /// Counts bytes that are about to be added.
    pub(super) fn grow(&self, bytes: u64) -> Result<(), Os> {
        self.add(&self.0.bytes, bytes, |quota| quota.bytes, BYTES)
    }

    /// Fewer came to be added.
    pub(super) fn give_back(&self, bytes: u64) {
        self.0.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Counts a file, a directory or a link that is about to be made, and makes it.
    pub(super) async fn make<T>(&self, make: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        self.add(&self.0.files, 1, |quota| u64::from(quota.files), FILES)?;
        let made = make.await;
        if made.is_err() {
            self.0.files.fetch_sub(1, Ordering::Relaxed);
        }
        made
    }

    fn add(&self, to: &AtomicU64, more: u64, most: fn(&Quota) -> u64, what: u8) -> Result<(), Os> {
        let most = self.0.quota.as_ref().map_or(u64::MAX, most);
        let sum = |sum: u64| sum.checked_add(more).filter(|sum| *sum <= most);
        if to.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).is_err() {
            self.0.was_full_of.fetch_or(what, Ordering::Relaxed);
            return Err(Os::DQUOT);
        }
        Ok(())
    }

    /// For whoever wonders why a write failed.
    pub(super) fn refusal(&self) -> Option<String> {
        let (grant, Quota { bytes, files }) = (&self.0.grant, self.0.quota?);
        let may = match self.0.was_full_of.load(Ordering::Relaxed) {
            0 => return None,
            BYTES => format!("{bytes} bytes are what an attempt may add to it (`grants.{grant}.quota`)"),
            FILES => format!("{files} files are what an attempt may add to it (`grants.{grant}.files`)"),
            _ => format!(
                "{bytes} bytes and {files} files are what an attempt may add to it (`grants.{grant}.quota`, \
                 `grants.{grant}.files`)"
            ),
        };
        Some(format!("its write grant `{grant}` was full: {may}"))
    }

    pub(super) fn is(&self, other: &Room) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
