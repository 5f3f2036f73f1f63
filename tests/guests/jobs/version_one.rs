//! Returns the number of its version; `version_two` is what is deployed after it.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.version", memory = "2MiB", retries = 25, grants(write = "ledger"))]
fn version(job: &mut Job) -> Result<u32> {
    let folder = job.grant("ledger");
    std::fs::write(folder.join(format!("{}.began", job.id())), "")?;
    while !folder.join("go").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(1)
}
