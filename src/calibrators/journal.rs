//! The log of what was done with calibrators, in the state directory.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use anyhow::Context;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};

/// Adds a line to `logs/calibrators.log`: when, and what.
pub(super) fn note(state: &Path, now: DateTime<Utc>, what: &Json) -> anyhow::Result<()> {
    let path = state.join("logs").join("calibrators.log");
    let line = json!({ "at": now.to_rfc3339_opts(SecondsFormat::Secs, true), "did": what });
    let write = || {
        fs::create_dir_all(state.join("logs"))?;
        let mut log = File::options().create(true).append(true).open(&path)?;
        log.write_all(format!("{line}\n").as_bytes())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
