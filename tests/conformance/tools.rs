//! Where the others' tools are, and how they are run.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A file of this folder.
pub(crate) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(name)
}

pub(crate) fn installed(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/conformance").join(name);
    assert!(
        path.exists(),
        "{} is not there; `make conformance-tools` installs it, and needs Node.js with npm and Python 3 with venv",
        path.display()
    );
    path
}

/// Node.js, with the packages of package.json.
pub(crate) fn node() -> Command {
    let mut command = Command::new("node");
    command.env("NODE_PATH", installed("node_modules")).env("NO_COLOR", "1");
    command
}

/// A file of a package.
pub(crate) fn node_program(name: &str) -> PathBuf {
    installed("node_modules").join(name)
}

/// Python, with the packages of requirements.txt.
pub(crate) fn python() -> Command {
    Command::new(installed("venv/bin/python"))
}

/// What a tool prints.
///
/// # Panics
/// It does not start, or fails.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!(
            "{} does not start: {error}; see `make conformance-tools`",
            command.get_program().display()
        )
    });
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{printed}\n{complaints}");
    printed
}
