//! That no grant opens what the worker itself lives from: a job that writes there is every job.

use std::path::{Path, PathBuf};

use super::Config;
use crate::open_store::StoreUrl;

/// The grants that have something of the worker's own inside, each with what it is and what to do.
/// `file` is the configuration itself. Directories are compared as they are and as they are written:
/// a link may come later.
pub fn exposed<'c>(config: &'c Config, file: Option<&Path>) -> Vec<(&'c str, String)> {
    let store = match &config.store.url {
        StoreUrl::Sqlite(path) => Some(path.clone()),
        _ => None,
    };
    let own: Vec<(&str, PathBuf)> = [
        ("the store", store),
        ("the cache of compiled modules", config.cache.resolved()),
        ("the configuration", file.map(Path::to_owned)),
    ]
    .into_iter()
    .filter_map(|(what, path)| Some((what, path?)))
    .collect();
    let mut found = Vec::new();
    for grant in &config.grants {
        let inside = own
            .iter()
            .find(|(_, path)| real(path).starts_with(real(&grant.dir)) || path.starts_with(&grant.dir));
        let Some((what, path)) = inside else { continue };
        found.push((
            grant.name.as_str(),
            format!(
                "`grants.{}` opens `{}` to jobs, and {what} is inside of it (`{}`): grant a directory of its own",
                grant.name,
                grant.dir.display(),
                path.display()
            ),
        ));
    }
    found
}

/// Where it really is; what is not there yet, by the directory that it will be in.
fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = whole.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    match known {
        Some((above, real)) => real.join(whole.strip_prefix(above).unwrap_or(Path::new(""))),
        None => whole,
    }
}
