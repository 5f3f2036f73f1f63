//! Modules: kept once by content, in chunks; each kind points to one of those deployed as it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::{Bytes, BytesMut};
use cofferdam_queue::{
    Deploy, Deployed, Kind, Manifest, ModuleHash, ModuleView, Pointer, Pointers, Pruned, StoreError,
    Timestamp,
};

use super::error::not_understood;
use super::link::Tries;
use super::reply::{Read, Reply, Words, maybe_bytes, parse};
use super::script;
use super::store::RedisStore;

/// The size of a chunk: small enough to be read and written without holding up others.
const CHUNK_BYTES: usize = 256 * 1024;
/// An upload that nobody finishes goes after so long, in seconds.
const UPLOAD_S: u64 = 600;
/// So often are the bytes sent again when they expired on the way, or a pruning took them.
const UPLOADS_MAX: usize = 3;

pub(super) async fn deploy(store: &RedisStore, deploy: Deploy) -> Read<Deployed> {
    let Deploy { module, wasm, manifest } = deploy;
    let text = serde_json::to_string(&manifest).map_err(|error| StoreError::Unusable {
        message: format!("a manifest cannot be written: {error}"),
    })?;
    for round in 0..UPLOADS_MAX {
        let upload = store.link.key(&format!("upload:{module}:{:016x}", rand::random::<u64>()));
        let is_there = round == 0 && is_kept(store, &module).await?;
        if !is_there {
            send(store, &upload, &wasm).await?;
        }
        let mut cmd = store.begin(&script::DEPLOY);
        cmd.arg(manifest.kind.as_str())
            .arg(module.to_string())
            .arg(manifest.queue.as_str())
            .arg(wasm.len())
            .arg(&text)
            .arg(&upload);
        let mut reply = Reply::of(store.run(&script::DEPLOY, &cmd, Tries::UntilDone).await?)?;
        let (what, previous) = (reply.text()?, reply.text()?);
        store.hear(&reply.text()?);
        if what != "gone" {
            let previous = if previous.is_empty() { None } else { Some(parse(&previous)?) };
            return Ok(Deployed { previous, unchanged: what == "unchanged" });
        }
    }
    let message = format!("`{}` lost the module while it was sent: deploy it again", store.link.shown());
    Err(StoreError::Unavailable { message, maybe_applied: false })
}

async fn is_kept(store: &RedisStore, module: &ModuleHash) -> Read<bool> {
    let mut cmd = redis::cmd("EXISTS");
    cmd.arg(store.link.key(&format!("module:{module}")));
    Ok(store.link.ask(&cmd).await? == redis::Value::Int(1))
}

/// To a place of its own, that expires.
async fn send(store: &RedisStore, upload: &str, wasm: &Bytes) -> Read<()> {
    for (place, chunk) in wasm.chunks(CHUNK_BYTES).enumerate() {
        let mut cmd = redis::cmd("HSET");
        cmd.arg(upload).arg(place).arg(chunk);
        store.link.ask(&cmd).await?;
        let mut expire = redis::cmd("EXPIRE");
        expire.arg(upload).arg(UPLOAD_S);
        store.link.ask(&expire).await?;
    }
    Ok(())
}

/// The bytes of a module, chunk by chunk.
pub(super) async fn fetch(store: &RedisStore, module: ModuleHash) -> Read<Option<Bytes>> {
    let mut wasm = BytesMut::new();
    for place in 0.. {
        let mut cmd = redis::cmd("HGET");
        cmd.arg(store.link.key(&format!("module:{module}"))).arg(place);
        match maybe_bytes(store.link.ask(&cmd).await?)? {
            Some(chunk) => wasm.extend_from_slice(&chunk),
            None if place == 0 => return Ok(None),
            None => break,
        }
    }
    Ok(Some(wasm.freeze()))
}

pub(super) async fn rollback(
    store: &RedisStore,
    kind: Kind,
    to: Option<ModuleHash>,
) -> Read<Option<ModuleHash>> {
    let mut cmd = store.begin(&script::ROLLBACK);
    cmd.arg(kind.as_str()).arg(to.map_or_else(String::new, |to| to.to_string()));
    let mut reply = Reply::of(store.run(&script::ROLLBACK, &cmd, Tries::UntilDone).await?)?;
    let target = reply.text()?;
    store.hear(&reply.text()?);
    if target.is_empty() { Ok(None) } else { parse(&target).map(Some) }
}

pub(super) async fn prune(store: &RedisStore, keep: u32) -> Read<Pruned> {
    let mut cmd = store.begin(&script::PRUNE_MODULES);
    cmd.arg(keep);
    let mut reply = Reply::of(store.run(&script::PRUNE_MODULES, &cmd, Tries::UntilDone).await?)?;
    let mut gone = reply.array()?;
    let mut pruned = Pruned::default();
    while !gone.is_empty() {
        pruned.modules.push(parse(&gone.text()?)?);
        pruned.bytes += gone.number()?;
    }
    pruned.modules.sort();
    store.hear(&reply.text()?);
    Ok(pruned)
}

/// One module as one kind.
pub(super) struct Deployment {
    turn: u64,
    bytes: u64,
    pointer: Pointer,
    /// A job that may still run has a checkpoint that it wrote, or runs on it.
    needed: bool,
}

/// The count of deploys, and all deployments, by kind, the newest of each first.
pub(super) async fn deployments(store: &RedisStore) -> Read<(u64, Vec<Deployment>)> {
    let cmd = store.begin(&script::POINTERS);
    let mut reply = Reply::of(store.run(&script::POINTERS, &cmd, Tries::UntilDone).await?)?;
    let deploys = reply.number()?;
    let deployed = reply.array()?.pairs()?;
    let current: BTreeMap<String, Vec<u8>> = reply.array()?.pairs()?.into_iter().collect();
    let needed: BTreeSet<String> = reply.array()?.texts()?.into_iter().collect();
    let mut all = Vec::with_capacity(deployed.len());
    for (field, value) in deployed {
        let (kind, module) =
            field.split_once(' ').ok_or_else(|| not_understood("a deployment without module"))?;
        let mut words = Words(&value);
        let (turn, deployed_at, bytes) = (words.parse()?, Timestamp(words.parse()?), words.parse()?);
        words.word()?;
        let manifest: Manifest = serde_json::from_slice(words.rest())
            .map_err(|error| not_understood(&format!("the manifest of `{kind}`: {error}")))?;
        let is_current = current.get(kind).is_some_and(|now| now == module.as_bytes());
        let pointer = Pointer {
            kind: Kind::trusted(kind),
            module: parse(module)?,
            manifest,
            current: is_current,
            deployed_at,
        };
        all.push(Deployment { turn, bytes, pointer, needed: needed.contains(&field) });
    }
    all.sort_by(|a, b| (&a.pointer.kind, b.turn).cmp(&(&b.pointer.kind, a.turn)));
    Ok((deploys, all))
}

pub(super) async fn pointers(store: &RedisStore) -> Read<Pointers> {
    let (deploys, all) = deployments(store).await?;
    let wanted = all.into_iter().filter(|one| one.pointer.current || one.needed);
    Ok(Pointers { deploys, pointers: wanted.map(|one| one.pointer).collect() })
}

pub(super) async fn views(store: &RedisStore) -> Read<Vec<ModuleView>> {
    let (_, all) = deployments(store).await?;
    let view = |one: Deployment| {
        let Pointer { kind, module, manifest, current, deployed_at } = one.pointer;
        ModuleView { kind, module, current, bytes: one.bytes, deployed_at, manifest }
    };
    Ok(all.into_iter().map(view).collect())
}

/// What is deployed as each kind now.
pub(super) async fn manifests(store: &RedisStore) -> Read<BTreeMap<Kind, Manifest>> {
    let (_, all) = deployments(store).await?;
    let current = all.into_iter().map(|one| one.pointer).filter(|pointer| pointer.current);
    Ok(current.map(|pointer| (pointer.kind, pointer.manifest)).collect())
}
