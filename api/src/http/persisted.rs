//! Documents that clients name instead of sending: their own dashboards' queries, known beforehand.

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// The documents on the list, by their SHA-256 in lower-case hexadecimal.
#[derive(Clone, Debug, Default)]
pub struct Documents(HashMap<String, String>);

/// Why a list of documents cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    /// A file or the folder cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is nothing to allow, so nothing would be.
    #[error("{path} holds no `.graphql` file", path = .0.display())]
    Empty(PathBuf),
}

impl Documents {
    /// The `.graphql` files of a folder, each a document as clients would send it.
    ///
    /// # Errors
    /// The folder or a file cannot be read, or there is none.
    pub fn read(folder: &Path) -> Result<Self, DocumentsError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| DocumentsError::Unreadable { path, source }
        };
        let mut documents = HashMap::new();
        for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
            let path = entry.map_err(unreadable(folder))?.path();
            if path.extension().is_some_and(|extension| extension == "graphql") {
                let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
                documents.insert(sha256(&text), text);
            }
        }
        if documents.is_empty() {
            Err(DocumentsError::Empty(folder.to_owned()))
        } else {
            Ok(Self(documents))
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn find(&self, hash: &str) -> Option<&str> {
        self.0.get(&hash.to_ascii_lowercase()).map(String::as_str)
    }

    pub(super) fn holds(&self, document: &str) -> bool {
        self.0.contains_key(&sha256(document))
    }
}

pub(super) fn sha256(text: &str) -> String {
    let mut hash = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing into a string cannot fail.
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}
