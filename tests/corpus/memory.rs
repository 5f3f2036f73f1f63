//! Guests that want more memory than their cap.

use cofferdam_tests::Look;

use crate::{see, see_with};
use cofferdam_tests::Site;

const MIB: u64 = 1 << 20;

#[test]
fn hoards_rows() {
    let seen = see("hoards_rows", &[])
        .ended("memory_limit", 137)
        .at("memory.cap_bytes", 4 * MIB)
        .message(&[
            "asked for ",
            " bytes",
            "4194304 is the cap",
            "; in hoards_rows::keep_row",
            "hoards_rows.rs:",
        ])
        .frame(&["alloc::", "(alloc/src/"]);
    let requested = seen.report.number("memory.requested_bytes");
    assert!(requested > 4 * MIB, "{requested}");
    assert!(seen.report.number("memory.peak_bytes") > MIB);
    assert!(seen.report.number("fuel.used") > 0);
}

#[test]
fn asks_for_a_gigabyte() {
    let seen =
        see("asks_for_a_gigabyte", &[]).ended("memory_limit", 137).frame(&["asks_for_a_gigabyte", ".rs:"]);
    assert!(seen.report.number("memory.requested_bytes") >= 1 << 30);
    assert!(seen.report.number("memory.peak_bytes") < 2 * MIB, "a refused byte is not used");
}

#[test]
fn lives_with_a_refusal() {
    see("lives_with_a_refusal", &[]).ended("completed", 0).at("output", "did with less");
}

#[test]
fn panics_after_a_refusal() {
    let seen = see("panics_after_a_refusal", &[])
        .ended("memory_limit", 137)
        .message(&["4194304 is the cap", "no memory, no result"]);
    assert!(seen.report.number("memory.requested_bytes") >= 64 * MIB);
}

#[test]
fn climbs_its_ladder() {
    // `run` is one attempt, under the first cap; the checkpoint is what the next would begin with.
    let site = Site::new();
    let checkpoint = site.path("ladder.checkpoint");
    let checkpoint = checkpoint.to_str().expect("a path in UTF-8");
    let first =
        see_with(&site, "climbs_its_ladder", &["--checkpoint", checkpoint]).ended("memory_limit", 137);
    assert_eq!(first.report.number("checkpoint.count"), 1);
    let arguments = ["--checkpoint", checkpoint, "--memory", "32MiB"];
    see_with(&site, "climbs_its_ladder", &arguments)
        .ended("completed", 0)
        .at("resumed", true)
        .at("output", vec![4 * MIB, 32 * MIB]);
}

#[test]
fn grows_without_end() {
    let seen = see("grows_without_end", &["--memory", "8MiB"])
        .ended("memory_limit", 137)
        .at("memory.peak_bytes", 8 * MIB)
        .at("memory.requested_bytes", 8 * MIB + 65_536)
        .message(&["asked for 8454144 bytes", "8388608 is the cap"])
        .frame(&["grow_a_page"]);
    assert!(seen.report.number("fuel.used") > 0);
}

#[test]
fn grows_its_table() {
    let seen =
        see("grows_its_table", &["--memory", "512KiB"]).ended("memory_limit", 137).frame(&["grow_the_table"]);
    let requested = seen.report.number("memory.requested_bytes");
    assert!(
        (MIB / 2..MIB / 2 + 65_536).contains(&requested),
        "memory and table are one account: {requested}"
    );
}

#[test]
fn needs_a_gigabyte() {
    see("needs_a_gigabyte", &["--memory", "64MiB"])
        .ended("refused", 126)
        .message(&["1073741824", "67108864"])
        .at("fuel.used", 0);
}

#[test]
fn a_bomb_uses_the_same_fuel_and_asks_for_the_same_bytes_each_time() {
    let twice = [see("hoards_rows", &[]), see("hoards_rows", &[])];
    for figure in ["fuel.used", "memory.requested_bytes", "memory.peak_bytes"] {
        assert_eq!(twice[0].report.number(figure), twice[1].report.number(figure), "{figure}");
    }
}

#[test]
fn grows_by_four_billion_pages() {
    // Each page has its price, and four billion of them are beyond the usual fuel.
    see("grows_by_four_billion_pages", &["--memory", "8MiB"]).ended("fuel_limit", 152);
    let arguments = ["--memory", "8MiB", "--fuel", "2T"];
    let seen = see("grows_by_four_billion_pages", &arguments).ended("memory_limit", 137);
    assert!(seen.report.number("memory.requested_bytes") >= (1 << 48) - 65_536, "as it asked, not cut off");
}

#[test]
fn grows_a_table_by_four_billion() {
    let seen = see("grows_a_table_by_four_billion", &["--memory", "8MiB"]).ended("memory_limit", 137);
    assert!(seen.report.number("memory.requested_bytes") > 1 << 34);
    assert!(seen.report.number("memory.peak_bytes") < MIB);
}

#[test]
fn grows_two_tables() {
    let seen = see("grows_two_tables", &["--memory", "1MiB"]).ended("memory_limit", 137);
    assert!(seen.report.number("memory.requested_bytes") > MIB, "one account for all");
}

#[test]
fn grows_at_its_start() {
    see("grows_at_its_start", &["--memory", "2MiB"])
        .ended("memory_limit", 137)
        .at("memory.peak_bytes", 2 * MIB)
        .frame(&["begin"]);
}
