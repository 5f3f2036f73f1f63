//! Names that cross every boundary: checked once, where they enter.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a name was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} `{name}` is not a name: use {rule}")]
pub struct NameError {
    what: &'static str,
    name: String,
    rule: &'static str,
}

/// The longest name of a kind, a queue or a part, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// The longest job id that a pusher may choose, in bytes; children get longer ones.
const JOB_ID_BYTES_MAX: usize = 128;
/// Beyond this a child's id is folded into a hash of its parent's.
const CHILD_ID_BYTES_MAX: usize = 200;

fn plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
}

macro_rules! name {
    ($(#[$doc:meta])* $Name:ident, $what:literal, $max:expr, $accept:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $Name(Arc<str>);

        impl $Name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// A name that this crate or a store wrote before: not checked again.
            pub fn trusted(name: &str) -> $Name {
                $Name(Arc::from(name))
            }
        }

        impl FromStr for $Name {
            type Err = NameError;
            fn from_str(name: &str) -> Result<Self, NameError> {
                let accept: fn(u8) -> bool = $accept;
                if name.is_empty() || name.len() > $max || !name.bytes().all(accept) {
                    let name = name.chars().take(80).flat_map(char::escape_default).collect();
                    return Err(NameError { what: $what, name, rule: $rule });
                }
                Ok($Name(Arc::from(name)))
            }
        }

        impl TryFrom<String> for $Name {
            type Error = NameError;
            fn try_from(name: String) -> Result<Self, NameError> {
                name.parse()
            }
        }

        impl From<$Name> for String {
            fn from(name: $Name) -> String {
                name.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A job's type: the name that a module declares.
    Kind, "kind", NAME_BYTES_MAX, plain, "1 to 64 of a-z, 0-9, `.`, `_` and `-`"
);
name!(
    /// Where jobs of a sort line up.
    QueueName, "queue", NAME_BYTES_MAX, plain, "1 to 64 of a-z, 0-9, `.`, `_` and `-`"
);
name!(
    /// One named part of a job's appended work data.
    PartName, "part", NAME_BYTES_MAX, plain, "1 to 64 of a-z, 0-9, `.`, `_` and `-`"
);
name!(
    /// One worker process, unique for its lifetime.
    WorkerId, "worker", JOB_ID_BYTES_MAX,
    |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'),
    "1 to 128 of A-Z, a-z, 0-9, `.`, `_` and `-`"
);
name!(
    /// What a job is called: chosen by the pusher (then a repeated push is recognized)
    /// or drawn at random.
    JobId, "id", CHILD_ID_BYTES_MAX + 64,
    |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b':' | b'~'),
    "1 to 264 of A-Z, a-z, 0-9, `.`, `_`, `-`, `:` and `~`"
);

impl JobId {
    /// A fresh id of 26 letters and digits that sorts by time: 48 bits of
    /// milliseconds, then 80 random bits.
    pub fn drawn(now: crate::Timestamp, random: u128) -> JobId {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let value = ((now.0 as u128) << 80) | (random & ((1 << 80) - 1));
        let mut text = [0_u8; 26];
        for (place, letter) in text.iter_mut().enumerate() {
            *letter = ALPHABET[(value >> (5 * (25 - place)) & 31) as usize];
        }
        JobId(Arc::from(text.iter().map(|&b| b as char).collect::<String>()))
    }

    /// The id of the child that this job enqueued as its effect `number`. Derived,
    /// so that a repeated attempt names the same child again and the store
    /// recognizes it.
    pub fn child(&self, number: u64) -> JobId {
        let id = format!("{}.{number}", self.0);
        if id.len() <= CHILD_ID_BYTES_MAX {
            return JobId(Arc::from(id));
        }
        // Deep families: keep the beginning for people, fold the rest. FNV-1a over 128
        // bits: ids are not secrets, only distinct.
        let mut hash: u128 = 0x6c62272e07bb014262b821756295c58d;
        for byte in id.bytes() {
            hash = (hash ^ byte as u128).wrapping_mul(0x0000000001000000000000000000013b);
        }
        // A store that others wrote to may name a job in any alphabet.
        let kept = &id[..id.floor_char_boundary(CHILD_ID_BYTES_MAX - 40)];
        JobId(Arc::from(format!("{kept}~{hash:032x}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn a_name_with_a_control_character_is_refused_and_shown_escaped() {
        let error = "reports\u{1b}[2J".parse::<QueueName>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "queue `reports\\u{1b}[2J` is not a name: use 1 to 64 of a-z, 0-9, `.`, `_` and `-`"
        );
    }

    #[test]
    fn drawn_ids_sort_by_time_and_differ_by_their_random_bits() {
        let first = JobId::drawn(Timestamp(1_000), u128::MAX);
        let later = JobId::drawn(Timestamp(1_001), 0);
        assert!(first < later);
        assert_eq!(first.as_str().len(), 26);
        assert_ne!(JobId::drawn(Timestamp(1), 1), JobId::drawn(Timestamp(1), 2));
    }

    #[test]
    fn the_ids_of_deep_families_stay_short_and_distinct() {
        let mut id = JobId::trusted("root");
        let mut seen = std::collections::HashSet::new();
        for _ in 0..300 {
            assert!(seen.insert(id.child(8)) && seen.insert(id.child(9)));
            id = id.child(9);
            assert!(id.as_str().len() <= CHILD_ID_BYTES_MAX && id.as_str().parse::<JobId>().is_ok());
        }
        assert_eq!(JobId::trusted("a").child(3).as_str(), "a.3");
        let foreign = JobId::trusted(&format!("a{}", "\u{e4}".repeat(150)));
        assert!(foreign.child(7).as_str().starts_with("a\u{e4}"));
    }
}
