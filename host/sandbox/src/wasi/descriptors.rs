//! The guest's descriptor table: the three standard streams, and the files.

use super::files::Files;
use crate::request::Grant;

#[derive(Default)]
pub(crate) struct Descriptors {
    pub(super) stdin_at: usize,
    closed_stdio: [bool; 3],
    pub(super) files: Files,
}

impl Descriptors {
    /// Opens the granted directories; the error names the one that cannot be.
    pub(crate) async fn open_grants(&mut self, grants: Vec<Grant>) -> Result<(), String> {
        self.files = Files::with_grants(grants).await?;
        Ok(())
    }

    pub(super) fn is_stdio(&self, fd: u32) -> bool {
        self.closed_stdio.get(fd as usize).is_some_and(|closed| !closed)
    }

    pub(super) fn close_stdio(&mut self, fd: u32) {
        if let Some(closed) = self.closed_stdio.get_mut(fd as usize) {
            *closed = true;
        }
    }

    /// Which write grant was full, and how much may be added to it.
    pub(crate) fn full_grant(&self) -> Option<String> {
        self.files.full_grant()
    }

    pub(super) fn is_open(&self, fd: u32) -> bool {
        self.is_stdio(fd) || self.files.get(fd).is_ok()
    }
}
