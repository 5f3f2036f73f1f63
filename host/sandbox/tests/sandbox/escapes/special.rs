//! Pipes, sockets and devices in a grant: none is opened, by no function, and nobody waits for one.

use std::os::unix::net::UnixListener;
use std::time::Duration;

use cofferdam_sandbox::Request;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

use super::script::{CREATE, DIRECTORY, EXCLUSIVE, Links, READ, Script, TRUNCATE, WRITE};
use super::world::World;

const NO_ENTRY: i32 = 44;
const NOT_SUPPORTED: i32 = 58;
const NOT_PERMITTED: i32 = 63;
const LOOP: i32 = 32;

/// A guest that waits for a pipe ends here, and fails its test, instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(20);

const ALL_WAYS: [(i32, i64); 8] = [
    (0, READ),
    (0, WRITE),
    (0, READ | WRITE),
    (DIRECTORY, READ),
    (CREATE, READ | WRITE),
    (CREATE | EXCLUSIVE, WRITE),
    (TRUNCATE, WRITE),
    (CREATE | TRUNCATE, READ),
];

fn patient(mut request: Request) -> Request {
    request.limits.timeout = Some(PATIENCE);
    request
}

/// What is not a file, in the grant itself. Not everybody may make a device.
fn special_files(world: &World) -> (Vec<&'static str>, UnixListener) {
    let owner = Mode::RUSR | Mode::WUSR;
    mknodat(CWD, world.path("granted/pipe"), FileType::Fifo, owner, 0).expect("a pipe");
    let listener = UnixListener::bind(world.path("granted/socket")).expect("a socket");
    let mut names = vec!["pipe", "socket"];
    let device = world.path("granted/device");
    if mknodat(CWD, device, FileType::CharacterDevice, owner, makedev(1, 3)).is_ok() {
        names.push("device");
    }
    (names, listener)
}

#[test]
fn what_is_not_a_file_is_never_opened() {
    let world = World::new();
    let (names, listener) = special_files(&world);
    let before = world.everything();
    for write in [false, true] {
        let mut script = Script::new();
        for name in &names {
            for (flags, rights) in ALL_WAYS {
                script.open(name, Links::Follow, flags, rights).gives(NOT_SUPPORTED);
                script.open(name, Links::Stay, flags, rights).gives(NOT_SUPPORTED);
            }
            script.stat(name, Links::Stay).stat(name, Links::Follow);
            script.open([name, "/x"].concat(), Links::Follow, 0, READ).gives(54);
        }
        script.check(patient(world.request(write)));
        assert_eq!(before, world.everything());
    }
    listener.set_nonblocking(true).expect("set");
    assert!(listener.accept().is_err(), "nobody called");
}

#[test]
fn a_link_to_a_pipe_is_not_followed_to_open_it() {
    let world = World::new();
    let (names, _listener) = special_files(&world);
    let mut script = Script::new();
    for name in names {
        let link = format!("a/to-{name}");
        script.symlink(format!("../{name}"), &link);
        for (flags, rights) in ALL_WAYS {
            script.open(&link, Links::Follow, flags, rights).gives(NOT_SUPPORTED);
        }
        script.open(&link, Links::Stay, 0, READ).gives(LOOP);
        script.touch(&link, Links::Follow).gives(NOT_SUPPORTED).touch(&link, Links::Stay);
    }
    script.check(patient(world.request(true)));
}

#[test]
fn setting_the_times_of_a_pipe_waits_for_nobody() {
    let world = World::new();
    let (names, _listener) = special_files(&world);
    let before = world.everything();
    let (mut refused, mut read_only) = (Script::new(), Script::new());
    for name in &names {
        refused.touch(name, Links::Follow).gives(NOT_SUPPORTED);
        read_only.touch(name, Links::Follow).gives(NOT_PERMITTED);
        read_only.touch(name, Links::Stay).gives(NOT_PERMITTED);
    }
    refused.check(patient(world.request(true)));
    read_only.check(patient(world.request(false)));
    assert_eq!(before, world.everything());
    // Without following links, nothing is opened for it.
    let mut set = Script::new();
    for name in names {
        set.touch(name, Links::Stay);
    }
    set.check(patient(world.request(true)));
}

#[test]
fn pipes_can_be_moved_and_removed() {
    let world = World::new();
    let (names, _listener) = special_files(&world);
    let mut script = Script::new();
    for name in names {
        script.rename(name, "moved").link("moved", Links::Stay, name).unlink("moved").unlink(name);
        script.stat(name, Links::Stay).gives(NO_ENTRY);
    }
    script.check(patient(world.request(true)));
}

#[test]
fn devices_and_processes_are_not_reached_over_links() {
    let world = World::new();
    for (name, target) in [
        ("null", "/dev/null"),
        ("fd", "/dev/fd"),
        ("stdin", "/dev/stdin"),
        ("self", "/proc/self"),
        ("memory", "/proc/self/mem"),
        ("environment", "/proc/self/environ"),
        ("root", "/proc/self/root"),
        ("dot-dot-null", "../../../../../../../../dev/null"),
        ("dot-dot-self", "../../../../../../../../proc/self/environ"),
    ] {
        world.link(name, target);
    }
    let before = world.everything();
    for write in [false, true] {
        let mut script = Script::new();
        for name in ["null", "fd/0", "fd/1", "stdin", "self/environ", "self/fd/0", "memory", "environment"]
            .into_iter()
            .chain(["root/etc/passwd", "dot-dot-null", "dot-dot-self", "self", "fd", "root"])
        {
            script.open(name, Links::Follow, 0, READ).gives(NOT_PERMITTED);
            script.open(name, Links::Follow, 0, WRITE).gives(NOT_PERMITTED);
            script.open(name, Links::Follow, DIRECTORY, READ).gives(NOT_PERMITTED);
            script.stat(name, Links::Follow).gives(NOT_PERMITTED);
            script.touch(name, Links::Follow).gives(NOT_PERMITTED);
        }
        script.check(patient(world.request(write)));
        assert_eq!(before, world.everything());
    }
}
