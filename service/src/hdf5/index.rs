//! Bringing the index up to what lies on disk.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use almanac_entity::{
    UnixTime,
    hdf5::{hdf5_file, pointing},
};
use hdf5_file::Column::{FileSizeBytes, ModifiedTime, Path as FilePath, Stored};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Value,
    sea_query::Expr,
};

use super::{DirectoryScan, FileError, FoundFile};
use crate::{Comparison, Filter, Repository, Result, Writable};

/// Files written by one statement, or marked as gone by one.
const BATCH: usize = 1_000;

/// What only the inside of a file tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Header {
    /// Right ascension of the pointing centre, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination of the pointing centre, degrees, ICRS.
    pub dec_deg: f64,
}

/// Reads the header of a subband 0: none where it tells nothing, or why it cannot be read.
pub type HeaderReader<'r> =
    dyn Fn(&Path) -> std::result::Result<Option<Header>, String> + Sync + 'r;

/// A [`HeaderReader`] that reads nothing: files are indexed without coordinates.
///
/// # Errors
/// Never.
pub fn no_headers(_: &Path) -> std::result::Result<Option<Header>, String> {
    Ok(None)
}

/// What indexing a directory did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexReport {
    /// Subband files found on disk.
    pub scanned: u64,
    /// Files that the index did not know.
    pub new: u64,
    /// Files that had changed, or were thought gone.
    pub updated: u64,
    /// Files that were as the index had them.
    pub skipped: u64,
    /// Files of the index that are not on disk any more; their rows stay.
    pub deleted: u64,
    /// How much could not be used.
    pub error_count: u64,
    /// The first hundred of it.
    pub errors: Vec<FileError>,
}

/// What the index knows of a file, as far as it says whether it changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Known {
    size_bytes: Option<i64>,
    modified: Option<UnixTime>,
    pub(super) stored: bool,
}

impl<C: ConnectionTrait> Repository<'_, C, hdf5_file::Entity> {
    /// What the index knows of the files below a directory.
    pub(super) async fn known_below(&self, directory: &str) -> Result<HashMap<String, Known>> {
        type Cells = (String, Option<i64>, Option<UnixTime>, Option<bool>);
        let select = hdf5_file::Entity::find()
            .select_only()
            .columns([FilePath, FileSizeBytes, ModifiedTime, Stored])
            .filter(below(directory).condition());
        let rows: Vec<Cells> = select.into_tuple().all(self.connection).await?;
        let known = |(path, size_bytes, modified, stored): Cells| {
            (path, Known { size_bytes, modified, stored: stored.unwrap_or(true) })
        };
        Ok(rows.into_iter().map(known).collect())
    }
}

impl<C: Writable> Repository<'_, C, hdf5_file::Entity> {
    /// Brings the index up to a scan of a directory: new files are added, those whose size or time changed
    /// are updated, with `force` all of them, and those of the index that are gone are marked so. No row
    /// is removed. Where the scan did not see everything, nothing that it may have missed counts as gone.
    ///
    /// The coordinates are those that `headers` reads from files of subband 0; where it tells nothing, a
    /// row keeps what it has. The statements belong in one transaction.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn index(
        &self,
        scan: &DirectoryScan,
        force: bool,
        headers: &HeaderReader<'_>,
        now: UnixTime,
    ) -> Result<IndexReport> {
        let known = self.known_below(&scan.directory).await?;
        let mut report = IndexReport {
            scanned: scan.files.len() as u64,
            error_count: scan.error_count,
            errors: scan.errors.clone(),
            ..IndexReport::default()
        };
        let mut fresh = Vec::new();
        for file in &scan.files {
            let before = known.get(&file.path);
            let is_same = before.is_some_and(|known| {
                known.stored
                    && known.size_bytes == Some(file.size_bytes)
                    && known.modified == Some(file.modified)
            });
            if is_same && !force {
                report.skipped += 1;
                continue;
            }
            let header = match file.name.subband {
                0 => headers(Path::new(&file.path)).unwrap_or_else(|message| {
                    report.error_count += 1;
                    report.errors.push(FileError { path: file.path.clone(), message });
                    None
                }),
                _ => None,
            };
            if let Some(header) = header {
                self.note_pointing(file, header).await?;
            }
            let mut row = row(file, header, now);
            if before.is_some() {
                row.path = Unchanged(file.path.clone());
                self.update(row).await?;
                report.updated += 1;
            } else {
                fresh.push(row);
                report.new += 1;
            }
            if fresh.len() == BATCH {
                self.insert_many(std::mem::take(&mut fresh)).await?;
            }
        }
        self.insert_many(fresh).await?;
        report.deleted = self.mark_gone(&gone(scan, &known)).await?;
        Ok(report)
    }

    /// Marks files as not on disk any more; how many these are.
    pub(super) async fn mark_gone(&self, paths: &[&str]) -> Result<u64> {
        let mut marked = 0;
        for paths in paths.chunks(BATCH) {
            let files = Filter::In(FilePath, paths.iter().map(|path| Value::from(*path)).collect());
            marked += self.update_where(&files, [(Stored, Expr::value(false))]).await?;
        }
        Ok(marked)
    }

    /// Writes down where the telescope pointed when a file begins.
    async fn note_pointing(&self, file: &FoundFile, header: Header) -> Result<()> {
        let row = pointing::ActiveModel {
            timestamp: Set(file.name.start.and_utc().into()),
            ra_deg: Set(Some(header.ra_deg)),
            dec_deg: Set(Some(header.dec_deg)),
            ..Default::default()
        };
        self.on::<pointing::Entity>().upsert(row, &[pointing::Column::Timestamp]).await?;
        Ok(())
    }
}

/// The files of the index that a scan would have found and did not.
pub(super) fn gone<'k>(scan: &DirectoryScan, known: &'k HashMap<String, Known>) -> Vec<&'k str> {
    if scan.truncated {
        return Vec::new();
    }
    let found: HashSet<&str> = scan.files.iter().map(|file| file.path.as_str()).collect();
    let stored = known.iter().filter(|(_, known)| known.stored).map(|(path, _)| path.as_str());
    let mut gone: Vec<&str> =
        stored.filter(|path| !found.contains(path) && scan.would_find(path)).collect();
    gone.sort_unstable();
    gone
}

/// The row of a file. Where a header told nothing, its coordinates are not touched.
fn row(file: &FoundFile, header: Option<Header>, now: UnixTime) -> hdf5_file::ActiveModel {
    let name = &file.name;
    let is_first = name.subband == 0;
    let start = UnixTime::from(name.start.and_utc());
    let filename = Path::new(&file.path).file_name().and_then(|name| name.to_str());
    let mut row = hdf5_file::ActiveModel {
        path: Set(file.path.clone()),
        filename: Set(filename.unwrap_or_default().to_owned()),
        group_id: Set(name.group_id.clone()),
        subband_code: Set(name.subband_code()),
        timestamp_iso: Set(name.group_id.clone()),
        timestamp_mjd: Set(start.mjd()),
        file_size_bytes: Set(Some(file.size_bytes)),
        modified_time: Set(Some(file.modified)),
        indexed_at: Set(Some(now)),
        stored: Set(Some(true)),
        subband_num: Set(Some(i32::from(name.subband))),
        obs_date: Set(is_first.then(|| name.start.format("%Y-%m-%d").to_string())),
        obs_time: Set(is_first.then(|| name.start.format("%H:%M:%S").to_string())),
        ..Default::default()
    };
    if let Some(header) = header {
        row.ra_deg = Set(Some(header.ra_deg));
        row.dec_deg = Set(Some(header.dec_deg));
    }
    row
}

/// The files below a directory: their paths lie between `directory/` and what follows it.
fn below(directory: &str) -> Filter<hdf5_file::Entity> {
    let directory = directory.trim_end_matches('/');
    Filter::Compare(FilePath, Comparison::Gte, format!("{directory}/").into()).and(Filter::Compare(
        FilePath,
        Comparison::Lt,
        format!("{directory}0").into(),
    ))
}
