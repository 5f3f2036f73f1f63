//! The statements on the way of every job, prepared once and held: looking one up for
//! each use would cost as much as some of them do. The others are in the connection's cache.

use rusqlite::{Connection, Statement};

use super::error::Sql;
use super::settle::LEASE_COLUMNS;

pub(super) struct Statements<'c> {
    pub(super) begin: Statement<'c>,
    pub(super) commit: Statement<'c>,
    pub(super) read_head: Statement<'c>,
    pub(super) write_head: Statement<'c>,
    /// (n, id, lane, enqueued_at, parent, input)
    pub(super) insert_job: Statement<'c>,
    /// (lane, ord, n, at)
    pub(super) insert_ready: Statement<'c>,
    /// (last lane)
    pub(super) next_lane: Statement<'c>,
    /// (lane, ord, limit)
    pub(super) look: Statement<'c>,
    /// (lane, ord)
    pub(super) read_taken: Statement<'c>,
    /// (worker, nonce, module, now, lane, ord)
    pub(super) lease_taken: Statement<'c>,
    /// (lane, ord)
    pub(super) delete_taken: Statement<'c>,
    /// (n)
    pub(super) lease: Statement<'c>,
    /// (n)
    pub(super) end_lease: Statement<'c>,
    /// (n, attempt, nonce, seq): one row if the lease is proven.
    pub(super) end_proven_lease: Statement<'c>,
    pub(super) insert_ended: Statement<'c>,
    pub(super) next_due: Statement<'c>,
    /// (turn, worker): one row if the turn is after the last.
    pub(super) take_turn: Statement<'c>,
}

impl<'c> Statements<'c> {
    pub(super) fn prepare(conn: &'c Connection) -> Sql<Statements<'c>> {
        Ok(Statements {
            begin: conn.prepare("BEGIN IMMEDIATE")?,
            commit: conn.prepare("COMMIT")?,
            read_head: conn.prepare("SELECT next, completed, deploys, lanes, pauses FROM head")?,
            write_head: conn
                .prepare("UPDATE head SET next = ?, completed = ?, deploys = ?, lanes = ?, pauses = ?")?,
            insert_job: conn.prepare(
                "INSERT INTO job (n, id, lane, enqueued_at, parent, input) VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT (id) DO NOTHING",
            )?,
            insert_ready: conn
                .prepare("INSERT INTO ready (lane, ord, n, at, attempt) VALUES (?, ?, ?, ?, 0)")?,
            next_lane: conn.prepare("SELECT lane FROM ready WHERE lane > ? ORDER BY lane LIMIT 1")?,
            look: conn.prepare(
                "SELECT ord, n, at, attempt FROM ready WHERE lane = ? AND ord > ? ORDER BY ord LIMIT ?",
            )?,
            read_taken: conn.prepare(
                "SELECT job.id, job.input, job.enqueued_at FROM ready CROSS JOIN job ON job.n = ready.n
                 WHERE ready.lane = ? AND ready.ord <= ? ORDER BY ready.ord",
            )?,
            lease_taken: conn.prepare(
                "INSERT INTO lease (n, worker, attempt, nonce, seq, module, fresh, progressed, cancel, started_at)
                 SELECT n, ?, attempt + 1, ?, 0, ?, attempt = 0 AND ord = n, 0, 0, ? FROM ready
                 WHERE lane = ? AND ord <= ?",
            )?,
            delete_taken: conn.prepare("DELETE FROM ready WHERE lane = ? AND ord <= ?")?,
            lease: conn.prepare(&format!("SELECT {LEASE_COLUMNS} FROM lease WHERE n = ?"))?,
            end_lease: conn.prepare("DELETE FROM lease WHERE n = ?")?,
            end_proven_lease: conn
                .prepare("DELETE FROM lease WHERE n = ? AND attempt = ? AND nonce = ? AND seq = ?")?,
            insert_ended: conn.prepare(
                "INSERT INTO ended (n, state, finished_at, bare, attempt, outcome, nonce, seq, started_at, fuel,
                                    wall_ms, reason, output, report)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?,
            next_due: conn.prepare("SELECT at FROM due ORDER BY at, n LIMIT 1")?,
            take_turn: conn.prepare("UPDATE worker SET turn = ?1 WHERE worker = ?2 AND turn < ?1")?,
        })
    }
}
