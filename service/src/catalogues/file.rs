//! One catalogue file: what it holds and how it is read.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use almanac_database::{Mode, connect_file};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use crate::{Error, Result};

/// A strip reaches this far from the declination that it is named after, degrees.
pub const STRIP_HALF_WIDTH_DEG: f64 = 6.0;

/// A catalogue file that is open for reading.
#[derive(Debug)]
pub(crate) struct CatalogueFile {
    pub(crate) connection: DatabaseConnection,
    /// Columns of its `sources`.
    columns: HashSet<String>,
    /// What its `meta` says.
    meta: Vec<(String, String)>,
    path: PathBuf,
}

/// What tells whether a file was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// The stamp of a file; none where there is no such file.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let facts = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        Some(Self { length: facts.len(), modified: facts.modified().ok() })
    }
}

impl CatalogueFile {
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let connection = connect_file(path, Mode::Read).await?;
        let columns =
            texts(&connection, "SELECT name, '' FROM pragma_table_info('sources')").await?;
        let columns = columns.into_iter().map(|(name, _)| name).collect();
        let has_meta = "SELECT name, '' FROM sqlite_schema WHERE type = 'table' AND name = 'meta'";
        let meta = if texts(&connection, has_meta).await?.is_empty() {
            Vec::new()
        } else {
            let all = "SELECT key, COALESCE(CAST(value AS TEXT), '') FROM meta ORDER BY key";
            texts(&connection, all).await?
        };
        Ok(Self { connection, columns, meta, path: path.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn meta(&self) -> &[(String, String)] {
        &self.meta
    }

    pub(crate) fn has_column(&self, name: &str) -> bool {
        self.columns.contains(name)
    }

    /// The declinations it holds, if it says so; else those of a strip around `named`.
    pub(crate) fn dec_range(&self, named: f64) -> (f64, f64) {
        let number = |key: &str| {
            let mut facts = self.meta.iter();
            let (_, value) = facts.find(|(other, _)| other == key)?;
            value.trim().parse::<f64>().ok().filter(|number| number.is_finite())
        };
        (
            number("dec_min").unwrap_or((named - STRIP_HALF_WIDTH_DEG).max(-90.0)),
            number("dec_max").unwrap_or((named + STRIP_HALF_WIDTH_DEG).min(90.0)),
        )
    }

    /// Checks that it is a catalogue at all.
    pub(crate) fn check(&self) -> Result<()> {
        if ["ra_deg", "dec_deg"].iter().all(|column| self.has_column(column)) {
            return Ok(());
        }
        let message = "the file has no table `sources` with `ra_deg` and `dec_deg`";
        Err(Error::invalid("path", message))
    }
}

/// The rows of a statement that selects two texts.
pub(crate) async fn texts(
    connection: &DatabaseConnection,
    sql: &str,
) -> Result<Vec<(String, String)>> {
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    let results = connection.query_all_raw(statement).await?;
    let rows = results
        .iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect::<std::result::Result<_, sea_orm::DbErr>>()?;
    Ok(rows)
}
