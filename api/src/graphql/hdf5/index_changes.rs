//! Changes to the index of raw files.

use almanac_entity::hdf5::hdf5_file;
use almanac_service::{
    Error, Work,
    hdf5::{DirectoryScan, FileError as Fault, no_headers},
};
use async_graphql::{InputObject, SimpleObject};

use super::Hdf5File;
use crate::graphql::{RowInput, mutation::blocking};

/// A raw file to be written into the index.
#[derive(Debug, InputObject)]
pub struct Hdf5FileInput {
    /// Its row.
    file: RowInput<hdf5_file::Entity>,
}

/// A raw file in the index.
#[derive(Debug, SimpleObject)]
pub struct Hdf5FilePayload {
    /// The file.
    file: Hdf5File,
}

/// A directory to be indexed.
#[derive(Debug, InputObject)]
pub struct IndexHdf5DirectoryInput {
    /// Its absolute path, below one of the directories that this server may look into.
    directory: String,
    /// Whether files that have not changed are written anew, too.
    #[graphql(default)]
    force: bool,
    /// How many files at the most.
    max_files: Option<i32>,
}

/// A file or directory that could not be used.
#[derive(Debug, SimpleObject)]
pub struct FileError {
    /// Its path.
    path: String,
    /// What is wrong with it.
    message: String,
}

impl From<Fault> for FileError {
    fn from(fault: Fault) -> Self {
        Self { path: fault.path, message: fault.message }
    }
}

/// What indexing a directory did.
#[derive(Debug, SimpleObject)]
pub struct IndexHdf5DirectoryPayload {
    /// Subband files found on disk.
    scanned: u64,
    /// Files that the index did not know.
    new: u64,
    /// Files that had changed.
    updated: u64,
    /// Files that were as the index had them.
    skipped: u64,
    /// Files of the index that are not on disk any more; their rows stay.
    deleted: u64,
    /// How much could not be used.
    error_count: u64,
    /// The first hundred of it.
    errors: Vec<FileError>,
}

/// A directory to be compared with the index.
#[derive(Debug, InputObject)]
pub struct ReconcileHdf5DirectoryInput {
    /// Its absolute path, below one of the directories that this server may look into.
    directory: String,
    /// Whether files that the index does not know are added.
    #[graphql(default)]
    index_orphans: bool,
    /// Whether only is told what would change.
    #[graphql(default)]
    dry_run: bool,
}

/// What the index says of a directory, and what lies there.
#[derive(Debug, SimpleObject)]
pub struct ReconcileHdf5DirectoryPayload {
    /// Files on disk that the index knows.
    indexed: u64,
    /// Number of files on disk that it did not know.
    orphan_count: u64,
    /// The first thousand of them.
    orphans: Vec<String>,
    /// Number of files that it held for stored and that are gone.
    gone_count: u64,
    /// The first thousand of them.
    gone: Vec<String>,
    /// How much of the directory could not be used.
    error_count: u64,
    /// Number of files marked as gone.
    marked: u64,
    /// Number of files added to the index.
    added: u64,
}

/// The subband files of a directory that this server may look into.
pub(crate) async fn scan(
    work: &Work,
    directory: &str,
    max_files: Option<i32>,
) -> almanac_service::Result<DirectoryScan> {
    let most = max_files.map(|most| {
        usize::try_from(most)
            .map_err(|_| Error::invalid("maxFiles", format!("{most} is not a number of files")))
    });
    let most = most.transpose()?;
    let roots = work.sessions().data_roots();
    let directory = directory.to_owned();
    blocking(move || {
        let directory = roots.confine(&directory, "directory")?;
        DirectoryScan::of(&directory, most)
    })
    .await
}

mutations! {
    /// Changes to the index of raw files.
    Hdf5Mutations {
        /// Writes a raw file into the index.
        AddHdf5File: add_hdf5_file(input: Hdf5FileInput, work) -> Hdf5FilePayload {
            let files = work.table::<hdf5_file::Entity>().await?;
            let file = files.add(input.file.into_active()).await?;
            Ok(Hdf5FilePayload { file: Hdf5File::of(&file) })
        }

        /// Writes a raw file into the index, or changes its row; a field that is null or not given keeps
        /// what it holds.
        UpsertHdf5File: upsert_hdf5_file(input: Hdf5FileInput, work) -> Hdf5FilePayload {
            let files = work.table::<hdf5_file::Entity>().await?;
            let file = files.upsert_by_path(input.file.into_active()).await?;
            Ok(Hdf5FilePayload { file: Hdf5File::of(&file) })
        }

        /// Brings the index up to what lies in a directory and those below it. No row is removed; files
        /// that are gone are marked so. Coordinates, which only the inside of a file tells, stay as they
        /// are.
        IndexHdf5Directory: index_hdf5_directory(input: IndexHdf5DirectoryInput, work)
            -> IndexHdf5DirectoryPayload
        {
            let scan = scan(work, &input.directory, input.max_files).await?;
            let files = work.table::<hdf5_file::Entity>().await?;
            let report = files.index(&scan, input.force, &no_headers, work.now()).await?;
            Ok(IndexHdf5DirectoryPayload {
                scanned: report.scanned,
                new: report.new,
                updated: report.updated,
                skipped: report.skipped,
                deleted: report.deleted,
                error_count: report.error_count,
                errors: report.errors.into_iter().map(FileError::from).collect(),
            })
        }

        /// Compares the index with a directory: files that are gone are marked so, and those that it does
        /// not know are added where that is wanted. No row is removed.
        ReconcileHdf5Directory: reconcile_hdf5_directory(input: ReconcileHdf5DirectoryInput, work)
            -> ReconcileHdf5DirectoryPayload
        {
            let scan = scan(work, &input.directory, None).await?;
            let files = work.table::<hdf5_file::Entity>().await?;
            let report = if input.dry_run {
                files.validate_storage(&scan).await?
            } else {
                files.reconcile(&scan, input.index_orphans, &no_headers, work.now()).await?
            };
            Ok(ReconcileHdf5DirectoryPayload {
                indexed: report.indexed,
                orphan_count: report.orphan_count,
                orphans: report.orphans,
                gone_count: report.gone_count,
                gone: report.gone,
                error_count: report.error_count,
                marked: report.marked,
                added: report.added,
            })
        }
    }
}
