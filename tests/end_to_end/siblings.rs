//! One oversized job traps alone, and nothing else notices.

use cofferdam_tests::{Look, Site};

#[test]
fn bombs_end_alone_and_every_sibling_completes() {
    let site = Site::new();
    site.deploy(&[
        "hoards_rows",
        "asks_for_a_gigabyte",
        "overflows_its_stack",
        "panics_after_a_refusal",
        "counts",
    ]);
    let bombs = ["hoards_rows", "asks_for_a_gigabyte", "overflows_its_stack", "panics_after_a_refusal"];
    let mut siblings = Vec::new();
    let mut bombed = Vec::new();
    for _round in 0..3 {
        for bomb in bombs {
            siblings.push(site.push("guest.counts", r#"{"to":200,"rounds":1000,"append":true}"#));
            bombed.push(site.push(&format!("guest.{bomb}"), "null"));
        }
    }
    let mut worker = site.work(&["-c", "8", "--memory-budget", "64MiB"]);
    for id in &bombed {
        let job = site.until_state(id, "dead");
        assert!(["memory_limit", "trapped"].contains(&job.text("outcome")), "{job:#}");
    }
    let digests: Vec<_> = siblings
        .iter()
        .map(|id| {
            let job = site.until_state(id, "completed");
            assert_eq!(
                job.at("attempts").as_array().map(Vec::len),
                Some(1),
                "no sibling was disturbed: {job:#}"
            );
            job.at("output.digest").clone()
        })
        .collect();
    assert!(digests.iter().all(|digest| digest.is_u64() && *digest == digests[0]), "{digests:?}");
    assert!(!worker.has_ended(), "one process served them all");
}

#[test]
fn an_endless_loop_delays_nobody_and_ends_dead_on_its_fuel() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let module = cofferdam_tests::guest("spins");
    let module = module.to_str().expect("a path in UTF-8");
    site.run(["deploy", module, "--fuel", "300M", "--kind", "guest.spins"]).done();
    let spinning: Vec<String> = (0..4).map(|_| site.push("guest.spins", "null")).collect();
    let _worker = site.work(&["-c", "8"]);
    let quick = site.push("guest.echoes", "[1]");
    site.until_state(&quick, "completed");
    for id in &spinning {
        let job = site.until_state(id, "dead");
        assert_eq!(job.text("outcome"), "fuel_limit");
        assert_eq!(job.number("fuel.used"), 300_000_000);
    }
}
