//! The modules that tests run, built once.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::binary::{cargo, root, succeed, target_dir};

const TARGET: &str = "wasm32-wasip1";

/// The module of the guest of this name, from `tests/guests`.
///
/// # Panics
/// When there is no such guest.
#[track_caller]
pub fn guest(name: &str) -> PathBuf {
    let text = root().join(format!("tests/guests/wat/{name}.wat"));
    if text.is_file() {
        return assembled(name, &text);
    }
    let found = [format!("examples/{name}.wasm"), format!("{name}.wasm")]
        .into_iter()
        .map(|path| guests_dir().join(path))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("there is no guest `{name}` in tests/guests (is it in its Cargo.toml?)"))
}

/// The module of an example job, by its folder in `jobs/`.
///
/// # Panics
/// When there is no such job.
#[track_caller]
pub fn example_job(name: &str) -> PathBuf {
    static C: LazyLock<PathBuf> = LazyLock::new(|| {
        let module = scratch().join("c-example.wasm");
        let mut build = std::process::Command::new(root().join("jobs/c-example/build.sh"));
        succeed(build.arg(&module));
        module
    });
    if name == "c-example" {
        return C.clone();
    }
    static BUILT: LazyLock<()> = LazyLock::new(|| {
        let jobs = std::fs::read_dir(root().join("jobs")).expect("the folder of the example jobs");
        let folders = jobs
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.join("Cargo.toml").is_file());
        let names: Vec<String> =
            folders.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
        let packages: Vec<&str> = names.iter().flat_map(|name| ["--package", name]).collect();
        build(&packages);
    });
    LazyLock::force(&BUILT);
    let module = wasm_dir().join(format!("{}.wasm", name.replace('-', "_")));
    let command = wasm_dir().join(format!("{name}.wasm"));
    let found = [module, command].into_iter().find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("there is no example job `{name}`"))
}

fn guests_dir() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        build(&["--package", "cofferdam-guests", "--bins", "--examples"]);
        wasm_dir()
    });
    &BUILT
}

fn build(what: &[&str]) {
    // `cargo xtask test` has built all of them; asking cargo again costs time in every test binary.
    if std::env::var_os("COFFERDAM_TEST_GUESTS").is_none() {
        succeed(cargo("build").args(["--profile", "job", "--target", TARGET]).args(what));
    }
}

fn wasm_dir() -> PathBuf {
    target_dir().join(TARGET).join("job")
}

/// A folder for what tests make and other tests may use again.
fn scratch() -> PathBuf {
    let dir = target_dir().join("test-guests");
    std::fs::create_dir_all(&dir).expect("a folder in the target directory");
    dir
}

/// The module of a guest that is written as text. Several tests may do this at once.
fn assembled(name: &str, text: &Path) -> PathBuf {
    let wasm = wat::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", text.display()));
    let mut file = tempfile::NamedTempFile::new_in(scratch()).expect("a temporary file");
    std::io::Write::write_all(&mut file, &wasm).expect("a writable file");
    let module = scratch().join(format!("{name}.wasm"));
    file.persist(&module).expect("a file that can be renamed");
    module
}
