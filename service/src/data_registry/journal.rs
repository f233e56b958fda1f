//! What is written down before files move, so that a publication whose process died can be finished.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use almanac_entity::data_registry::PublishMode;
use serde_json::json;

use super::roots::{JOURNALS, PublicationRoots};

/// Files that publications are locked by.
const LOCKS: i64 = 64;

/// The right to publish one product: on one machine, nobody else does at the same time. The system takes
/// it back from a process that dies.
pub(super) struct Turn {
    _lock: File,
    journal: PathBuf,
}

/// Where a publication moves what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Intent {
    pub(super) source: PathBuf,
    pub(super) target: PathBuf,
    pub(super) mode: PublishMode,
}

impl Turn {
    /// Waits for the turn to publish the product of this number.
    pub(super) fn wait(roots: &PublicationRoots, product: i64) -> io::Result<Self> {
        let journals = roots.made(&roots.products.join(JOURNALS))?;
        let path = journals.join(format!("lock-{:02}", product.rem_euclid(LOCKS)));
        let lock = File::options().create(true).append(true).open(path)?;
        lock.lock()?;
        Ok(Self { _lock: lock, journal: journals.join(format!("{product}.json")) })
    }

    /// Writes down what is going to be moved, before anything is.
    pub(super) fn write(&self, data_id: &str, intent: &Intent) -> io::Result<()> {
        let journal = json!({
            "data_id": data_id,
            "source": text(&intent.source)?,
            "target": text(&intent.target)?,
            "mode": intent.mode.as_str(),
        });
        let partial = self.journal.with_extension("partial");
        let mut file = File::create(&partial)?;
        file.write_all(journal.to_string().as_bytes())?;
        file.sync_all()?;
        fs::rename(&partial, &self.journal)?;
        self.sync()
    }

    /// What was written down for a product; none where nothing was, or for another product.
    pub(super) fn read(&self, data_id: &str) -> io::Result<Option<Intent>> {
        let text = match fs::read_to_string(&self.journal) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let journal: serde_json::Value = serde_json::from_str(&text)?;
        let path = |name: &str| journal.get(name)?.as_str().map(PathBuf::from);
        let is_ours = journal.get("data_id").and_then(|id| id.as_str()) == Some(data_id);
        let mode = journal.get("mode").and_then(|mode| mode.as_str()).unwrap_or_default();
        let paths = path("source").zip(path("target")).filter(|_| is_ours);
        Ok(paths.map(|(source, target)| Intent { source, target, mode: mode.into() }))
    }

    /// Forgets what was written down.
    pub(super) fn forget(&self) -> io::Result<()> {
        match fs::remove_file(&self.journal) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.sync(),
        }
    }

    fn sync(&self) -> io::Result<()> {
        match self.journal.parent() {
            Some(journals) => File::open(journals)?.sync_all(),
            None => Ok(()),
        }
    }
}

fn text(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| {
        let message = format!("{} is no UTF-8", path.display());
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}
