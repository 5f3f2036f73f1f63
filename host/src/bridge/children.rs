//! From the JSON of a child, as its parent wrote it, to a job.

use bytes::Bytes;
use cofferdam_queue::{Child, JobId, Kind, NewJob, QueueName, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What a parent says of its child.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Its kind; need not be deployed yet.
    pub kind: Kind,
    /// Its input, any JSON; kept as it was written.
    #[serde(default)]
    pub input: Option<Box<RawValue>>,
    /// Its queue; the one of its kind unless said.
    #[serde(default)]
    pub queue: Option<QueueName>,
    /// Not before this many milliseconds from the commit.
    #[serde(default)]
    pub delay_ms: u64,
}

/// A child as `run` lists it.
#[derive(Clone, Debug, Serialize)]
pub struct ListedChild {
    /// The id it would have had.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// Its input.
    pub input: Option<Box<RawValue>>,
    /// Its queue, if its parent named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueName>,
    /// Its delay, in milliseconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub delay_ms: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Spec {
    /// Reads it.
    ///
    /// # Errors
    /// One sentence that says which child, which field, and what is wrong with it.
    pub fn read(child: &cofferdam_sandbox::Child) -> Result<Spec, String> {
        let mut json = serde_json::Deserializer::from_slice(&child.spec);
        serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            let place = if path == "." { String::new() } else { format!(" at `{path}`") };
            format!("child number {} is not a job{place}: {}", child.no, error.inner())
        })
    }

    /// For a list.
    pub fn listed(self, id: &str) -> ListedChild {
        let Spec { kind, input, queue, delay_ms } = self;
        ListedChild { id: id.to_owned(), kind, input, queue, delay_ms }
    }

    /// The child of `parent` with this effect number.
    pub fn job(self, parent: &JobId, number: u64, now: Timestamp) -> Child {
        let input = match self.input {
            Some(input) => Bytes::from(String::from(Box::<str>::from(input))),
            None => Bytes::from_static(b"null"),
        };
        let due_at = (self.delay_ms > 0).then(|| now + self.delay_ms);
        let job = NewJob { id: parent.child(number), kind: self.kind, queue: self.queue, input, due_at };
        Child { number, job }
    }
}

/// All children of a snapshot, or why one of them is none.
pub fn jobs(
    children: &[cofferdam_sandbox::Child],
    parent: &JobId,
    input_bytes_max: u64,
    now: Timestamp,
) -> Result<Vec<Child>, String> {
    let one = |child: &cofferdam_sandbox::Child| {
        let job = Spec::read(child)?.job(parent, child.no, now);
        match job.job.input.len() as u64 {
            bytes if bytes > input_bytes_max => Err(format!(
                "the input of child number {} is {bytes} bytes; {input_bytes_max} is the most: pass a reference instead",
                child.no
            )),
            _ => Ok(job),
        }
    };
    children.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(spec: &str) -> cofferdam_sandbox::Child {
        cofferdam_sandbox::Child {
            no: 7,
            id: "a.7".to_owned(),
            spec: Bytes::copy_from_slice(spec.as_bytes()),
        }
    }

    fn read(spec: &str) -> Result<Vec<Child>, String> {
        jobs(&[child(spec)], &JobId::trusted("a"), 35, Timestamp(1_000))
    }

    #[test]
    fn a_childs_input_is_kept_as_it_was_written() {
        let jobs =
            read(r#"{"kind": "b", "input": {"z": 1.0, "a": 9007199254740993}, "delay_ms": 5}"#).unwrap();
        assert_eq!(&jobs[0].job.input[..], br#"{"z": 1.0, "a": 9007199254740993}"#);
        assert_eq!(jobs[0].job.id.as_str(), "a.7");
        assert_eq!(jobs[0].job.due_at, Some(Timestamp(1_005)));
        assert_eq!(&read(r#"{"kind": "b"}"#).unwrap()[0].job.input[..], b"null");
    }

    #[test]
    fn a_bad_child_is_named_with_the_field() {
        for (spec, expected) in [
            (r#"{"kind": "B"}"#, "child number 7 is not a job at `kind`"),
            (r#"{"kind": "b", "queu": "x"}"#, "unknown field `queu`"),
            (r#"{"kind": "b", "delay_ms": -1}"#, "at `delay_ms`"),
            (
                r#"{"kind": "b", "input": "0123456789012345678901234567890123"}"#,
                "is 36 bytes; 35 is the most",
            ),
        ] {
            let why = read(spec).unwrap_err();
            assert!(why.contains(expected), "{spec}: {why}");
        }
    }
}
