//! What the acts are played with: the binary, the modules, the flights, a configuration.

use std::io::Read;
use std::path::PathBuf;

use serde_json::json;

use super::operator::Operator;
use crate::artefacts;
use crate::run::{Result, root, target_dir};

/// Where it all stands.
pub struct Stage {
    binary: PathBuf,
    modules: PathBuf,
    dir: PathBuf,
}

const FLIGHTS: &str = "flights-2013-01.csv";

/// Room for the siblings and little else: a job of the ladder's second step has to wait.
const MEMORY_BUDGET: &str = "288MiB";

impl Stage {
    /// Builds what is not built, and unpacks the flights.
    pub fn set() -> Result<Stage> {
        let modules = artefacts::jobs()?;
        let binary = artefacts::product()?;
        let dir = target_dir().join("demo");
        let stage = Stage { binary, modules, dir };
        // Fresh every time: what is shown has happened now.
        let _absent = std::fs::remove_dir_all(&stage.dir);
        let flights = stage.dir.join("flights");
        std::fs::create_dir_all(&flights)
            .map_err(|error| format!("cannot create `{}`: {error}", flights.display()))?;
        let packed = root().join("jobs/flights/data").join(format!("{FLIGHTS}.gz"));
        let packed = std::fs::File::open(&packed)
            .map_err(|error| format!("cannot open `{}`: {error}", packed.display()))?;
        let mut csv = Vec::new();
        flate2::read::GzDecoder::new(packed)
            .read_to_end(&mut csv)
            .map_err(|error| format!("cannot unpack the flights: {error}"))?;
        write(&flights.join(FLIGHTS), &csv)?;
        Ok(stage)
    }

    /// Somebody at a command line in a fresh folder, with a fresh store.
    pub fn operator(&self, act: &str) -> Result<Operator> {
        let home = self.dir.join(act);
        std::fs::create_dir_all(&home)
            .map_err(|error| format!("cannot create `{}`: {error}", home.display()))?;
        let flights = json!(self.dir.join("flights"));
        let cache = json!(self.dir.join("cache"));
        let config = format!(
            "[worker]\nmemory_budget = \"{MEMORY_BUDGET}\"\nconcurrency = 32\n\n[cache]\ndir = {cache}\n\n\
             [grants.flights]\nread = {flights}\nkinds = [\"flights.*\"]\n"
        );
        write(&home.join("cofferdam.toml"), config.as_bytes())?;
        println!("$ cd {}   # worker.memory_budget = {MEMORY_BUDGET}", home.display());
        Ok(Operator::new(self.binary.clone(), home))
    }

    /// The path of a module.
    pub fn module(&self, name: &str) -> String {
        self.modules.join(format!("{name}.wasm")).display().to_string()
    }

    /// The unpacked flights.
    pub fn csv(&self) -> Result<String> {
        let path = self.dir.join("flights").join(FLIGHTS);
        std::fs::read_to_string(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
    }

    /// What the reports are asked for.
    pub fn file_input(&self) -> String {
        json!({ "file": FLIGHTS }).to_string()
    }

    /// Some text for the plain command.
    pub fn prose(&self) -> &'static str {
        include_str!("../../../README.md")
    }
}

fn write(path: &std::path::Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}
