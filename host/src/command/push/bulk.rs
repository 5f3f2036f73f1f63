//! A file of jobs, one JSON object a line: read whole, checked whole, enqueued whole.
//!
//! Nothing is copied out of the file: each input is a slice of it. A line that is not
//! understood is read a second time, slowly, by [`super::complaint`], to say why.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use bytes::Bytes;
use cofferdam_queue::{JobId, Kind, NewJob, QueueName, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::complaint;
use crate::failure::Failure;
use crate::when;

/// All of a bulk file is in memory until it is enqueued, with about 400 bytes for each
/// job besides.
pub const BULK_BYTES_MAX: u64 = 1 << 30;
/// So many jobs are one transaction of the store.
pub const BULK_JOBS_MAX: usize = 4_000_000;

/// The jobs of a file, and where each stands in it.
#[derive(Debug)]
pub struct Bulk {
    /// In the order of their lines.
    pub jobs: Vec<NewJob>,
    lines: Vec<u32>,
    named: Vec<bool>,
}

impl Bulk {
    /// Of each job, whether its line has an id; else it was drawn, and nobody else has it.
    pub fn named(&self) -> &[bool] {
        &self.named
    }

    /// The line, from 1, of job number `index`, from 0.
    pub fn line(&self, index: usize) -> u32 {
        self.lines.get(index).copied().unwrap_or_default()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    queue: Option<Cow<'a, str>>,
    #[serde(borrow)]
    at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    r#in: Option<Cow<'a, str>>,
}

/// The keys of a line, as [`Line`] has them.
pub const KEYS: [&str; 6] = ["kind", "input", "id", "queue", "at", "in"];

/// The whole file; `-` is stdin.
pub fn read(file: &Path) -> Result<Bytes, Failure> {
    let mut whole = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(BULK_BYTES_MAX + 1).read_to_end(&mut whole)
    } else {
        std::fs::File::open(file).and_then(|opened| {
            whole.reserve(opened.metadata()?.len().min(BULK_BYTES_MAX) as usize + 1);
            opened.take(BULK_BYTES_MAX + 1).read_to_end(&mut whole)
        })
    };
    read.map_err(|error| Failure::new(format!("cannot read `{}`: {error}", file.display())))?;
    if whole.len() as u64 > BULK_BYTES_MAX {
        return Err(Failure::new(format!("`{}` is larger than 1 GiB", file.display()))
            .hint("split it by lines; each part is enqueued wholly or not at all"));
    }
    Ok(Bytes::from(whole))
}

/// Every job of the file.
///
/// # Errors
/// The number of the first line that is not a job, and what is wrong with it.
pub fn parse(whole: &Bytes, now: Timestamp) -> Result<Bulk, (u32, String)> {
    let mut bulk = Bulk { jobs: Vec::new(), lines: Vec::new(), named: Vec::new() };
    let mut names = Names { drawn: rand::random(), ..Names::default() };
    for (line, number) in whole.split(|byte| *byte == b'\n').zip(1..) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if bulk.jobs.len() == BULK_JOBS_MAX {
            return Err((number, format!("there are more than {BULK_JOBS_MAX} jobs: split the file")));
        }
        let Ok(read) = serde_json::from_slice::<Line<'_>>(line) else {
            return Err((number, complaint::about(line)));
        };
        bulk.jobs.push(names.job(&read, whole, now).map_err(|why| (number, why))?);
        bulk.lines.push(number);
        bulk.named.push(read.id.is_some());
    }
    if bulk.jobs.is_empty() {
        return Err((1, "there is no job in this file".to_owned()));
    }
    Ok(bulk)
}

/// Names that were read before: a file has many jobs and few kinds and queues.
#[derive(Default)]
struct Names {
    kinds: HashMap<String, Kind>,
    queues: HashMap<String, QueueName>,
    /// The random bits of the next id that is drawn. They count up, so that the store
    /// writes the jobs of a file side by side.
    drawn: u128,
}

impl Names {
    fn job(&mut self, line: &Line<'_>, whole: &Bytes, now: Timestamp) -> Result<NewJob, String> {
        let id = match &line.id {
            Some(id) => id.parse().map_err(|error| format!("{error}"))?,
            None => {
                self.drawn = self.drawn.wrapping_add(1);
                JobId::drawn(now, self.drawn)
            }
        };
        let due_at = match (&line.at, &line.r#in) {
            (None, None) => None,
            (Some(at), None) => Some(when::parse(at)?),
            (None, Some(after)) => Some(now + when::parse_delay_ms(after)?),
            (Some(_), Some(_)) => return Err("`at` and `in` exclude each other".to_owned()),
        };
        Ok(NewJob {
            id,
            kind: known(&mut self.kinds, &line.kind)?,
            queue: line.queue.as_deref().map(|queue| known(&mut self.queues, queue)).transpose()?,
            input: line
                .input
                .map_or(Bytes::from_static(b"null"), |input| whole.slice_ref(input.get().as_bytes())),
            due_at,
        })
    }
}

fn known<N>(names: &mut HashMap<String, N>, text: &str) -> Result<N, String>
where
    N: Clone + std::str::FromStr<Err: std::fmt::Display>,
{
    if let Some(name) = names.get(text) {
        return Ok(name.clone());
    }
    let name: N = text.parse().map_err(|error: N::Err| error.to_string())?;
    names.insert(text.to_owned(), name.clone());
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn parsed(text: &str) -> Result<Bulk, (u32, String)> {
        parse(&Bytes::copy_from_slice(text.as_bytes()), NOW)
    }

    #[test]
    fn a_line_has_the_options_of_push_as_its_keys() {
        let bulk = parsed(concat!(
            "{\"kind\":\"a.b\",\"input\": {\"n\": [1, 2]} ,\"id\":\"one\",\"queue\":\"mail\",\"in\":\"10s\"}\r\n",
            "\n",
            "{\"kind\":\"a.b\",\"at\":\"1970-01-02T00:00:00Z\"}",
        ))
        .unwrap();
        let [one, two] = &bulk.jobs[..] else { panic!("two jobs") };
        assert_eq!(
            (one.id.as_str(), one.kind.as_str(), &one.input[..]),
            ("one", "a.b", &b"{\"n\": [1, 2]}"[..])
        );
        assert_eq!((one.queue.as_ref().unwrap().as_str(), one.due_at), ("mail", Some(NOW + 10_000)));
        assert_eq!((&two.input[..], two.due_at), (&b"null"[..], Some(Timestamp(86_400_000))));
        assert_eq!((bulk.line(0), bulk.line(1)), (1, 3));
    }

    #[test]
    fn the_first_bad_line_is_named_with_what_is_wrong() {
        for (line, expected) in [
            ("{\"kind\":\"a\",\"queu\":\"mail\"}", "unknown key `queu`; did you mean `queue`?"),
            ("{\"kind\":\"a\",\"zzz\":1}", "unknown key `zzz`; a line has"),
            ("{\"input\":1}", "there is no `kind`"),
            ("{\"kind\":3}", "`kind` is a number; write it as text"),
            ("{\"kind\":\"a\",\"in\":10}", "`in` is a number; write it as text"),
            ("{\"kind\":\"a\",\"kind\":\"b\"}", "`kind`"),
            ("[1]", "is a list"),
            ("{\"kind\":\"a\",\"input\":{\"x\":}}", "column 26"),
            ("{\"kind\":\"a\"", "column 11"),
            ("{\"kind\":\"A B\"}", "kind `A B` is not a name"),
            ("{\"kind\":\"a\",\"id\":\"a b\"}", "id `a b` is not a name"),
            ("{\"kind\":\"a\",\"in\":\"10\"}", "`10` is not a duration"),
            ("{\"kind\":\"a\",\"in\":\"4000d\"}", "is the most"),
            ("{\"kind\":\"a\",\"at\":\"noon\"}", "`noon` is not a time"),
            ("{\"kind\":\"a\",\"at\":\"1970-01-02T00:00:00Z\",\"in\":\"1s\"}", "exclude each other"),
            ("{\"kind\":\"a\"} {\"kind\":\"b\"}", "column 14"),
        ] {
            let (number, why) = parsed(&format!("{{\"kind\":\"a\"}}\n{line}\n")).unwrap_err();
            assert_eq!(number, 2, "{line}");
            assert!(why.contains(expected), "{line}: {why}");
        }
        assert!(parsed("\n \n").unwrap_err().1.contains("no job"));
        assert!(parse(&Bytes::from_static(b"{\"kind\":\"\xff\"}"), NOW).is_err());
    }

    #[test]
    fn ids_that_are_drawn_differ() {
        let bulk = parsed(&"{\"kind\":\"a\"}\n".repeat(1_000)).unwrap();
        let ids: std::collections::HashSet<&str> = bulk.jobs.iter().map(|job| job.id.as_str()).collect();
        assert_eq!(ids.len(), 1_000);
    }

    #[test]
    fn an_input_is_a_slice_of_the_file() {
        let whole = Bytes::from_static(b"{\"kind\":\"a\",\"input\":\"text\"}");
        let bulk = parse(&whole, NOW).unwrap();
        assert!(whole.as_ptr_range().contains(&bulk.jobs[0].input.as_ptr()));
    }
}
