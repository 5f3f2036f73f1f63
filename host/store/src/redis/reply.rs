//! What a script returned, taken apart in the order in which it was put together.

use bytes::Bytes;
use cofferdam_queue::StoreError;
use redis::Value;

use super::error::not_understood;
use super::packed;

/// The values of an array, one after the other.
pub(super) struct Reply {
    values: std::vec::IntoIter<Value>,
}

pub(super) type Read<T> = Result<T, StoreError>;

impl Reply {
    pub(super) fn of(value: Value) -> Read<Reply> {
        match value {
            Value::Array(values) => Ok(Reply { values: values.into_iter() }),
            other => Err(not_understood(&format!("{other:?} is no array"))),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.len() == 0
    }

    fn next(&mut self) -> Read<Value> {
        self.values.next().ok_or_else(|| not_understood("an answer is too short"))
    }

    pub(super) fn bytes(&mut self) -> Read<Vec<u8>> {
        bytes(self.next()?)
    }

    pub(super) fn text(&mut self) -> Read<String> {
        text(self.bytes()?)
    }

    pub(super) fn number(&mut self) -> Read<u64> {
        match self.next()? {
            Value::Int(number) => u64::try_from(number).map_err(|_| not_understood("a negative number")),
            other => parse(&text(bytes(other)?)?),
        }
    }

    pub(super) fn signed(&mut self) -> Read<i64> {
        match self.next()? {
            Value::Int(number) => Ok(number),
            other => parse(&text(bytes(other)?)?),
        }
    }

    /// A number, or nothing.
    pub(super) fn maybe_number(&mut self) -> Read<Option<u64>> {
        let text = self.text()?;
        if text.is_empty() { Ok(None) } else { parse(&text).map(Some) }
    }

    pub(super) fn array(&mut self) -> Read<Reply> {
        Reply::of(self.next()?)
    }

    pub(super) fn texts(self) -> Read<Vec<String>> {
        self.values.map(|value| text(bytes(value)?)).collect()
    }

    /// Fields and values, in turns.
    pub(super) fn pairs(mut self) -> Read<Vec<(String, Vec<u8>)>> {
        let mut pairs = Vec::with_capacity(self.values.len() / 2);
        while !self.is_empty() {
            pairs.push((self.text()?, self.bytes()?));
        }
        Ok(pairs)
    }
}

pub(super) fn number(value: Value) -> Read<u64> {
    Reply::of(Value::Array(vec![value]))?.number()
}

pub(super) fn bytes(value: Value) -> Read<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        Value::SimpleString(text) => Ok(text.into_bytes()),
        Value::Okay => Ok(b"OK".to_vec()),
        Value::Int(number) => Ok(number.to_string().into_bytes()),
        other => Err(not_understood(&format!("{other:?} is no text"))),
    }
}

/// The bytes; nothing when there are none.
pub(super) fn maybe_bytes(value: Value) -> Read<Option<Vec<u8>>> {
    if value == Value::Nil { Ok(None) } else { bytes(value).map(Some) }
}

pub(super) fn text(bytes: Vec<u8>) -> Read<String> {
    String::from_utf8(bytes).map_err(|_| not_understood("a name is no text"))
}

pub(super) fn parse<T: std::str::FromStr>(text: &str) -> Read<T> {
    text.parse()
        .map_err(|_| not_understood(&format!("`{}` stands where something else must", text.escape_debug())))
}

pub(super) fn unpack(bytes: &[u8]) -> Read<Bytes> {
    packed::unpack(bytes).map_err(|why| not_understood(&why))
}

/// A stored record: words with one space after each, then bytes.
pub(super) struct Words<'v>(pub(super) &'v [u8]);

impl<'v> Words<'v> {
    pub(super) fn word(&mut self) -> Read<&'v str> {
        let end = self.0.iter().position(|&byte| byte == b' ').unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        std::str::from_utf8(word).map_err(|_| not_understood("a word is no text"))
    }

    pub(super) fn parse<T: std::str::FromStr>(&mut self) -> Read<T> {
        parse(self.word()?)
    }

    /// `-` stands for nothing.
    pub(super) fn maybe<T: std::str::FromStr>(&mut self) -> Read<Option<T>> {
        match self.word()? {
            "-" => Ok(None),
            word => parse(word).map(Some),
        }
    }

    pub(super) fn take(&mut self, count: usize) -> Read<&'v [u8]> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or_else(|| not_understood("a record is too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn rest(self) -> &'v [u8] {
        self.0
    }
}
