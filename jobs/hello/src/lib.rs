//! `demo.hello`: greets. The smallest job that takes and returns something.

use cofferdam_sdk::prelude::*;

#[derive(Deserialize)]
struct Input {
    name: String,
}

#[job(kind = "demo.hello", memory = "2MiB", timeout = "5s")]
fn hello(input: Input) -> Result<String> {
    Ok(format!("Hello, {}!", input.name))
}

#[cfg(test)]
mod tests {
    use cofferdam_sdk::testing::TestJob;
    use serde_json::json;

    #[test]
    fn it_greets_by_name() {
        assert_eq!(TestJob::new(super::hello).input(&json!({"name": "Ada"})).run().output(), "Hello, Ada!");
    }
}
