//! Plain WASI commands, which know nothing of Cofferdam.

use cofferdam_tests::{Look, Site, guest};

use crate::{Seen, see};

#[test]
fn counts_words() {
    see("counts_words", &["--input", "one two  three\nfour"])
        .ended("completed", 0)
        .at("output", "4\n")
        .at("kind", "counts_words");
    let site = Site::new();
    let text = site.write("text.txt", "a b c");
    let module = guest("counts_words");
    let piped = site.run_reading(&text, ["run", module.to_str().expect("a path in UTF-8")]).done();
    assert_eq!(piped.stdout, "3\n", "its own stdout, as it comes");
    let file = format!("@{}", text.display());
    see("counts_words", &["--input", &file]).ended("completed", 0).at("output", "3\n");
}

#[test]
fn exits_with() {
    for code in [0, 1, 7, 42, 255] {
        let outcome = if code == 0 { "completed" } else { "failed" };
        let seen = see("exits_with", &["--", &code.to_string()]).ended(outcome, code);
        assert!(seen.report.text("stderr").contains(&format!("exiting with Some({code})")));
    }
    // What no process can show is a failure all the same.
    for (code, shown) in [("256", 1), ("263", 7), ("-1", 255), ("-256", 1)] {
        see("exits_with", &["--", code]).ended("failed", shown).message(&[code]);
    }
}

#[test]
fn prints_its_arguments() {
    let arguments = ["--output", "json", "--", "one", "--json", "-x", "", "ü"];
    see("prints_its_arguments", &arguments)
        .ended("completed", 0)
        .at("output.arguments", vec!["one", "--json", "-x", "", "ü"])
        .at("output.environment", serde_json::json!([]))
        // Nothing of the host: no folder can be listed, not even `/`.
        .at("output.folders", vec![-1; 5]);
}

#[test]
fn prints_a_lot() {
    let seen = see("prints_a_lot", &[]).ended("completed", 0);
    let kept = seen.report.text("stdout");
    assert!(kept.starts_with("the beginning\nline 0"), "{}", &kept[..80]);
    assert!(kept.ends_with("the end\n") && kept.contains("left out"));
    assert!(kept.len() < 2 << 20, "{} bytes", kept.len());
}

#[test]
fn prints_json() {
    see("prints_json", &["--output", "json"]).ended("completed", 0).at("output.names", vec!["a", "b"]);
    see("prints_json", &[]).ended("completed", 0).at("output", "{\"rows\": 3, \"names\": [\"a\", \"b\"]}\n");
    see("prints_json", &["--output", "json", "--", "three rows"]).ended("failed", 1).message(&["JSON"]);
}

#[test]
fn the_output_of_a_command_comes_through_and_the_report_goes_to_its_file() {
    let site = Site::new();
    let report = site.path("report.json");
    let module = guest("exits_with");
    let ended = site.run([
        "run",
        module.to_str().expect("a path in UTF-8"),
        "--report",
        report.to_str().expect("a path in UTF-8"),
        "--",
        "3",
    ]);
    let ended = ended.expect_code(3).says("exiting with Some(3)");
    assert_eq!(ended.stdout, "");
    let text = std::fs::read_to_string(report).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report.text("outcome"), "failed");
}

#[test]
fn limits_of_the_command_line_go_over_those_of_the_manifest() {
    let seen = see("hoards_rows", &["--memory", "8MiB"]).ended("memory_limit", 137);
    assert_eq!(seen.report.number("memory.cap_bytes"), 8 << 20);
}

#[test]
fn an_example_command_counts_like_wc() {
    let site = Site::new();
    let module = cofferdam_tests::example_job("wc");
    let module = module.to_str().expect("a path in UTF-8");
    let seen =
        Seen::of(site.run(["run", module, "--json", "--input", "one two\nthree\n"])).ended("completed", 0);
    assert_eq!(seen.report.text("output"), "2 3 14\n");
}
