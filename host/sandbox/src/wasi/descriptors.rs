//! The guest's descriptor table: stdin, stdout and stderr, the granted
//! directories, and what was opened below them. Empty of files until a guest
//! with grants first looks.

use crate::request::Grant;

pub(crate) struct Descriptors {
    pub(super) stdin_at: usize,
    closed_stdio: [bool; 3],
    pub(super) grants: Vec<Grant>,
}

impl Descriptors {
    pub(crate) fn new(grants: Vec<Grant>) -> Self {
        Self { stdin_at: 0, closed_stdio: [false; 3], grants }
    }

    pub(super) fn is_stdio(&self, fd: u32) -> bool {
        self.closed_stdio.get(fd as usize).is_some_and(|closed| !closed)
    }

    pub(super) fn close_stdio(&mut self, fd: u32) {
        if let Some(closed) = self.closed_stdio.get_mut(fd as usize) {
            *closed = true;
        }
    }

    pub(super) fn is_open(&self, fd: u32) -> bool {
        self.is_stdio(fd)
    }
}
