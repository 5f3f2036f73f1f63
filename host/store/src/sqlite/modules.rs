//! Modules: kept once by content, in chunks; each kind points to one of those deployed as it.

use bytes::{Bytes, BytesMut};
use cofferdam_queue::{
    Deploy, Deployed, Kind, Manifest, ModuleHash, Pointer, Pointers, Pruned, State, Timestamp,
};
use rusqlite::{Connection, OptionalExtension};

use super::desk::Desk;
use super::error::Sql;

/// The size of a chunk: small enough to be read and written without holding up others.
const CHUNK_BYTES: usize = 256 * 1024;

/// A manifest as it is stored.
pub(super) fn manifest(text: &str) -> Sql<Manifest> {
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}

pub(super) fn deploy(desk: &mut Desk<'_>, deploy: &Deploy) -> Sql<Deployed> {
    let kind = deploy.manifest.kind.as_str();
    let text = serde_json::to_string(&deploy.manifest)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let current: Option<([u8; 32], String)> = desk
        .sql("SELECT hash, manifest FROM deployment WHERE kind = ? AND current")?
        .query_row([kind], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let previous = current.as_ref().map(|(hash, _)| ModuleHash(*hash));
    if current.is_some_and(|(hash, manifest)| hash == deploy.module.0 && manifest == text) {
        return Ok(Deployed { previous, unchanged: true });
    }
    keep(desk, deploy)?;
    desk.head.deploys += 1;
    desk.sql("UPDATE deployment SET current = 0 WHERE kind = ? AND current")?.execute([kind])?;
    desk.sql(
        "INSERT OR REPLACE INTO deployment (kind, hash, turn, current, deployed_at, manifest) VALUES (?, ?, ?, 1, ?, ?)",
    )?
    .execute((kind, &deploy.module.0[..], desk.head.deploys, desk.now.0 as i64, text))?;
    tell(desk);
    Ok(Deployed { previous, unchanged: false })
}

/// Workers load the new pointers, and jobs that waited for a kind may run.
fn tell(desk: &mut Desk<'_>) {
    desk.wake.jobs = true;
    desk.wake.notices = true;
}

/// Keep the bytes, unless they are here already.
fn keep(desk: &Desk<'_>, deploy: &Deploy) -> Sql<()> {
    let inserted = desk
        .sql("INSERT INTO module (hash, bytes) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING")?
        .execute((&deploy.module.0[..], deploy.wasm.len() as i64))?;
    if inserted == 0 {
        return Ok(());
    }
    let module = desk.conn.last_insert_rowid();
    let mut insert = desk.sql("INSERT INTO module_chunk (module, chunk, bytes) VALUES (?, ?, ?)")?;
    for (chunk, bytes) in deploy.wasm.chunks(CHUNK_BYTES).enumerate() {
        insert.execute((module, chunk as i64, bytes))?;
    }
    Ok(())
}

pub(super) fn rollback(desk: &mut Desk<'_>, kind: &Kind, to: Option<ModuleHash>) -> Sql<Option<ModuleHash>> {
    let target: Option<[u8; 32]> = match to {
        Some(module) => desk
            .sql("SELECT hash FROM deployment WHERE kind = ? AND hash = ?")?
            .query_row((kind.as_str(), &module.0[..]), |row| row.get(0))
            .optional()?,
        None => desk
            .sql(
                "SELECT hash FROM deployment WHERE kind = ?1
                 AND turn < (SELECT turn FROM deployment WHERE kind = ?1 AND current) ORDER BY turn DESC LIMIT 1",
            )?
            .query_row([kind.as_str()], |row| row.get(0))
            .optional()?,
    };
    let Some(hash) = target else { return Ok(None) };
    desk.sql("UPDATE deployment SET current = (hash = ?) WHERE kind = ?")?
        .execute((&hash[..], kind.as_str()))?;
    desk.head.deploys += 1;
    tell(desk);
    Ok(Some(ModuleHash(hash)))
}

pub(super) fn prune(desk: &mut Desk<'_>, keep: u32) -> Sql<Pruned> {
    let gone = desk
        .sql(
            "DELETE FROM deployment AS d WHERE NOT current
             AND (SELECT count(*) FROM deployment AS later WHERE later.kind = d.kind AND later.turn > d.turn) >= ?
             AND NOT EXISTS (SELECT 1 FROM checkpoint AS c JOIN job USING (n) JOIN lane USING (lane)
                             WHERE c.module = d.hash AND lane.kind = d.kind
                             AND NOT EXISTS (SELECT 1 FROM ended WHERE ended.n = c.n AND ended.state = ?))
             AND NOT EXISTS (SELECT 1 FROM lease JOIN module USING (module) JOIN job USING (n) JOIN lane USING (lane)
                             WHERE module.hash = d.hash AND lane.kind = d.kind)",
        )?
        .execute((keep, State::Completed as u8))?;
    if gone == 0 {
        return Ok(Pruned::default());
    }
    // The lanes of what was pruned, and the numbers of modules, are read anew by everybody.
    desk.head.deploys += 1;
    desk.wake.notices = true;
    let orphans: Vec<(i64, [u8; 32], i64)> = desk
        .sql("SELECT module, hash, bytes FROM module WHERE hash NOT IN (SELECT hash FROM deployment) ORDER BY hash")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Sql<_>>()?;
    let mut pruned = Pruned::default();
    for (module, hash, bytes) in orphans {
        desk.sql("DELETE FROM module_chunk WHERE module = ?")?.execute([module])?;
        desk.sql("DELETE FROM module WHERE module = ?")?.execute([module])?;
        pruned.modules.push(ModuleHash(hash));
        pruned.bytes += bytes as u64;
    }
    Ok(pruned)
}

/// All pointers, and what jobs need that the pointed-to module cannot go on with: what wrote their
/// checkpoints, and what runs now and may write one, of which nobody tells the workers.
pub(super) fn pointers(conn: &Connection) -> Sql<Pointers> {
    let deploys: i64 = conn.prepare_cached("SELECT deploys FROM head")?.query_row([], |row| row.get(0))?;
    let mut statement = conn.prepare_cached(
        "SELECT kind, hash, current, deployed_at, manifest FROM deployment AS d WHERE current
         OR EXISTS (SELECT 1 FROM checkpoint AS c JOIN job USING (n) JOIN lane USING (lane)
                    WHERE c.module = d.hash AND lane.kind = d.kind
                    AND NOT EXISTS (SELECT 1 FROM ended WHERE ended.n = c.n AND ended.state = ?))
         OR EXISTS (SELECT 1 FROM lease JOIN module USING (module) JOIN job USING (n) JOIN lane USING (lane)
                    WHERE module.hash = d.hash AND lane.kind = d.kind)
         ORDER BY kind, turn DESC",
    )?;
    let mut rows = statement.query([State::Completed as u8])?;
    let mut pointers: Vec<Pointer> = Vec::new();
    while let Some(row) = rows.next()? {
        pointers.push(Pointer {
            kind: Kind::trusted(row.get_ref(0)?.as_str()?),
            module: ModuleHash(row.get(1)?),
            current: row.get(2)?,
            deployed_at: Timestamp(row.get::<_, i64>(3)? as u64),
            manifest: manifest(row.get_ref(4)?.as_str()?)?,
        });
    }
    Ok(Pointers { deploys: deploys as u64, pointers })
}

/// The bytes of a module.
pub(super) fn fetch(conn: &Connection, hash: &ModuleHash) -> Sql<Option<Bytes>> {
    let found: Option<(i64, i64)> = conn
        .prepare_cached("SELECT module, bytes FROM module WHERE hash = ?")?
        .query_row([&hash.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((module, length)) = found else { return Ok(None) };
    let mut bytes = BytesMut::with_capacity(usize::try_from(length).unwrap_or(0));
    let mut statement =
        conn.prepare_cached("SELECT bytes FROM module_chunk WHERE module = ? ORDER BY chunk")?;
    let mut rows = statement.query([module])?;
    while let Some(row) = rows.next()? {
        bytes.extend_from_slice(row.get_ref(0)?.as_blob()?);
    }
    Ok(Some(bytes.freeze()))
}
