//! Fails in the class that its input names.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.fails", memory = "2MiB", retries = 1)]
fn fails(class: String) -> Result<()> {
    let error = Error::msg(format_args!("failed as `{class}`"));
    match class.as_str() {
        "retry" => Err(error),
        "retry_in" => Err(error).retry_in(Duration::from_millis(100)),
        "discard" => Err(error).discard(),
        "kill" => Err(error).kill(),
        "snooze" => Err(error).snooze(Duration::from_millis(100)),
        _ => Ok(()),
    }
}
