//! Reports progress and logs at every level.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.reports_progress", memory = "2MiB", retries = 0)]
fn reports_progress(job: &mut Job) -> Result<()> {
    for row in 1..=10 {
        job.progress_with(row, 10, &format!("row {row}"));
    }
    cofferdam_sdk::log::error!("an error");
    cofferdam_sdk::log::warn!("a warning");
    cofferdam_sdk::log::info!("a remark");
    Ok(())
}
