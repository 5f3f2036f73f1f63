//! `bench.noop`: does nothing, so that what is measured is the enclosure.

use cofferdam_sdk::prelude::*;

#[job(kind = "bench.noop", memory = "1MiB")]
fn noop() -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use cofferdam_sdk::testing::TestJob;

    #[test]
    fn it_completes_without_an_output() {
        assert!(TestJob::new(super::noop).run().output().is_null());
    }
}
