//! What becomes of the effects of a run: states go to the checkpoint file, children and
//! appended parts are listed.

use std::collections::BTreeMap;

use cofferdam_sandbox::Snapshot;

use super::checkpoint_file::{CheckpointFile, Saved};
use super::outcome::PartSize;
use crate::bridge::{ListedChild, Spec};
use crate::failure::Failure;

/// What was kept so far.
#[derive(Default)]
pub struct Kept {
    file: Option<CheckpointFile>,
    /// Checkpoints in the file when the run began.
    count_before: u64,
    pub children: Vec<ListedChild>,
    pub parts: BTreeMap<String, PartSize>,
}

/// Why a snapshot was not kept.
pub enum NotKept {
    /// The guest's fault: a child that is no job.
    Wrong(String),
    /// The file's.
    Failed(Failure),
}

impl Kept {
    /// Nothing yet.
    pub fn new(file: Option<CheckpointFile>, resume: Option<&Saved>) -> Kept {
        Kept { file, count_before: resume.map_or(0, |saved| saved.count), ..Kept::default() }
    }

    /// Keeps a state with its effects, or nothing of both.
    pub async fn keep(&mut self, snapshot: Snapshot) -> Result<(), NotKept> {
        let specs: Result<Vec<_>, _> = snapshot.effects.children.iter().map(Spec::read).collect();
        let specs = specs.map_err(NotKept::Wrong)?;
        if let (Some(file), Some(state)) = (&self.file, snapshot.state) {
            let saved = Saved {
                state,
                next_effect: snapshot.next_effect,
                count: self.count_before + snapshot.checkpoint_no,
                input: file.input().to_owned(),
            };
            let file = file.clone();
            let written = tokio::task::spawn_blocking(move || file.write(&saved)).await;
            written
                .unwrap_or_else(|error| Err(Failure::new(format!("keeping the checkpoint: {error}"))))
                .map_err(NotKept::Failed)?;
        }
        let listed = specs.into_iter().zip(&snapshot.effects.children);
        self.children.extend(listed.map(|(spec, child)| spec.listed(&child.id)));
        for chunk in &snapshot.effects.appends {
            let part = self.parts.entry(chunk.part.clone()).or_default();
            part.chunks += 1;
            part.bytes += chunk.bytes.len() as u64;
        }
        Ok(())
    }
}
