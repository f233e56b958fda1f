//! The one list of databases.

use std::{fmt, str::FromStr};

/// A database of the pipeline. The variant's word is the same everywhere: on the command line, in
/// the `DATABASE` variable, in error messages, as the PostgreSQL schema and as the folder of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Database {
    /// Queue of observation groups, their subband files and their timings.
    Ingest,
    /// Calibration tables and their validity windows.
    CalRegistry,
    /// Measurement sets, images, photometry, variability, candidates, mosaics, QA and alerts.
    Products,
    /// The NVSS, VLASS and FIRST cross-match.
    MasterSources,
    /// Bandpass and gain calibrators, catalogue sources, VLA calibrators, sky models.
    Calibrators,
    /// Index of the raw subband files.
    Hdf5,
    /// Data products from staging to publication.
    DataRegistry,
    /// The AstrID optical-transient pipeline.
    Astrid,
}

impl Database {
    /// Every database, in the order in which they are listed to people.
    pub const ALL: [Self; 8] = [
        Self::Ingest,
        Self::CalRegistry,
        Self::Products,
        Self::MasterSources,
        Self::Calibrators,
        Self::Hdf5,
        Self::DataRegistry,
        Self::Astrid,
    ];

    /// The word for this database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::CalRegistry => "cal_registry",
            Self::Products => "products",
            Self::MasterSources => "master_sources",
            Self::Calibrators => "calibrators",
            Self::Hdf5 => "hdf5",
            Self::DataRegistry => "data_registry",
            Self::Astrid => "astrid",
        }
    }

    /// The environment variables that say where it is: a path or a URL each, the first that is set
    /// wins.
    pub const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Ingest => &["PIPELINE_INGEST_DB", "PIPELINE_QUEUE_DB", "CONTIMG_QUEUE_DB"],
            Self::CalRegistry => {
                &["PIPELINE_CAL_REGISTRY_DB", "CAL_REGISTRY_DB", "CONTIMG_REGISTRY_DB"]
            }
            Self::Products => &["PIPELINE_PRODUCTS_DB", "CONTIMG_PRODUCTS_DB"],
            Self::MasterSources => &["MASTER_SOURCES_DB"],
            Self::Calibrators => &["PIPELINE_CALIBRATORS_DB"],
            Self::Hdf5 => &["PIPELINE_HDF5_DB", "HDF5_DB_PATH"],
            Self::DataRegistry => &["PIPELINE_DATA_REGISTRY_DB"],
            Self::Astrid => &["ASTRID_DATABASE_URL"],
        }
    }

    /// A variable naming the folder that holds the database's file, looked at after [`variables`].
    ///
    /// [`variables`]: Self::variables
    pub(crate) const fn folder_variable(self) -> Option<&'static str> {
        match self {
            Self::MasterSources => Some("CATALOG_DB_DIR"),
            _ => None,
        }
    }

    /// The file's folder below the state directory, empty for the state directory itself.
    pub(crate) const fn default_folder(self) -> &'static str {
        match self {
            Self::MasterSources => "catalogs",
            _ => "",
        }
    }

    /// The SQLite file's name.
    pub fn file_name(self) -> String {
        format!("{self}.sqlite3")
    }

    /// The table in which the migrator of this database keeps its books. Each database has its own,
    /// so that two of them in one file or schema do not take each other's revisions for their own.
    pub fn migration_table(self) -> String {
        format!("seaql_migrations_{self}")
    }

    /// The table beside it in which more is kept of each: when, how, and by which version.
    pub fn migration_log(self) -> String {
        format!("{}_log", self.migration_table())
    }

    /// The table beside them that only an adopted file has: in what it differs from a file that the revisions
    /// made, and may.
    pub fn adoption_table(self) -> String {
        format!("{}_adopted", self.migration_table())
    }

    /// Whether `table` is one of these three.
    pub fn is_books(self, table: &str) -> bool {
        [self.migration_table(), self.migration_log(), self.adoption_table()]
            .iter()
            .any(|books| books == table)
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no database `{0}`; the databases are {list}", list = Database::ALL.map(Database::as_str).join(", "))]
pub struct UnknownDatabase(String);

impl FromStr for Database {
    type Err = UnknownDatabase;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|database| database.as_str() == word)
            .ok_or_else(|| UnknownDatabase(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for database in Database::ALL {
            assert_eq!(database.as_str().parse(), Ok(database));
        }
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_valid_ones() {
        let message = "product".parse::<Database>().unwrap_err().to_string();
        assert!(message.contains("`product`") && message.contains("cal_registry"), "{message}");
    }
}
