//! What a manifest's grants become.

use std::sync::Arc;

use bytes::Bytes;
use cofferdam_queue::{Grants, ManifestDraft, ModuleHash, Pointer, SizeLimits, Timestamp};
use cofferdam_worker::{LoadError, Sandbox};

use super::grants::{are_there, resolve};
use super::{Bridge, Guests, open_engine};
use crate::config::{Access, Config, GrantedDir};

fn pointer(read: &[&str], write: &[&str]) -> Pointer {
    let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    let grants = Some(Grants { read: names(read), write: names(write) });
    let manifest =
        ManifestDraft { grants, ..ManifestDraft::default() }.resolve(Some("flights.delays")).unwrap();
    Pointer {
        kind: manifest.kind.clone(),
        module: ModuleHash([7; 32]),
        manifest,
        current: true,
        deployed_at: Timestamp(0),
    }
}

fn granted(name: &str, access: Access, kinds: &str) -> GrantedDir {
    GrantedDir {
        name: name.to_owned(),
        access,
        dir: "/srv".into(),
        kinds: vec![kinds.to_owned()],
        modules: Vec::new(),
        quota: cofferdam_sandbox::Quota::default(),
    }
}

#[test]
fn a_job_gets_what_it_asks_for_and_no_more() {
    let granted = [granted("in", Access::Read, "*"), granted("out", Access::Write, "flights.*")];
    let grants = resolve(&pointer(&["out"], &[]), &granted).unwrap();
    assert_eq!((grants.len(), grants[0].name.as_str(), grants[0].write), (1, "out", false));
    let grants = resolve(&pointer(&["in", "out"], &["out"]), &granted).unwrap();
    assert_eq!(grants.iter().map(|grant| grant.write).collect::<Vec<_>>(), [false, true]);
    assert!(resolve(&pointer(&[], &[]), &granted).unwrap().is_empty());
}

#[test]
fn a_grant_that_is_not_there_or_not_for_this_kind_is_named() {
    for (granted, expected) in [
        (vec![], "which this worker does not have"),
        (vec![granted("out", Access::Write, "other.*")], "`kinds` do not include it"),
        (vec![granted("out", Access::Read, "*")], "which is for reading"),
    ] {
        let why = resolve(&pointer(&[], &["out"]), &granted).unwrap_err();
        assert!(why.contains(expected) && why.contains("`out`"), "{why}");
    }
}

#[test]
fn a_directory_that_is_not_there_is_named_with_its_grant() {
    let here = [GrantedDir { dir: "/".into(), ..granted("in", Access::Read, "*") }];
    assert_eq!(are_there(&resolve(&pointer(&["in"], &[]), &here).unwrap()), Ok(()));
    let gone = [GrantedDir { dir: "/no/such".into(), ..granted("in", Access::Read, "*") }];
    let why = are_there(&resolve(&pointer(&["in"], &[]), &gone).unwrap()).unwrap_err();
    assert!(why.contains("`in`") && why.contains("`/no/such`"), "{why}");
}

#[test]
fn a_grant_for_some_modules_is_for_no_other_of_their_kind() {
    let mut granted = [granted("in", Access::Read, "*")];
    granted[0].modules = vec![ModuleHash([1; 32]), ModuleHash([7; 32])];
    assert_eq!(resolve(&pointer(&["in"], &[]), &granted).unwrap().len(), 1);
    granted[0].modules.pop();
    let why = resolve(&pointer(&["in"], &[]), &granted).unwrap_err();
    assert!(why.contains("`modules` do not include `sha256:0707"), "{why}");
}

fn bridge(cache: &std::path::Path) -> Bridge {
    let mut config = Config::default();
    config.cache.dir = Some(cache.to_owned());
    Bridge {
        engine: open_engine(&config, 1).unwrap(),
        guests: Arc::new(Guests::for_all_cores().unwrap()),
        granted: Vec::new(),
        sizes: SizeLimits::default(),
    }
}

#[tokio::test]
async fn other_bytes_than_those_of_the_hash_are_not_run() {
    let dir = tempfile::tempdir().unwrap();
    let bridge = bridge(&dir.path().join("cache"));
    let wasm = Bytes::from_static(
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x05\x03\x01\0\x01\x07\x0a\x01\x06_start\0\0\x0a\x04\x01\x02\0\x0b",
    );
    match bridge.load(pointer(&[], &[]), wasm.clone()).await {
        Err(LoadError::Host(why)) => {
            assert!(why.contains("sha256:0707") && why.contains("other bytes"), "{why}")
        }
        other => panic!("{:?}", other.map(drop)),
    }
    let own = bridge.engine.load(&wasm).unwrap().hash().parse().unwrap();
    assert!(bridge.load(Pointer { module: own, ..pointer(&[], &[]) }, wasm).await.is_ok());
}

#[tokio::test]
async fn what_nobody_could_deploy_is_refused_where_it_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let bridge = bridge(&dir.path().join("cache"));
    match bridge.load(pointer(&[], &[]), Bytes::from_static(b"\0asm\x01\0\0\0")).await {
        Err(LoadError::Refused(why)) => assert!(why.contains("`_start`"), "{why}"),
        other => panic!("{:?}", other.map(drop)),
    }
}
