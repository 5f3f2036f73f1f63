//! The few words of Redis' protocol that a test needs, over a server's Unix socket.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long a server may take to answer. One that is paused answers not at all.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A text, simple or bulk; bytes that are no UTF-8 are replaced.
    Text(String),
    /// An integer.
    Number(i64),
    /// Nothing is there.
    Nothing,
    /// A list of replies.
    List(Vec<Reply>),
    /// An error, with its code as the first word.
    Error(String),
}

impl Reply {
    /// The text.
    ///
    /// # Panics
    /// When it is another reply.
    #[track_caller]
    pub fn text(self) -> String {
        match self {
            Reply::Text(text) => text,
            other => panic!("no text: {other:?}"),
        }
    }

    /// The number.
    ///
    /// # Panics
    /// When it is another reply.
    #[track_caller]
    pub fn number(self) -> i64 {
        match self {
            Reply::Number(number) => number,
            other => panic!("no number: {other:?}"),
        }
    }

    /// The replies of a list.
    ///
    /// # Panics
    /// When it is another reply.
    #[track_caller]
    pub fn list(self) -> Vec<Reply> {
        match self {
            Reply::List(list) => list,
            other => panic!("no list: {other:?}"),
        }
    }
}

/// A connection to one server.
pub struct Connection {
    stream: BufReader<UnixStream>,
}

impl Connection {
    pub fn open(socket: &Path) -> io::Result<Connection> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        stream.set_write_timeout(Some(ANSWER_WITHIN))?;
        Ok(Connection { stream: BufReader::new(stream) })
    }

    /// Sends one command and reads its reply.
    pub fn call(&mut self, words: &[&str]) -> io::Result<Reply> {
        let mut line = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            line.extend(format!("${}\r\n{word}\r\n", word.len()).bytes());
        }
        self.stream.get_mut().write_all(&line)?;
        self.read()
    }

    fn read(&mut self) -> io::Result<Reply> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        let (Some(sort), Some(rest)) = (line.chars().next(), line.get(1..)) else {
            return Err(unknown(line));
        };
        let count = || rest.parse::<i64>().map_err(|_| unknown(line));
        match sort {
            '+' => Ok(Reply::Text(rest.to_owned())),
            '-' => Ok(Reply::Error(rest.to_owned())),
            ':' => Ok(Reply::Number(count()?)),
            '$' => self.bulk(count()?),
            '*' if count()? < 0 => Ok(Reply::Nothing),
            '*' => (0..count()?).map(|_| self.read()).collect::<io::Result<_>>().map(Reply::List),
            _ => Err(unknown(line)),
        }
    }

    fn bulk(&mut self, bytes: i64) -> io::Result<Reply> {
        let Ok(bytes) = usize::try_from(bytes) else {
            return Ok(Reply::Nothing);
        };
        let mut text = vec![0; bytes + 2];
        self.stream.read_exact(&mut text)?;
        text.truncate(bytes);
        Ok(Reply::Text(String::from_utf8_lossy(&text).into_owned()))
    }
}

fn unknown(line: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("no reply that is known here: `{line}`"))
}

/// Counts the commands in what a client sends, however it is cut into pieces.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    line: Vec<u8>,
    /// So many bytes of a word are still to come.
    word_left: usize,
}

impl Commands {
    /// How many commands begin in these bytes.
    pub(crate) fn begun_in(&mut self, mut bytes: &[u8]) -> u64 {
        let mut begun = 0;
        while let Some(&byte) = bytes.first() {
            if self.word_left > 0 {
                let passed = self.word_left.min(bytes.len());
                self.word_left -= passed;
                bytes = &bytes[passed..];
                continue;
            }
            bytes = &bytes[1..];
            if byte != b'\n' {
                self.line.push(byte);
                continue;
            }
            let line = String::from_utf8_lossy(&self.line).trim_end().to_owned();
            self.line.clear();
            begun += u64::from(line.starts_with('*'));
            // With the end of its line.
            self.word_left =
                line.strip_prefix('$').and_then(|size| size.parse().ok()).map_or(0, |size: usize| size + 2);
        }
        begun
    }
}
