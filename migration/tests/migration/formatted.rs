//! Whether what was written looks as if somebody of the house had written it.

use std::process::{Command, Stdio};

/// It is Rust, and as rustfmt would have it.
pub(crate) fn assert_formatted(source: &str) {
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--check", "--config-path", config])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rustfmt is a part of the toolchain");
    std::io::Write::write_all(&mut rustfmt.stdin.take().unwrap(), source.as_bytes()).unwrap();
    let output = rustfmt.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{errors}\n{source}");
    // Where it was proved is nobody's business.
    assert!(!source.contains("scratch"), "{source}");
}
