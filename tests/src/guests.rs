//! The modules that tests run, built once.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::binary::{cargo, root, succeed, target_dir};
use crate::module_bombs::bomb_bytes;

const TARGET: &str = "wasm32-wasip1";

/// The module of the guest of this name, from `tests/guests`.
///
/// # Panics
/// When there is no such guest.
#[track_caller]
pub fn guest(name: &str) -> PathBuf {
    let text = root().join(format!("tests/guests/wat/{name}.wat"));
    if text.is_file() {
        let wasm = wat::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", text.display()));
        return kept(name, &wasm);
    }
    let source = root().join(format!("tests/guests/c/{name}.c"));
    if source.is_file() {
        return compiled(name, &source);
    }
    if let Some(wasm) = bomb_bytes(name) {
        return kept(name, &wasm);
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
    static C: LazyLock<PathBuf> =
        LazyLock::new(|| compiled("c-example", &root().join("jobs/c-example/lines.c")));
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

/// Keeps the bytes of a module in a file. Several tests may do this at once.
fn kept(name: &str, wasm: &[u8]) -> PathBuf {
    let mut file = tempfile::NamedTempFile::new_in(scratch()).expect("a temporary file");
    std::io::Write::write_all(&mut file, wasm).expect("a writable file");
    let module = scratch().join(format!("{name}.wasm"));
    file.persist(&module).expect("a file that can be renamed");
    module
}

/// The module of a guest in C, by the script of the example in C.
fn compiled(name: &str, source: &Path) -> PathBuf {
    let file = tempfile::NamedTempFile::new_in(scratch()).expect("a temporary file");
    let mut build = std::process::Command::new(root().join("jobs/c-example/build.sh"));
    succeed(build.arg(file.path()).arg(source));
    let module = scratch().join(format!("{name}.wasm"));
    file.persist(&module).expect("a file that can be renamed");
    module
}
