//! The house as a whole: queues, workers, modules, counts, and why a job is not run.

use std::collections::{BTreeMap, BTreeSet};

use cofferdam_queue::{
    Kind, Manifest, ModuleHash, ModuleView, QueueName, QueueView, State, Timestamp, WorkerFacts, WorkerView,
};
use rusqlite::Connection;

use super::super::error::{Sql, unknown_number};
use super::super::heartbeat::order_of;
use super::super::lanes::Lane;
use super::super::modules::manifest;
use crate::waiting;

/// What a list of jobs is read with: the small tables.
pub(in super::super) struct House {
    lanes: BTreeMap<i64, Lane>,
    paused: BTreeSet<QueueName>,
    manifests: BTreeMap<Kind, Manifest>,
    workers: Vec<WorkerFacts>,
}

pub(in super::super) fn house(conn: &Connection, now: Timestamp) -> Sql<House> {
    let lanes = conn
        .prepare_cached("SELECT lane, queue, kind, step FROM lane")?
        .query_map([], |row| {
            let queue = QueueName::trusted(row.get_ref(1)?.as_str()?);
            let kind = Kind::trusted(row.get_ref(2)?.as_str()?);
            Ok((row.get(0)?, Lane { queue, kind, step: row.get(3)?, wrote: None }))
        })?
        .collect::<Sql<_>>()?;
    let paused = paused(conn)?;
    let manifests = conn
        .prepare_cached("SELECT kind, manifest FROM deployment WHERE current")?
        .query_map([], |row| {
            Ok((Kind::trusted(row.get_ref(0)?.as_str()?), manifest(row.get_ref(1)?.as_str()?)?))
        })?
        .collect::<Sql<_>>()?;
    let workers = workers(conn, now)?.into_iter().map(|view| view.facts).collect();
    Ok(House { lanes, paused, manifests, workers })
}

impl House {
    pub(in super::super) fn lane(&self, number: i64) -> Sql<&Lane> {
        self.lanes.get(&number).ok_or_else(|| unknown_number("lane", number))
    }

    /// Why no worker will take the jobs of a lane; `None` when one will.
    pub(in super::super) fn why_not_run(&self, lane: &Lane) -> Option<String> {
        let paused = self.paused.contains(&lane.queue);
        let manifest = self.manifests.get(&lane.kind);
        waiting::why_not_run(&lane.queue, &lane.kind, lane.step, paused, manifest, &self.workers)
    }
}

fn paused(conn: &Connection) -> Sql<BTreeSet<QueueName>> {
    conn.prepare_cached("SELECT queue FROM paused")?
        .query_map([], |row| Ok(QueueName::trusted(row.get_ref(0)?.as_str()?)))?
        .collect()
}

pub(in super::super) fn queues(conn: &Connection) -> Sql<Vec<QueueView>> {
    let mut views: BTreeMap<QueueName, QueueView> = BTreeMap::new();
    let view = |queue: &QueueName| QueueView {
        queue: queue.clone(),
        paused: false,
        available: 0,
        running: 0,
        scheduled: 0,
        oldest_at: None,
    };
    for (set, source) in [
        (0, "SELECT lane, count(*), min(at) FROM ready GROUP BY lane"),
        (1, "SELECT job.lane, count(*), NULL FROM lease JOIN job USING (n) GROUP BY job.lane"),
        (2, "SELECT job.lane, count(*), NULL FROM due JOIN job USING (n) GROUP BY job.lane"),
        // Of a queue whose jobs have all ended, only the lanes are left to tell.
        (3, "SELECT lane, 0, NULL FROM lane"),
    ] {
        let sql = format!("SELECT lane.queue, counted.* FROM ({source}) AS counted JOIN lane USING (lane)");
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let queue = QueueName::trusted(row.get_ref(0)?.as_str()?);
            let (count, oldest): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
            let entry = views.entry(queue.clone()).or_insert_with(|| view(&queue));
            match set {
                0 => entry.available += count as u64,
                1 => entry.running += count as u64,
                2 => entry.scheduled += count as u64,
                _ => {}
            }
            let oldest = oldest.map(|at| Timestamp(at as u64));
            entry.oldest_at = [entry.oldest_at, oldest].into_iter().flatten().min();
        }
    }
    for queue in paused(conn)? {
        views.entry(queue.clone()).or_insert_with(|| view(&queue)).paused = true;
    }
    Ok(views.into_values().collect())
}

pub(in super::super) fn workers(conn: &Connection, now: Timestamp) -> Sql<Vec<WorkerView>> {
    conn.prepare_cached(
        "SELECT facts, wanted, quiet, running, reserved_bytes, expires_at FROM worker WHERE expires_at > ? ORDER BY worker",
    )?
    .query_map([now.0 as i64], |row| {
        let facts = serde_json::from_str(row.get_ref(0)?.as_str()?).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
        })?;
        Ok(WorkerView {
            facts,
            order: order_of(row.get(1)?)?,
            quiet: row.get(2)?,
            running: row.get(3)?,
            reserved_bytes: row.get::<_, i64>(4)? as u64,
            expires_at: Timestamp(row.get::<_, i64>(5)? as u64),
            lost: false,
        })
    })?
    .collect()
}

pub(in super::super) fn modules(conn: &Connection) -> Sql<Vec<ModuleView>> {
    conn.prepare_cached(
        "SELECT kind, hash, current, bytes, deployed_at, manifest FROM deployment JOIN module USING (hash)
         ORDER BY kind, turn DESC",
    )?
    .query_map([], |row| {
        Ok(ModuleView {
            kind: Kind::trusted(row.get_ref(0)?.as_str()?),
            module: ModuleHash(row.get(1)?),
            current: row.get(2)?,
            bytes: row.get::<_, i64>(3)? as u64,
            deployed_at: Timestamp(row.get::<_, i64>(4)? as u64),
            manifest: manifest(row.get_ref(5)?.as_str()?)?,
        })
    })?
    .collect()
}

pub(in super::super) fn counts(conn: &Connection) -> Sql<Vec<(State, u64)>> {
    State::ALL
        .into_iter()
        .map(|state| {
            let number = state as u8;
            let sql = match state {
                State::Available => "SELECT count(*) FROM ready".to_owned(),
                State::Running => "SELECT count(*) FROM lease".to_owned(),
                State::Scheduled | State::Retryable | State::Waiting => {
                    format!(
                        "SELECT count(*) FROM due JOIN standing USING (n) WHERE standing.state = {number}"
                    )
                }
                _ => format!("SELECT count(*) FROM ended WHERE state = {number}"),
            };
            let count: i64 = conn.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
            Ok((state, count as u64))
        })
        .collect()
}
