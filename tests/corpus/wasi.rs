//! Every function of WASI preview 1, asked by a command that runs as a job. The table of them, with
//! what is refused on purpose, is `docs/WASI.md`.

use cofferdam_tests::Site;

use crate::see_with;

/// The functions that the sandbox serves, out of its own table.
fn functions() -> Vec<String> {
    let abi =
        std::fs::read_to_string(cofferdam_tests::root().join("host/sandbox/src/abi.rs")).expect("the table");
    let table = abi.split("WASI_FUNCTIONS: &[Function] = &[").nth(1).and_then(|rest| rest.split("];").next());
    let names = table.expect("the table of WASI").split("function(\"").skip(1);
    names.map(|line| line.split('"').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn speaks_wasi() {
    let functions = functions();
    assert!(functions.len() >= 45, "{functions:?}");
    let mut wrong = Vec::new();
    for function in functions {
        let site = Site::new();
        for folder in ["data", "docs"] {
            std::fs::create_dir(site.path(folder)).expect("a folder");
            site.write(&format!("{folder}/kept.txt"), "kept\n");
        }
        let data = format!("data={}", site.path("data").display());
        let docs = format!("docs={}", site.path("docs").display());
        let flags = ["--write", &data, "--read", &docs, "--input", "\"the input\"", "--", &function];
        let seen = see_with(&site, "speaks_wasi", &flags);
        let said = seen.report["stderr"].to_string();
        if seen.report["exit_code"] != 0 {
            wrong.push(format!("{function}: {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_function_of_wasi_is_in_the_documents_table() {
    let page = std::fs::read_to_string(cofferdam_tests::root().join("docs/WASI.md")).expect("the page");
    let rows: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let functions = functions();
    let missing: Vec<&String> = functions.iter().filter(|name| !rows.contains(&name.as_str())).collect();
    assert!(missing.is_empty() && rows.len() == functions.len(), "missing {missing:?} of {}", rows.len());
}
