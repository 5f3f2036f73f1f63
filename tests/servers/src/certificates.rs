//! An authority and a server's certificate, made by `openssl` in a server's own folder.

use std::path::Path;
use std::process::Command;

/// Writes `ca.crt`, `server.crt` and `server.key`.
///
/// # Panics
/// When there is no `openssl`.
pub fn make(dir: &Path) {
    let extensions = "subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n";
    std::fs::write(dir.join("server.ext"), extensions).expect("a writable folder");
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let authority = ["-x509", "-days", "30", "-subj", "/CN=tests", "-keyout", "ca.key", "-out", "ca.crt"];
    openssl(dir, &[&["req"], &key[..], &authority].concat());
    let request = ["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"];
    openssl(dir, &[&["req"], &key[..], &request].concat());
    // Signed by the authority and not by itself: clients refuse an authority as a server.
    let sign = "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile server.ext -out server.crt";
    openssl(dir, &sign.split(' ').collect::<Vec<_>>());
}

fn openssl(dir: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot start `openssl`, which makes the certificates of tests: {error}; install it: `apt-get install openssl`")
    });
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
