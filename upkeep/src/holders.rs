//! Who has a file open.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

/// A process that has a file open for writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// Its number.
    pub process: u32,
    /// Its program.
    pub program: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.program, self.process)
    }
}

/// The processes of this machine that have `path` open for writing, as far as this user may see them. An
/// SQLite connection keeps the file open, at work or not.
pub fn holders(path: &Path) -> Vec<Holder> {
    let Ok(path) = path.canonicalize() else { return Vec::new() };
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .filter(|(_, process)| writes(process, &path))
        .map(|(number, process)| Holder {
            process: number,
            program: fs::read_to_string(process.join("comm"))
                .map_or_else(|_| "a program".to_owned(), |name| name.trim().to_owned()),
        })
        .collect()
}

/// The holders as a list for people; none where there are none.
pub(crate) fn listed(path: &Path) -> Option<String> {
    let holders: Vec<String> = holders(path).iter().map(ToString::to_string).collect();
    (!holders.is_empty()).then(|| holders.join(", "))
}

fn writes(process: &Path, path: &Path) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return false };
    descriptors.flatten().any(|descriptor| {
        let same = fs::read_link(descriptor.path()).is_ok_and(|target| target == path);
        same && is_for_writing(&process.join("fdinfo").join(descriptor.file_name()))
    })
}

/// Whether the `flags:` of a descriptor, octal, say more than reading.
fn is_for_writing(facts: &PathBuf) -> bool {
    let text = fs::read_to_string(facts).unwrap_or_default();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
    flags
        .and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok())
        .is_none_or(|flags| flags & 0b11 != 0)
}
