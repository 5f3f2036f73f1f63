//! A CSV file of flights, read one row at a time.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use cofferdam_sdk::prelude::*;

pub struct Table {
    file: BufReader<File>,
    line: String,
    size_bytes: u64,
    /// Where the next row begins.
    offset_bytes: u64,
    carrier: usize,
    arrival_delay: usize,
}

pub struct Row<'a> {
    pub carrier: &'a str,
    /// `None`: the flight was cancelled or diverted.
    pub arrival_delay_minutes: Option<i64>,
}

impl Table {
    /// Opens a file and finds its columns by the names in the first line.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("open `{}`", path.display()))?;
        let size_bytes = file.metadata()?.len();
        let mut file = BufReader::with_capacity(64 << 10, file);
        let mut line = String::new();
        let offset_bytes = file.read_line(&mut line)? as u64;
        let column = |name: &str| {
            let found = line.trim_end().split(',').position(|column| column == name);
            // Another try would find the same columns.
            found.with_context(|| format!("`{}` has no column `{name}`", path.display())).kill()
        };
        let (carrier, arrival_delay) = (column("carrier")?, column("arr_delay")?);
        Ok(Self { file, line, size_bytes, offset_bytes, carrier, arrival_delay })
    }

    /// Goes to a row that begins at this offset; 0 is the first.
    pub fn go_to(&mut self, offset_bytes: u64) -> Result<()> {
        if offset_bytes > 0 {
            self.file.seek(SeekFrom::Start(offset_bytes))?;
            self.offset_bytes = offset_bytes;
        }
        Ok(())
    }

    pub fn offset_bytes(&self) -> u64 {
        self.offset_bytes
    }

    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The next row, or `None` at the end of the file.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        let begins_at = self.offset_bytes;
        self.line.clear();
        self.offset_bytes += self.file.read_line(&mut self.line)? as u64;
        if self.line.is_empty() {
            return Ok(None);
        }
        let line = self.line.trim_end();
        let field = |column| {
            let field = line.split(',').nth(column);
            field.with_context(|| format!("the row at byte {begins_at} has no column {column}")).kill()
        };
        let arrival_delay_minutes = match field(self.arrival_delay)? {
            "NA" => None,
            minutes => {
                Some(minutes.parse().with_context(|| format!("`{minutes}` at byte {begins_at}")).kill()?)
            }
        };
        Ok(Some(Row { carrier: field(self.carrier)?, arrival_delay_minutes }))
    }
}
