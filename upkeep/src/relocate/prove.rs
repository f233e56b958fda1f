//! Proving that a directory was moved whole.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Content, Entry, Inventory, inventory, record::Record};
use crate::{Result, digest, files, sqlite};

/// The SHA-256 of a file on both sides, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// That of the old one.
    pub old: String,
    /// That of the new one; another one where paths stored in it were rewritten.
    pub new: String,
}

/// What was compared, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Files that are on both sides.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What each file is.
    pub sums: BTreeMap<PathBuf, Sums>,
    /// The databases, with their rows.
    pub databases: Vec<(PathBuf, u64)>,
    /// What is not as it should be.
    pub wrong: Vec<String>,
}

/// Compares every file of `from` with its copy in `to`, by size and SHA-256, and has SQLite check the databases
/// there. Databases whose stored paths were rewritten are compared with what they were after that.
///
/// # Errors
/// A directory or file cannot be read.
pub async fn prove(from: &Path, to: &Path) -> Result<Proof> {
    let inventory = inventory(from).await?;
    let record = Record::read(to)?.unwrap_or_default();
    let mut proof = Proof::default();
    for entry in &inventory.entries {
        match &entry.content {
            Content::Database { log, .. } if *log > 0 => {
                let path = entry.path.display();
                proof.wrong.push(format!("{path} was written to meanwhile; run this again"));
            }
            Content::Folder if to.join(&entry.path).is_dir() => continue,
            Content::Link { to: target } => {
                let link = std::fs::read_link(to.join(&entry.path));
                if link.is_ok_and(|link| link == *target) {
                    continue;
                }
            }
            Content::Log => continue,
            Content::Database { .. } | Content::Other | Content::Folder => {}
        }
        match file(&inventory, entry, to, &record)? {
            Err(wrong) => proof.wrong.push(wrong),
            Ok(sums) => {
                proof.files += 1;
                proof.bytes += entry.size;
                proof.sums.insert(entry.path.clone(), sums);
                database(entry, to, &mut proof).await;
            }
        }
    }
    Ok(proof)
}

/// What a file is on both sides, or what is wrong with it.
fn file(
    from: &Inventory,
    entry: &Entry,
    to: &Path,
    record: &Record,
) -> Result<std::result::Result<Sums, String>> {
    let (path, target) = (entry.path.display(), to.join(&entry.path));
    if !target.is_file() {
        return Ok(Err(format!("{path} is missing")));
    }
    let source = files::sha256(&from.folder.join(&entry.path))?;
    let found = files::sha256(&target)?;
    let rewritten = record.rewritten.get(&entry.path);
    let expected = rewritten.filter(|rewritten| rewritten.source == source);
    let expected = expected.and_then(|rewritten| rewritten.target.as_ref()).unwrap_or(&source);
    Ok(if found == *expected {
        Ok(Sums { old: source, new: found })
    } else {
        Err(format!("{path} is not the same"))
    })
}

/// Has a copied database checked.
async fn database(entry: &Entry, to: &Path, proof: &mut Proof) {
    let Content::Database { .. } = entry.content else { return };
    let path = to.join(&entry.path);
    let check = async {
        let connection = sqlite::open_sealed(&path).await?;
        let complaints = sqlite::complaints(&connection).await?;
        // Which database it is matters for the meaning of cells and not for their number.
        let database =
            super::inventory::known(&path).unwrap_or(almanac_database::Database::Products);
        let rows = digest::digests(&connection, database).await?;
        connection.close().await?;
        Ok::<_, crate::Error>((complaints, rows.iter().map(|table| table.rows).sum()))
    };
    match check.await {
        Ok((complaints, rows)) => {
            let complaints =
                complaints.iter().map(|found| format!("{}: {found}", entry.path.display()));
            proof.wrong.extend(complaints);
            proof.databases.push((entry.path.clone(), rows));
        }
        Err(error) => proof.wrong.push(format!("{}: {error}", entry.path.display())),
    }
}
