//! What a configuration means, and how its mistakes are told.

use std::collections::HashMap;

use cofferdam_queue::QueueName;

use super::value::Value;
use super::*;

fn applied(text: &str) -> (Config, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cofferdam.toml");
    std::fs::write(&path, text).unwrap();
    let (config, mistakes) = check_file(&path).unwrap();
    let prefix = format!("{}:", path.display());
    (config, mistakes.iter().map(|m| m.to_string().replace(&prefix, "")).collect())
}

fn environment(variables: &[(&str, &str)]) -> Box<Environment> {
    let variables: HashMap<String, String> =
        variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Box::new(move |name| variables.get(name).cloned())
}

#[test]
fn the_documented_default_of_every_key_is_its_default() {
    for key in KEYS.iter().filter(|key| !key.default.starts_with('[')) {
        let mut config = Config::default();
        (key.set)(&mut config, &Value::text(key.default)).unwrap_or_else(|why| panic!("{}: {why}", key.path));
        assert_eq!(config, Config::default(), "{}", key.path);
    }
}

#[test]
fn every_key_is_named_once_and_says_what_it_is_for() {
    let mut paths: Vec<_> = KEYS.iter().map(|key| key.path).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), KEYS.len());
    assert!(KEYS.iter().all(|key| !key.doc.is_empty() && !key.doc.ends_with('.')));
}

#[test]
fn an_unknown_key_and_a_wrong_unit_name_their_line_and_what_was_meant() {
    let (_, mistakes) = applied(
        "[worker]\nconcurency = 4\nlease = \"15 sec\"\n\n[stroe]\nurl = \"x\"\n\n[limits]\ninput = true\n",
    );
    assert_eq!(
        mistakes,
        [
            "2: unknown key `worker.concurency`; did you mean `worker.concurrency`?",
            "3: `worker.lease`: `15 sec` is not a duration: write a number with ms, s, m, h or d, like `30s`",
            "5: unknown section `[stroe]`; did you mean `store`?",
            "9: `limits.input`: `true or false` is not a size: write a number with B, KiB, MiB or GiB, like `64MiB`",
        ]
    );
}

#[test]
fn a_file_that_is_not_toml_names_the_line() {
    let (_, mistakes) = applied("[worker]\nlease = \n");
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].starts_with("2: "), "{}", mistakes[0]);
}

#[test]
fn a_grant_must_say_where_it_leads_and_for_whom() {
    let (config, mistakes) = applied(
        "[grants.flights]\nread = \"/srv/flights\"\nkinds = [\"flights.*\"]\n\
         [grants.out]\nwrite = \"out\"\nread = \"out\"\nkinds = [\"*\"]\n\
         [grants.open]\nread = \"/\"\n\
         [grants.odd]\nread = \"/\"\nkind = [\"*\"]\n",
    );
    assert_eq!(config.grants.len(), 1);
    assert!(config.grants[0].is_for("flights.delays") && !config.grants[0].is_for("other"));
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    assert!(mistakes[0].contains("both `read` and `write`"), "{}", mistakes[0]);
    assert!(mistakes[1].starts_with("8: `grants.open` is for no kind"), "{}", mistakes[1]);
    assert_eq!(mistakes[2], "12: unknown key `grants.odd.kind`; did you mean `kinds`?");
}

#[test]
fn flags_go_over_the_environment_over_the_file_over_the_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("some.toml");
    std::fs::write(&path, "[store]\nurl = \"file.db\"\n[worker]\nlease = \"20s\"\nconcurrency = 3\n")
        .unwrap();
    let mut globals = Globals { config: Some(path), ..Globals::default() };
    let variables = environment(&[("COFFERDAM_STORE", "env.db"), ("COFFERDAM_WORKER_LEASE", "30s")]);

    let config = load(&globals, &environment(&[]), false).unwrap();
    assert_eq!(config.store.url, StoreUrl::Sqlite(dir.path().join("file.db")));
    let config = load(&globals, &variables, false).unwrap();
    assert_eq!(config.store.url, StoreUrl::Sqlite("env.db".into()));
    assert_eq!((config.worker.lease_ms, config.worker.concurrency), (30_000, Some(3)));
    globals.store = Some("sqlite:flag.db".to_owned());
    let config = load(&globals, &variables, false).unwrap();
    assert_eq!(config.store.url, StoreUrl::Sqlite("flag.db".into()));
    assert_eq!(config.worker.drain_timeout_ms, 25_000);
}

#[test]
fn a_wrong_environment_variable_is_named() {
    let variables = environment(&[("COFFERDAM_LIMITS_INPUT", "1MB")]);
    let failure = load(&Globals::default(), &variables, false).unwrap_err();
    assert!(failure.what().starts_with("environment variable COFFERDAM_LIMITS_INPUT: `1MB`"), "{failure}");
}

#[test]
fn queues_are_strict_until_one_has_a_weight() {
    let name = |name: &str| -> QueueName { name.parse().unwrap() };
    assert_eq!(parse_queues("a,b"), Ok(QueueOrder::Strict(vec![name("a"), name("b")])));
    assert_eq!(parse_queues("a=3, b"), Ok(QueueOrder::Weighted(vec![(name("a"), 3), (name("b"), 1)])));
    for wrong in ["", "a,,b", "a=0", "a=x", "a,a", "A"] {
        assert!(parse_queues(wrong).is_err(), "{wrong}");
    }
}
