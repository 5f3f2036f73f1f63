//! `use cofferdam_sdk::prelude::*;`: what nearly every job needs.

pub use std::time::Duration;

pub use serde::{Deserialize, Serialize};

pub use crate::{Context, Ending, Error, Job, Result, bail, job};
