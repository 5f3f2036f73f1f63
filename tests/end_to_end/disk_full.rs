//! A full disk: an error that says so, and no job lost that was acknowledged.

use std::collections::BTreeSet;
use std::process::Command;

use cofferdam_tests::{Look, Process, Site, binary, guest};

/// In a mount namespace of its own, on a disk of 4 MiB: pushes until it is full, makes
/// room, pushes once more, and lists.
const SCRIPT: &str = r#"
set -u
mount -t tmpfs -o size=4m tmpfs small || exit 90
"$BINARY" deploy "$GUEST" >/dev/null || exit 91
dd if=/dev/zero of=small/ballast bs=1k count=1024 2>/dev/null
number=0
while "$BINARY" push guest.echoes @input.json --id "job-$number" 2>error.txt >/dev/null; do
  echo "job-$number" >>acknowledged.txt
  number=$((number + 1))
  [ "$number" -lt 1000 ] || exit 92
done
rm small/ballast
"$BINARY" push guest.echoes 1 --id after >/dev/null || exit 93
"$BINARY" jobs list --limit 100000 --json || exit 94
"#;

#[test]
fn a_full_disk_is_named_and_loses_no_acknowledged_job() {
    let site = Site::new();
    std::fs::create_dir(site.path("small")).expect("a folder");
    site.write("input.json", format!("\"{}\"", "x".repeat(60_000)));
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", SCRIPT]).current_dir(site.path("")).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", site.path(""));
    command
        .env("COFFERDAM_STORE", "sqlite:small/jobs.db")
        .env("BINARY", binary())
        .env("GUEST", guest("echoes"));
    let ended = Process::start(&mut command).end();
    assert_eq!(ended.code, 0, "this test mounts a small disk: it needs user namespaces, or root\n{ended}");
    let read = |name: &str| std::fs::read_to_string(site.path(name)).unwrap_or_default();
    let error = read("error.txt");
    assert!(error.contains("full") && error.contains("small/jobs.db"), "{error}");
    let mut expected: BTreeSet<String> = read("acknowledged.txt").lines().map(str::to_owned).collect();
    assert!(expected.len() > 3, "some were acknowledged: {expected:?}");
    expected.insert("after".to_owned());
    let listed = ended.json_lines().iter().map(|job| job.text("id").to_owned()).collect();
    assert_eq!(expected, listed, "what was acknowledged is there, and nothing else");
}
