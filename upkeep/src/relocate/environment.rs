//! The variables that services find the state by.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Error, Result, files};

/// The variables that the path migration plan sets, each with what it names below the state directory.
pub const VARIABLES: [(&str, &str); 5] = [
    ("PIPELINE_STATE_DIR", ""),
    ("PIPELINE_QUEUE_DB", "ingest.sqlite3"),
    ("PIPELINE_PRODUCTS_DB", "products.sqlite3"),
    ("CAL_REGISTRY_DB", "cal_registry.sqlite3"),
    ("CATALOG_DB_DIR", "catalogs"),
];

/// The lines of an environment file for a state directory, and what it says of them now if `file` exists.
/// Without `write` nothing is written; otherwise the lines take the place of those of the same variables, all
/// others stay, and the old file stays beside it with `.bak` after its name.
///
/// # Errors
/// The file cannot be read or written.
pub fn rewrite(file: &Path, state_dir: &Path, write: bool) -> Result<Vec<String>> {
    let old = match fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::file("read", file)(error)),
    };
    let (text, lines) = rewritten(old.as_deref().unwrap_or_default(), state_dir);
    if write && old.as_ref() != Some(&text) {
        if let Some(old) = &old {
            files::replace(&backup(file), old.as_bytes())?;
        }
        files::replace(file, text.as_bytes())?;
    }
    Ok(lines)
}

/// The lines of an environment file for a state directory.
pub(super) fn lines(state_dir: &Path) -> Vec<String> {
    rewritten("", state_dir).1
}

/// The name under which the old file stays.
fn backup(file: &Path) -> PathBuf {
    files::beside(file, "", ".bak")
}

/// The text with new values, and the lines that have them.
fn rewritten(old: &str, state_dir: &Path) -> (String, Vec<String>) {
    let mut lines: Vec<String> = old.lines().map(str::to_owned).collect();
    let mut new = Vec::new();
    for (variable, below) in VARIABLES {
        // Joining nothing would put a slash at the end.
        let path = if below.is_empty() { state_dir.to_owned() } else { state_dir.join(below) };
        let mut found = false;
        for line in lines.iter_mut().filter(|line| sets(line, variable)) {
            let before = line.find(variable).unwrap_or_default();
            *line = format!("{}{variable}={}", &line[..before], value(&path));
            found = true;
        }
        let line = format!("{variable}={}", value(&path));
        if !found {
            lines.push(line.clone());
        }
        new.push(line);
    }
    (lines.join("\n") + "\n", new)
}

/// Whether a line sets a variable; a comment does not.
fn sets(line: &str, variable: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    line.strip_prefix(variable).is_some_and(|rest| rest.trim_start().starts_with('='))
}

fn value(path: &Path) -> String {
    let path = path.to_string_lossy();
    if path.contains([' ', '#', '"', '\'', '\\', '$']) {
        let escaped = path.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
        format!("\"{escaped}\"")
    } else {
        path.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_five_variables_change() {
        let old = "# where\n#PIPELINE_STATE_DIR=/x\nexport PIPELINE_STATE_DIR=/stage/state\n\
                   OTHER=/stage/state/x\nCAL_REGISTRY_DB = \"/stage/state/db/c.sqlite3\"";
        let (text, lines) = rewritten(old, Path::new("/data/state"));
        assert_eq!(
            text,
            "# where\n#PIPELINE_STATE_DIR=/x\nexport PIPELINE_STATE_DIR=/data/state\n\
             OTHER=/stage/state/x\nCAL_REGISTRY_DB=/data/state/cal_registry.sqlite3\n\
             PIPELINE_QUEUE_DB=/data/state/ingest.sqlite3\n\
             PIPELINE_PRODUCTS_DB=/data/state/products.sqlite3\n\
             CATALOG_DB_DIR=/data/state/catalogs\n"
        );
        assert_eq!(lines.len(), 5);
        assert_eq!(rewritten(&text, Path::new("/data/state")).0, text);
        assert!(rewritten("", Path::new("/a b")).0.contains("PIPELINE_STATE_DIR=\"/a b\"\n"));
    }
}
