//! What a manifest's grants become.

use std::sync::Arc;

use bytes::Bytes;
use cofferdam_queue::{Grants, Manifest, ManifestDraft, ModuleHash, Pointer, SizeLimits, Timestamp};
use cofferdam_worker::{LoadError, Sandbox};

use super::grants::{are_there, resolve};
use super::{Bridge, Guests, open_engine};
use crate::config::{Access, Config, GrantedDir};

fn manifest(read: &[&str], write: &[&str]) -> Manifest {
    let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    let grants = Some(Grants { read: names(read), write: names(write) });
    ManifestDraft { grants, ..ManifestDraft::default() }.resolve(Some("flights.delays")).unwrap()
}

fn granted(name: &str, access: Access, kinds: &str) -> GrantedDir {
    GrantedDir {
        name: name.to_owned(),
        access,
        dir: "/srv".into(),
        kinds: vec![kinds.to_owned()],
        quota: cofferdam_sandbox::Quota::default(),
    }
}

#[test]
fn a_job_gets_what_it_asks_for_and_no_more() {
    let granted = [granted("in", Access::Read, "*"), granted("out", Access::Write, "flights.*")];
    let grants = resolve(&manifest(&["out"], &[]), &granted).unwrap();
    assert_eq!((grants.len(), grants[0].name.as_str(), grants[0].write), (1, "out", false));
    let grants = resolve(&manifest(&["in", "out"], &["out"]), &granted).unwrap();
    assert_eq!(grants.iter().map(|grant| grant.write).collect::<Vec<_>>(), [false, true]);
    assert!(resolve(&manifest(&[], &[]), &granted).unwrap().is_empty());
}

#[test]
fn a_grant_that_is_not_there_or_not_for_this_kind_is_named() {
    for (granted, expected) in [
        (vec![], "which this worker does not have"),
        (vec![granted("out", Access::Write, "other.*")], "`kinds` do not include it"),
        (vec![granted("out", Access::Read, "*")], "which is for reading"),
    ] {
        let why = resolve(&manifest(&[], &["out"]), &granted).unwrap_err();
        assert!(why.contains(expected) && why.contains("`out`"), "{why}");
    }
}

#[test]
fn a_directory_that_is_not_there_is_named_with_its_grant() {
    let here = [GrantedDir { dir: "/".into(), ..granted("in", Access::Read, "*") }];
    assert_eq!(are_there(&resolve(&manifest(&["in"], &[]), &here).unwrap()), Ok(()));
    let gone = [GrantedDir { dir: "/no/such".into(), ..granted("in", Access::Read, "*") }];
    let why = are_there(&resolve(&manifest(&["in"], &[]), &gone).unwrap()).unwrap_err();
    assert!(why.contains("`in`") && why.contains("`/no/such`"), "{why}");
}

#[tokio::test]
async fn other_bytes_than_those_of_the_hash_are_not_run() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.cache.dir = Some(dir.path().join("cache"));
    let bridge = Bridge {
        engine: open_engine(&config, 1).unwrap(),
        guests: Arc::new(Guests::for_all_cores().unwrap()),
        granted: Vec::new(),
        sizes: SizeLimits::default(),
    };
    let wasm = Bytes::from_static(
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x05\x03\x01\0\x01\x07\x0a\x01\x06_start\0\0\x0a\x04\x01\x02\0\x0b",
    );
    let manifest = manifest(&[], &[]);
    let pointer = |module| Pointer {
        kind: manifest.kind.clone(),
        module,
        manifest: manifest.clone(),
        current: true,
        deployed_at: Timestamp(0),
    };
    match bridge.load(pointer(ModuleHash([7; 32])), wasm.clone()).await {
        Err(LoadError::Host(why)) => {
            assert!(why.contains("sha256:0707") && why.contains("other bytes"), "{why}")
        }
        other => panic!("{:?}", other.map(drop)),
    }
    let own = bridge.engine.load(&wasm).unwrap().hash().parse().unwrap();
    assert!(bridge.load(pointer(own), wasm).await.is_ok());
}
