//! `log.level`: which log lines are written. A word that is no level would name a part of the
//! program that is not there, and nothing would be logged without a word.

use tracing_subscriber::EnvFilter;

use super::mistake::nearest;

/// The levels, with the most quiet first.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Whether it is one: levels, alone or of a part (`PART=LEVEL`), separated by commas.
///
/// # Errors
/// One sentence that names the first wrong word and what is nearest to it.
pub fn check(filter: &str) -> Result<(), String> {
    for directive in filter.split(',') {
        let level = directive.rsplit_once('=').map_or(directive, |(_, level)| level);
        if LEVELS.contains(&level.to_ascii_lowercase().as_str()) {
            continue;
        }
        let meant = nearest(&level.to_ascii_lowercase(), LEVELS);
        return Err(match meant {
            Some(meant) => format!("`{level}` is not a level; did you mean `{meant}`?"),
            None => format!("`{level}` is not a level: use one of `{}`", LEVELS.join("`, `")),
        });
    }
    EnvFilter::try_new(filter).map(|_| ()).map_err(|error| format!("`{filter}` is not a log filter: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_log_nothing_is_refused_with_the_nearest_level() {
        for filter in ["info", "WARN", "off", "info,cofferdam_worker=debug", "warn,cofferdam_store=trace"] {
            assert_eq!(check(filter), Ok(()), "{filter}");
        }
        for (filter, expected) in [
            ("bogus", "`bogus` is not a level: use one of `off`, `error`"),
            ("inof", "did you mean `info`?"),
            ("warning", "did you mean `warn`?"),
            ("info,cofferdam_worker", "`cofferdam_worker` is not a level"),
            ("cofferdam_worker=dbug", "did you mean `debug`?"),
            ("", "`` is not a level"),
            ("info,", "`` is not a level"),
            ("warn, cofferdam_store=trace", "is not a log filter"),
        ] {
            let why = check(filter).unwrap_err();
            assert!(why.contains(expected), "{filter}: {why}");
        }
    }
}
