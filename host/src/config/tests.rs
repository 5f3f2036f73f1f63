//! What a configuration means, and how its mistakes are told.

use std::collections::HashMap;
use std::ffi::OsString;

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
    let variables: HashMap<String, OsString> =
        variables.iter().map(|(name, value)| (name.to_string(), OsString::from(value))).collect();
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
fn a_variable_that_is_not_utf_8_is_an_error_and_not_the_default() {
    use std::os::unix::ffi::OsStringExt;
    for variable in ["COFFERDAM_STORE", "COFFERDAM_WORKER_LEASE", "COFFERDAM_CACHE_DIR"] {
        let environment: Box<Environment> =
            Box::new(move |name| (name == variable).then(|| OsString::from_vec(b"a\xff.db".to_vec())));
        let failure = load(&Globals::default(), &environment, false).unwrap_err();
        assert!(failure.what().starts_with(&format!("environment variable {variable}: ")), "{failure}");
        assert!(failure.what().ends_with("is not UTF-8"), "{failure}");
    }
}

#[test]
fn what_is_out_of_bounds_is_a_mistake_that_names_the_bound() {
    for (text, expected) in [
        ("[worker]\nmemory_budget = \"0B\"", "2: `worker.memory_budget`: `0B` leaves room for nothing"),
        ("[worker]\nqueues = []", "2: `worker.queues`: an empty list names no queue"),
        ("[worker]\nconcurrency = 10001", "2: `worker.concurrency`: `10001` is not a number from 1 to 10000"),
        ("[worker]\nlease = \"1s\"", "2: `worker.lease`: a lease under `2s`"),
        ("[worker]\nlease = \"25h\"", "2: `worker.lease`: a lease over `1d`"),
        ("[policy]\nmemory_max = \"0B\"", "2: `policy.memory_max`: `0B` leaves room for nothing"),
        ("[policy]\nfuel_max = 0", "2: `policy.fuel_max`: 0 lets no job run"),
        ("[limits]\ninput = 0", "2: `limits.input`: `0` leaves room for nothing"),
        ("[cache]\ndir = \"\"", "2: `cache.dir`: an empty text names no directory"),
        ("[log]\nlevel = \"bogus\"", "2: `log.level`: `bogus` is not a level"),
    ] {
        let (_, mistakes) = applied(text);
        assert!(mistakes.len() == 1 && mistakes[0].starts_with(expected), "{text}: {mistakes:?}");
    }
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

#[test]
fn a_limit_that_nobody_set_is_that_of_the_kind_of_store() {
    let (mut config, mistakes) = applied("[limits]\ninput = \"2MiB\"\n");
    assert!(mistakes.is_empty(), "{mistakes:?}");
    assert_eq!((config.size_limits().input_bytes, config.size_limits().output_bytes), (2 << 20, 1 << 20));
    config.store.url = StoreUrl::parse("redis://localhost", None).unwrap();
    let sizes = config.size_limits();
    assert_eq!((sizes.input_bytes, sizes.append_bytes), (2 << 20, 512 << 10));
    assert_eq!(
        (sizes.output_bytes, sizes.checkpoint_bytes, sizes.module_bytes),
        (512 << 10, 512 << 10, 64 << 20)
    );
}

#[test]
fn a_grant_inside_of_one_that_jobs_may_write_to_is_a_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let (root, alias) = (dir.path().join("root"), dir.path().join("alias"));
    std::fs::create_dir_all(root.join("in")).unwrap();
    std::os::unix::fs::symlink(&root, &alias).unwrap();
    let told = |outer: &str, outer_dir: &std::path::Path, inner_dir: &std::path::Path| {
        let text = format!(
            "[grants.outer]\n{outer} = {outer_dir:?}\nkinds = [\"*\"]\n[grants.inner]\nread = {inner_dir:?}\nkinds = [\"*\"]\n"
        );
        applied(&text).1
    };
    for inner in [root.join("in"), root.join("not there"), alias.join("in")] {
        let mistakes = told("write", &root, &inner);
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes[0].starts_with("4: `grants.inner` is inside of `grants.outer`"), "{mistakes:?}");
    }
    assert!(told("read", &root, &root.join("in")).is_empty(), "nobody can put a link there");
    assert!(told("write", &root, &root).is_empty());
    assert!(told("write", &root.join("in"), &root).is_empty());
}

#[test]
fn no_grant_opens_what_the_worker_lives_from() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for folder in ["store", "cache", "jobs"] {
        std::fs::create_dir(at(folder)).unwrap();
    }
    std::os::unix::fs::symlink(at("store"), at("alias")).unwrap();
    let told = |word: &str, granted: &std::path::Path| {
        let text = format!(
            "[store]\nurl = {:?}\n[cache]\ndir = {:?}\n[grants.data]\n{word} = {granted:?}\nkinds = [\"*\"]\n",
            format!("sqlite:{}", at("store/jobs.db").display()),
            at("cache/of/code"),
        );
        applied(&text).1
    };
    for (granted, what) in [
        (at(""), "the store is inside of it"),
        (at("store"), "the store is inside of it"),
        (at("alias"), "the store is inside of it"),
        (at("cache"), "the cache of compiled modules is inside of it"),
    ] {
        for word in ["read", "write"] {
            let mistakes = told(word, &granted);
            assert_eq!(mistakes.len(), 1, "{mistakes:?}");
            assert!(
                mistakes[0].starts_with("5: `grants.data` opens") && mistakes[0].contains(what),
                "{mistakes:?}"
            );
        }
    }
    assert!(told("write", &at("jobs")).is_empty());
    assert!(told("write", &at("store/of/others")).is_empty(), "beside it is not inside of it");
}

#[test]
fn a_quota_of_what_is_only_read_is_a_mistake() {
    let (_, mistakes) = applied("[grants.in]\nread = \"/srv\"\nkinds = [\"*\"]\nquota = \"1MiB\"\n");
    assert_eq!(mistakes, ["4: `grants.in.quota` is for what jobs may write: this one is only read"]);
}
