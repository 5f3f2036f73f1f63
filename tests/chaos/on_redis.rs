//! Workers that share a server, which does not always answer.

use cofferdam_servers::RedisServer;
use cofferdam_tests::{Look, Site, wait};

use crate::storm::Storm;

#[test]
fn every_job_child_part_and_result_is_accounted_for_on_redis_although_it_is_killed() {
    let site = Site::new();
    let server = RedisServer::with(|settings| settings.append_only("always").password("secret"));
    let storm = Storm::start(&site, &server.url(), &[]);
    wait::until("some workers have died", || (storm.kills() >= 3).then_some(()));
    server.kill();
    let kills = storm.kills();
    // Long enough that workers begin without a server, too.
    wait::until("another worker dies", || (storm.kills() > kills).then_some(()));
    server.start_again();
    storm.accounted_for();
}

#[test]
fn a_private_server_is_killed_and_started_again_by_the_command_itself() {
    let site = Site::new();
    let figures =
        Storm::start(&site, "sqlite:not-used.db", &["--redis-server", "redis-server", "--workers", "4"])
            .weathered();
    assert_eq!((figures.number("restarts"), figures.number("workers")), (1, 4), "{figures:#}");
    assert!(!site.path("not-used.db").exists());
}
