//! Which package may use which: the boundary is the manifest, and every path in a
//! source stays within it.

use std::collections::BTreeSet;

use crate::tree::File;
use crate::{Tree, none};

/// What a package may depend on, and which paths its sources never name.
struct Boundary {
    /// Its folder.
    folder: &'static str,
    /// Every dependency it may have; empty: any but those in `never`.
    may: &'static [&'static str],
    /// Dependencies and paths that it never has.
    never: &'static [&'static str],
}

const BOUNDARIES: &[Boundary] = &[
    // Pure: no I/O, no clock, no runtime. serde_json: a report holds a job's output as JSON.
    Boundary {
        folder: "host/queue",
        may: &["serde", "serde_json", "bytes", "thiserror"],
        never: &[
            "tokio",
            "wasmtime",
            "rusqlite",
            "redis",
            "axum",
            "clap",
            "tracing",
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "std::io",
            "std::env",
            "SystemTime",
            "Instant",
        ],
    },
    Boundary {
        folder: "host/store",
        may: &[
            "cofferdam-queue",
            "bytes",
            "futures-util",
            "lz4_flex",
            "rand",
            "rusqlite",
            "redis",
            "rustix",
            "rustls",
            "serde",
            "serde_json",
            "sha2",
            "strsim",
            "thiserror",
            "tokio",
            "tracing",
        ],
        never: &["wasmtime", "cofferdam-worker", "cofferdam-sandbox", "axum", "clap"],
    },
    // It has never heard of a queue.
    Boundary {
        folder: "host/sandbox",
        may: &[],
        never: &[
            "cofferdam-queue",
            "cofferdam-store",
            "cofferdam-worker",
            "cofferdam",
            "rusqlite",
            "redis",
            "axum",
            "clap",
        ],
    },
    Boundary {
        folder: "host/worker",
        may: &[
            "cofferdam-queue",
            "bytes",
            "futures-util",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tracing",
        ],
        never: &[
            "cofferdam-store",
            "cofferdam-sandbox",
            "wasmtime",
            "rusqlite",
            "redis",
            "axum",
            "clap",
            "rand",
        ],
    },
    // The engine and the databases are behind their crates.
    Boundary { folder: "host", may: &[], never: &["wasmtime", "wasmtime-wasi", "rusqlite", "redis"] },
    // Job authors get nothing of the host's.
    Boundary {
        folder: "guest-sdk",
        may: &["cofferdam-sdk-macros", "log", "tracing", "tracing-core", "serde", "serde_json"],
        never: &["cofferdam-queue", "cofferdam-sandbox", "wasmtime", "tokio"],
    },
];

/// The part of the worker that may know real time, threads and randomness.
const WORLD: &str = "host/worker/src/world";

#[test]
fn the_manifests_keep_to_the_table() {
    let mut broken = Vec::new();
    for boundary in BOUNDARIES {
        let manifest = Tree::read().file(&format!("{}/Cargo.toml", boundary.folder));
        for name in dependencies(manifest) {
            let allowed = boundary.may.is_empty() || boundary.may.contains(&name.as_str());
            if !allowed || boundary.never.contains(&name.as_str()) {
                broken.push(format!("{} depends on `{name}`", manifest.path));
            }
        }
    }
    none("not in the table of packages:", broken);
}

#[test]
fn the_sources_keep_to_the_table() {
    let mut broken = Vec::new();
    for boundary in BOUNDARIES {
        let src = format!("{}/src/", boundary.folder);
        for file in Tree::read().sources().filter(|file| file.path.starts_with(&src)) {
            for line in file.lines().filter(|line| !line.in_test) {
                let found = boundary.never.iter().find(|never| names(line.code, &never.replace('-', "_")));
                broken.extend(found.map(|never| format!("{}: `{never}`", file.at(&line))));
            }
        }
    }
    none("not in the table of packages:", broken);
}

#[test]
fn the_worker_meets_time_threads_and_chance_in_one_place_only() {
    let real = [
        "std::thread",
        "SystemTime",
        "Instant::now",
        "tokio::time",
        "tokio::spawn",
        "tokio::task::spawn",
        "rand",
        "std::fs",
        "std::net",
        "std::process",
    ];
    let sources = Tree::read().sources();
    let worker =
        sources.filter(|file| file.path.starts_with("host/worker/src/") && !file.path.starts_with(WORLD));
    let broken = worker.flat_map(|file| {
        file.lines()
            .filter(move |line| !line.in_test && real.iter().any(|path| names(line.code, path)))
            .map(move |line| format!("{}: {}", file.at(&line), line.code.trim()))
    });
    none("go through the worker's world, so that the simulation can run it:", broken.collect());
}

#[test]
fn the_stores_do_not_know_each_other() {
    let store = |name: &'static str, other: &'static str| {
        let folder = format!("host/store/src/{name}/");
        Tree::read().sources().filter(move |file| file.path.starts_with(&folder)).flat_map(move |file| {
            file.lines().filter(move |line| names(line.code, other)).map(move |line| file.at(&line))
        })
    };
    let crossing = store("sqlite", "crate::redis").chain(store("redis", "crate::sqlite"));
    none("what two stores share has a name of its own:", crossing.collect());
}

#[test]
fn a_path_is_found_as_a_whole_and_not_in_longer_names() {
    assert!(names("use wasmtime::Engine;", "wasmtime"));
    assert!(names("fn f() -> std::time::Instant {", "Instant"));
    assert!(!names("use wasmtime_wasi::p1;", "wasmtime"));
    assert!(names("use ::redis::Client;", "redis"));
    assert!(!names("use cofferdam_store::redis::Address;", "redis"));
    assert!(!names("cofferdam_store_path", "cofferdam_store"));
    assert!(!names("#[error(\"`redis` is a store of its own\")]", "redis"));
}

/// The names under `[dependencies]` and `[build-dependencies]`.
fn dependencies(manifest: &File) -> BTreeSet<String> {
    let table: toml::Table = toml::from_str(&manifest.text).expect("a manifest that parses");
    ["dependencies", "build-dependencies"]
        .iter()
        .filter_map(|section| table.get(*section)?.as_table())
        .flat_map(|section| section.keys().cloned())
        .collect()
}

/// Whether the code names this path: as a crate or module (`path::`), or, for a path that
/// ends in a type, by itself. Text in quotes is not code.
fn names(code: &str, path: &str) -> bool {
    let code: String = code.split('"').step_by(2).collect();
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let is_type = path.rsplit("::").next().is_some_and(|last| last.starts_with(char::is_uppercase));
    code.match_indices(path).any(|(at, found)| {
        let before = &code[..at];
        let after = &code[at + found.len()..];
        // A module of another crate may be called like a crate: `cofferdam_store::redis::Address`.
        let within = before.strip_suffix("::").is_some_and(|path| path.ends_with(part));
        let whole = (is_type || !within) && !before.ends_with(part) && !after.starts_with(part);
        whole && (is_type || path.contains("::") || after.starts_with("::") || after.starts_with(';'))
    })
}
