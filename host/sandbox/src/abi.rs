//! The functions that a module may import, with their types: what `inspect`
//! checks a module against. The functions themselves are in `host_functions`
//! and `wasi`; a test links a module that imports every line of this table.

use wasmparser::ValType;

/// The import module of the job's own functions. The version is in the name.
pub const IMPORT_MODULE: &str = "cofferdam_v1";
/// The import module of WASI, as toolchains for `wasm32-wasip1` write it.
pub(crate) const WASI_MODULE: &str = "wasi_snapshot_preview1";
/// What a job exports: `() -> i32`, 0 for completed.
pub const JOB_ENTRY: &str = "cofferdam_run";
/// What a command exports: `() -> ()`.
pub(crate) const COMMAND_ENTRY: &str = "_start";
/// Called once before [`JOB_ENTRY`] when it is there: `() -> ()`.
pub(crate) const INITIALIZE: &str = "_initialize";
/// The custom section that describes a job.
pub const MANIFEST_SECTION: &str = "cofferdam.manifest";

/// One function: name, then one letter for each parameter and result
/// (`i` is i32, `I` is i64).
pub(crate) struct Function {
    pub(crate) name: &'static str,
    params: &'static str,
    results: &'static str,
}

const fn function(name: &'static str, params: &'static str, results: &'static str) -> Function {
    Function { name, params, results }
}

pub(crate) const JOB_FUNCTIONS: &[Function] = &[
    function("input", "ii", "i"),
    function("output", "ii", "i"),
    function("resume", "ii", "i"),
    function("checkpoint", "iii", "i"),
    function("append", "iiii", "i"),
    function("enqueue", "iiii", "i"),
    function("progress", "IIii", "i"),
    function("log", "iii", "i"),
    function("stop_requested", "", "i"),
    function("info", "ii", "i"),
    function("left", "i", "I"),
    function("fail", "iIii", "i"),
    function("panic", "iiiiii", "i"),
    function("oom", "II", "i"),
];

pub(crate) const WASI_FUNCTIONS: &[Function] = &[
    function("args_get", "ii", "i"),
    function("args_sizes_get", "ii", "i"),
    function("environ_get", "ii", "i"),
    function("environ_sizes_get", "ii", "i"),
    function("clock_res_get", "ii", "i"),
    function("clock_time_get", "iIi", "i"),
    function("fd_advise", "iIIi", "i"),
    function("fd_allocate", "iII", "i"),
    function("fd_close", "i", "i"),
    function("fd_datasync", "i", "i"),
    function("fd_fdstat_get", "ii", "i"),
    function("fd_fdstat_set_flags", "ii", "i"),
    function("fd_fdstat_set_rights", "iII", "i"),
    function("fd_filestat_get", "ii", "i"),
    function("fd_filestat_set_size", "iI", "i"),
    function("fd_filestat_set_times", "iIIi", "i"),
    function("fd_pread", "iiiIi", "i"),
    function("fd_prestat_get", "ii", "i"),
    function("fd_prestat_dir_name", "iii", "i"),
    function("fd_pwrite", "iiiIi", "i"),
    function("fd_read", "iiii", "i"),
    function("fd_readdir", "iiiIi", "i"),
    function("fd_renumber", "ii", "i"),
    function("fd_seek", "iIii", "i"),
    function("fd_sync", "i", "i"),
    function("fd_tell", "ii", "i"),
    function("fd_write", "iiii", "i"),
    function("path_create_directory", "iii", "i"),
    function("path_filestat_get", "iiiii", "i"),
    function("path_filestat_set_times", "iiiiIIi", "i"),
    function("path_link", "iiiiiii", "i"),
    function("path_open", "iiiiiIIii", "i"),
    function("path_readlink", "iiiiii", "i"),
    function("path_remove_directory", "iii", "i"),
    function("path_rename", "iiiiii", "i"),
    function("path_symlink", "iiiii", "i"),
    function("path_unlink_file", "iii", "i"),
    function("poll_oneoff", "iiii", "i"),
    function("proc_exit", "i", ""),
    function("proc_raise", "i", "i"),
    function("sched_yield", "", "i"),
    function("random_get", "ii", "i"),
    function("sock_accept", "iii", "i"),
    function("sock_recv", "iiiiii", "i"),
    function("sock_send", "iiiii", "i"),
    function("sock_shutdown", "ii", "i"),
];

/// The functions of an import module, if it is one of ours.
pub(crate) fn functions_of(module: &str) -> Option<&'static [Function]> {
    match module {
        IMPORT_MODULE => Some(JOB_FUNCTIONS),
        WASI_MODULE => Some(WASI_FUNCTIONS),
        _ => None,
    }
}

impl Function {
    pub(crate) fn takes(&self, params: &[ValType], results: &[ValType]) -> bool {
        letters(params) == self.params && letters(results) == self.results
    }

    /// As text: `(i32, i64) -> i32`.
    pub(crate) fn signature(&self) -> String {
        let words =
            |letters: &str| letters.chars().map(|l| if l == 'I' { "i64" } else { "i32" }).collect::<Vec<_>>();
        signature_of(&words(self.params), &words(self.results))
    }
}

fn letters(types: &[ValType]) -> String {
    types
        .iter()
        .map(|ty| match ty {
            ValType::I32 => 'i',
            ValType::I64 => 'I',
            _ => '?',
        })
        .collect()
}

/// A function type as text.
pub(crate) fn signature_of<T: ToString>(params: &[T], results: &[T]) -> String {
    let join = |types: &[T]| types.iter().map(T::to_string).collect::<Vec<_>>().join(", ");
    format!("({}) -> ({})", join(params), join(results))
}
