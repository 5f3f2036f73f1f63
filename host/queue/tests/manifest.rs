//! Manifests as authors and operators write them, and the policy that bounds them.

use cofferdam_queue::{Manifest, ManifestDraft, Policy};

fn resolve(json: &str) -> Result<Manifest, String> {
    let draft: ManifestDraft = serde_json::from_str(json).map_err(|error| error.to_string())?;
    draft.resolve(None)
}

#[test]
fn quantities_are_numbers_or_text_with_a_unit() {
    let by_hand = resolve(
        r#"{"kind":"a.b","memory":"16MiB","memory_ladder":["64MiB"],"fuel":"50G","timeout":"1h","host_allowance":"1MiB"}"#,
    );
    let by_macro = resolve(
        r#"{"kind":"a.b","memory_bytes":16777216,"memory_ladder_bytes":[67108864],"fuel":50000000000,"timeout_ms":3600000,"host_allowance_bytes":1048576}"#,
    );
    assert_eq!(by_hand.unwrap(), by_macro.unwrap());
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    let manifest = resolve(r#"{"kind":"a"}"#).unwrap();
    assert_eq!(manifest.memory_ladder_bytes, [128 << 20]);
    assert_eq!((manifest.fuel, manifest.timeout_ms), (1_000_000_000_000, 3_600_000));
    assert_eq!((manifest.retries, manifest.queue.as_str()), (25, "default"));
    assert_eq!((manifest.checkpoint_version, manifest.host_allowance_bytes), (1, 4 << 20));
    assert_eq!(manifest.reservation_bytes(0), (128 << 20) + (4 << 20));
}

#[test]
fn a_wrong_manifest_is_refused_by_the_key_at_fault() {
    for (json, says) in [
        (r#"{}"#, "names no `kind`"),
        (r#"{"kind":"A b"}"#, "kind `A b` is not a name"),
        (r#"{"kind":"a","memori":1}"#, "unknown field `memori`"),
        (r#"{"kind":"a","memory":"16MB"}"#, "`16MB` is not a size"),
        (r#"{"kind":"a","abi":2}"#, "`abi` is 2"),
        (r#"{"kind":"a","memory":"64MiB","memory_ladder":["16MiB"]}"#, "64MiB is followed by 16MiB"),
        (r#"{"kind":"a","fuel":0}"#, "`fuel` is 0"),
    ] {
        let error = resolve(json).unwrap_err();
        assert!(error.contains(says), "{json}: {error}");
    }
}

#[test]
fn an_operator_overrides_what_the_author_wrote() {
    let author: ManifestDraft = serde_json::from_str(r#"{"kind":"a","memory":"16MiB","retries":3}"#).unwrap();
    let operator: ManifestDraft = serde_json::from_str(r#"{"memory":"32MiB"}"#).unwrap();
    let manifest = author.overridden_by(operator).resolve(None).unwrap();
    assert_eq!((manifest.memory_bytes(0), manifest.retries), (32 << 20, 3));
}

#[test]
fn a_step_beyond_a_shorter_ladder_counts_as_its_last() {
    let manifest = resolve(r#"{"kind":"a","memory":"16MiB","memory_ladder":["64MiB"]}"#).unwrap();
    assert_eq!(manifest.memory_bytes(7), 64 << 20);
}

#[test]
fn a_policy_names_what_is_asked_and_what_is_allowed() {
    let manifest = resolve(r#"{"kind":"a","memory":"16MiB","memory_ladder":["1GiB"]}"#).unwrap();
    let policy = Policy { memory_bytes_max: 256 << 20, ..Policy::default() };
    assert_eq!(
        policy.check(&manifest).unwrap_err().to_string(),
        "`a` asks for 1GiB of memory; this operator's policy allows 256MiB: lower `memory` in the manifest, \
         or raise `policy.memory_max`"
    );
    assert_eq!(Policy::default().check(&manifest), Ok(()));
}
