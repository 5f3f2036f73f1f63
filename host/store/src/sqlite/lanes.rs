//! The lanes, as this process knows them: what stands in one line can be run alike.

use std::collections::HashMap;
use std::sync::Arc;

use cofferdam_queue::{Kind, ModuleHash, QueueName};
use rusqlite::Connection;

use super::error::{Sql, unknown_number};

/// One line of jobs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    pub(super) queue: QueueName,
    pub(super) kind: Kind,
    pub(super) step: u8,
    /// The module that wrote the checkpoint of its jobs, and its version; none: they begin anew.
    pub(super) wrote: Option<(ModuleHash, u32)>,
}

/// A copy of the table, valid for one value of `head.lanes`.
#[derive(Default)]
pub(super) struct Lanes {
    version: Option<i64>,
    by_number: HashMap<i64, Arc<Lane>>,
    numbers: HashMap<Arc<Lane>, i64>,
}

impl Lanes {
    /// Read the table again if somebody has changed it.
    pub(super) fn refresh(&mut self, conn: &Connection, version: i64) -> Sql<()> {
        if self.version == Some(version) {
            return Ok(());
        }
        self.by_number.clear();
        self.numbers.clear();
        let mut statement =
            conn.prepare_cached("SELECT lane, queue, kind, step, module, version FROM lane")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let module: Option<[u8; 32]> = row.get(4)?;
            let lane = Lane {
                queue: QueueName::trusted(row.get_ref(1)?.as_str()?),
                kind: Kind::trusted(row.get_ref(2)?.as_str()?),
                step: row.get(3)?,
                wrote: module.map(|hash| Sql::Ok((ModuleHash(hash), row.get(5)?))).transpose()?,
            };
            self.insert(row.get(0)?, lane);
        }
        self.version = Some(version);
        Ok(())
    }

    /// After a transaction that came to nothing: what was learnt in it may not be true.
    pub(super) fn forget(&mut self) {
        self.version = None;
    }

    pub(super) fn lane(&self, number: i64) -> Sql<Arc<Lane>> {
        self.by_number.get(&number).cloned().ok_or_else(|| unknown_number("lane", number))
    }

    /// The number of `lane`, opened now if it is new; then `version` moves on.
    pub(super) fn number(&mut self, conn: &Connection, version: &mut i64, lane: Lane) -> Sql<i64> {
        if let Some(&number) = self.numbers.get(&lane) {
            return Ok(number);
        }
        let (module, wrote) = match &lane.wrote {
            Some((module, version)) => (Some(&module.0[..]), Some(*version)),
            None => (None, None),
        };
        conn.prepare_cached("INSERT INTO lane (queue, kind, step, module, version) VALUES (?, ?, ?, ?, ?)")?
            .execute((lane.queue.as_str(), lane.kind.as_str(), lane.step, module, wrote))?;
        let number = conn.last_insert_rowid();
        *version += 1;
        self.version = Some(*version);
        self.insert(number, lane);
        Ok(number)
    }

    fn insert(&mut self, number: i64, lane: Lane) {
        let lane = Arc::new(lane);
        self.by_number.insert(number, Arc::clone(&lane));
        self.numbers.insert(lane, number);
    }
}
