//! Whether the index and the disk agree.

use almanac_entity::{UnixTime, hdf5::hdf5_file};
use sea_orm::ConnectionTrait;

use super::{DirectoryScan, FoundFile, HeaderReader, index::gone};
use crate::{Repository, Result, Writable};

/// Paths that are told one by one; the others are only counted.
const TOLD: usize = 1_000;

/// What the index says of a directory, and what lies there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageReport {
    /// Files on disk that the index knows.
    pub indexed: u64,
    /// Number of files on disk that it does not know.
    pub orphan_count: u64,
    /// The first thousand of them.
    pub orphans: Vec<String>,
    /// Number of files that it holds for stored and that are gone.
    pub gone_count: u64,
    /// The first thousand of them.
    pub gone: Vec<String>,
    /// How much of the directory could not be used.
    pub error_count: u64,
    /// Number of files marked as gone.
    pub marked: u64,
    /// Number of files added to the index.
    pub added: u64,
}

impl<C: ConnectionTrait> Repository<'_, C, hdf5_file::Entity> {
    /// Compares the index with a scan of a directory; changes nothing.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn validate_storage(&self, scan: &DirectoryScan) -> Result<StorageReport> {
        let known = self.known_below(&scan.directory).await?;
        let orphans: Vec<&str> = scan
            .files
            .iter()
            .map(|file| file.path.as_str())
            .filter(|path| !known.contains_key(*path))
            .collect();
        let gone = gone(scan, &known);
        let told =
            |paths: &[&str]| paths.iter().take(TOLD).map(|path| (*path).to_owned()).collect();
        Ok(StorageReport {
            indexed: (scan.files.len() - orphans.len()) as u64,
            orphan_count: orphans.len() as u64,
            orphans: told(&orphans),
            gone_count: gone.len() as u64,
            gone: told(&gone),
            error_count: scan.error_count,
            ..StorageReport::default()
        })
    }
}

impl<C: Writable> Repository<'_, C, hdf5_file::Entity> {
    /// Marks the files of a directory that are gone, and with `index_orphans` adds those that the index
    /// does not know. No row is removed. The statements belong in one transaction.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn reconcile(
        &self,
        scan: &DirectoryScan,
        index_orphans: bool,
        headers: &HeaderReader<'_>,
        now: UnixTime,
    ) -> Result<StorageReport> {
        let mut report = self.validate_storage(scan).await?;
        let known = self.known_below(&scan.directory).await?;
        report.marked = self.mark_gone(&gone(scan, &known)).await?;
        if index_orphans {
            let is_orphan = |file: &&FoundFile| !known.contains_key(&file.path);
            // Truncated, so that nothing but what is in it counts.
            let orphans = DirectoryScan {
                directory: scan.directory.clone(),
                files: scan.files.iter().filter(is_orphan).cloned().collect(),
                truncated: true,
                ..DirectoryScan::default()
            };
            report.added = self.index(&orphans, false, headers, now).await?.new;
        }
        Ok(report)
    }
}
