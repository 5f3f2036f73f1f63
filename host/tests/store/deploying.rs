//! `deploy` and `modules`: what is new, what is refused, and the way back.

use crate::modules::{CAT, DIES, NEITHER, TELLS};
use crate::place::Place;

#[test]
fn a_deploy_says_what_it_changed() {
    let place = Place::new();
    let cat = place.module("cat.wasm", CAT);
    assert!(place.ok(&["deploy", &cat]).ends_with("(new)\n"));
    assert!(place.ok(&["deploy", &cat]).ends_with("(unchanged)\n"));
    assert!(place.ok(&["deploy", &cat, "--memory", "2MiB"]).contains("another manifest"));
    let other = place.module("other.wasm", &CAT.replace("60000", "50000"));
    let first = place.object(&["deploy", &cat, "--json"])["module"].clone();
    assert_eq!(place.object(&["deploy", &other, "--kind", "cat", "--json"])["previous"], first);
}

#[test]
fn flags_say_what_a_manifest_would() {
    let place = Place::new();
    let cat = place.module("cat.wasm", CAT);
    let flags = [
        "--kind",
        "text.cat",
        "--memory",
        "2MiB",
        "--fuel",
        "5G",
        "--timeout",
        "3s",
        "--retries",
        "0",
        "--queue",
        "text",
        "--output",
        "json",
    ];
    place.ok(&[&["deploy", cat.as_str()], &flags[..]].concat());
    let module = &place.objects(&["modules", "list", "--json"])[0];
    assert_eq!(module["kind"], "text.cat");
    let manifest = &module["manifest"];
    assert_eq!(manifest["memory_ladder_bytes"][0], 2 << 20);
    assert_eq!(manifest["fuel"], 5_000_000_000_u64);
    assert_eq!((&manifest["timeout_ms"], &manifest["retries"]), (&3_000.into(), &0.into()));
    assert_eq!((&manifest["queue"], &manifest["output"]), (&"text".into(), &"json".into()));
}

#[test]
fn nothing_is_deployed_when_one_of_the_modules_is_refused() {
    let place = Place::new();
    let cat = place.module("cat.wasm", CAT);
    for (name, bytes, expected) in [
        ("text.wasm", &b"(module)"[..], "WebAssembly text"),
        ("elf.wasm", b"\x7fELF", "not a WebAssembly module"),
        ("component.wasm", b"\0asm\x0d\0\x01\0", "component"),
        ("cut.wasm", b"\0asm\x01\0", "truncated"),
    ] {
        let name = place.file(name, bytes);
        let error = place.fails(1, &["deploy", &cat, &name]);
        assert!(error.contains(&name) && error.contains(expected), "{error}");
        assert!(error.contains("nothing was deployed"), "{error}");
    }
    let neither = place.module("neither.wasm", NEITHER);
    for command in ["run", "inspect"] {
        assert_eq!(place.run(&[command, &neither]).code, 126, "{command}");
    }
    let error = place.fails(1, &["deploy", &cat, &neither]);
    assert!(error.contains("cofferdam_v1.stop_requested") && error.contains("as a job"), "{error}");
    assert!(place.fails(1, &["deploy", &cat, "none.wasm"]).contains("`none.wasm`"));
    assert!(!place.path("cofferdam.db").exists(), "a refused deploy made a store");
}

#[test]
fn a_deploy_over_the_policy_is_refused_with_both_figures() {
    let place = Place::new();
    let cat = place.module("cat.wasm", CAT);
    let config = place.file("strict.toml", "[policy]\nmemory_max = \"1MiB\"\n");
    let error = place.fails(1, &["deploy", &cat, "-C", &config]);
    assert!(
        error.contains("128MiB") && error.contains("1MiB") && error.contains("policy.memory_max"),
        "{error}"
    );
    let inspected = place.run(&["inspect", &cat, "-C", &config]);
    assert_eq!(inspected.code, 126, "{}", inspected.stdout);
    assert!(inspected.stdout.contains("policy.memory_max"), "{}", inspected.stdout);
    assert_eq!(place.run(&["inspect", &cat]).code, 0);
    let error = place.fails(1, &["deploy", &cat, "--memory", "5GiB"]);
    assert!(error.contains("5GiB") && error.contains("4GiB is the most"), "{error}");
    let error = place.fails(1, &["deploy", &cat, "--memory", "64KiB"]);
    assert!(error.contains("131072") && error.contains("65536"), "{error}");
}

#[test]
fn one_kind_is_for_one_module() {
    let place = Place::new();
    let (one, two) = (place.module("cat.wasm", CAT), place.module("tells.wasm", TELLS));
    assert!(place.fails(2, &["deploy", &one, &two, "--kind", "x"]).contains("2 are given"));
    std::fs::create_dir(place.path("b")).unwrap();
    place.module("b/cat.wasm", CAT);
    let error = place.fails(1, &["deploy", &one, "b/cat.wasm"]);
    assert!(error.contains("kind `cat`") && error.contains("`cat.wasm`"), "{error}");
}

#[test]
fn a_rollback_goes_to_the_module_before_and_names_what_it_cannot_find() {
    let place = Place::new();
    let (one, two) =
        (place.module("one.wasm", TELLS), place.module("two.wasm", &DIES.replace("dies", "tells")));
    let first = place.object(&["deploy", &one, "--json"])["module"].clone();
    let error = place.fails(1, &["modules", "rollback", "test.tells"]);
    assert!(error.contains("no module before"), "{error}");
    place.ok(&["deploy", &two]);
    assert_eq!(place.object(&["modules", "rollback", "test.tells", "--json"])["module"], first);
    assert!(place.fails(1, &["modules", "rollback", "test.tell"]).contains("did you mean `test.tells`?"));
    let unknown = format!("sha256:{}", "0".repeat(64));
    assert!(
        place.fails(1, &["modules", "rollback", "test.tells", "--to", &unknown]).contains("never deployed")
    );
    assert_eq!(
        place.object(&["modules", "prune", "--keep", "0", "--json"])["modules"].as_array().unwrap().len(),
        1
    );
}
