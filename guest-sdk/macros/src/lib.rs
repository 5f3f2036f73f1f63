//! The `#[job]` attribute: the manifest, checked and embedded, and the entry point.
//!
//! `arguments` reads what stands in the parentheses, `units` its numbers,
//! `manifest` checks it and writes the canonical JSON, `signature` checks the
//! function, `expansion` puts both together. Absent: defaults. Keys that the
//! author leaves out are left out of the manifest, and the host knows the rest.

mod arguments;
mod expansion;
mod manifest;
mod names;
mod signature;
mod units;

use proc_macro::TokenStream;

/// Makes a function the job of its module.
///
/// ```text
/// #[job(kind = "flights.delays", queue = "reports", memory = "16MiB", memory_ladder = ["64MiB", "256MiB"],
///       fuel = "50G", timeout = "1h", retries = 5, grants(read = "flights"))]
/// fn delays(job: &mut Job, input: Input) -> Result<Summary> { … }
/// ```
///
/// The function takes the [`Job`](../cofferdam_sdk/struct.Job.html) and an input that deserializes, either of
/// which may be left out, and returns a `Result` with an output that serializes. A crate holds
/// one job; build it as a `cdylib` for `wasm32-wasip1`.
///
/// | key | value | when left out |
/// | --- | --- | --- |
/// | `kind` | the name under which it is pushed: 1 to 64 of `a-z 0-9 . _ -` | required |
/// | `queue` | a name of the same form | `default` |
/// | `memory` | cap of linear memory and tables: `"16MiB"` | 128 MiB |
/// | `memory_ladder` | caps for the attempts after a `memory_limit`, ascending: `["64MiB", "256MiB"]` | none |
/// | `on_memory_limit` | `"trap"` at once, or `"deny"` for code that can live with a refusal | `"trap"` |
/// | `host_allowance` | what the host may hold for the job: `"8MiB"` | 4 MiB |
/// | `fuel` | for one attempt: `"50G"` | 1T |
/// | `fuel_total` | for all attempts together | no bound |
/// | `timeout` | wall clock of one attempt: `"1h"` | 1 h |
/// | `timeout_total` | for all attempts together | no bound |
/// | `retries` | how many failures are retried: `5` | 25 |
/// | `drain` | when the worker stops: `"interrupt"` at the next checkpoint, or `"finish"` | `"interrupt"` |
/// | `checkpoint_version` | raise it when the state's type changes: `2` | 1 |
/// | `grants` | directories by name: `grants(read = "flights", write = ["out", "tmp"])` | none |
///
/// Sizes are in `KiB`, `MiB` and `GiB`, durations in `ms`, `s`, `m` and `h`, fuel in units or with `k`, `M`, `G` and `T`.
#[proc_macro_attribute]
pub fn job(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expansion::expand(arguments.into(), item.into()).into()
}
