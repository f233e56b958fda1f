//! Where the files are that belong to the state but to none of the databases.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Variables that each name the single file of one survey's catalogue, with the survey's key.
pub(crate) const CATALOGUE_VARIABLES: [(&str, &str); 8] = [
    ("NVSS_CATALOG", "nvss"),
    ("FIRST_CATALOG", "first"),
    ("RACS_CATALOG", "racs"),
    ("RAX_CATALOG", "racs"),
    ("VLASS_CATALOG", "vlass"),
    ("SUMSS_CATALOG", "sumss"),
    ("VLA_CATALOG", "vla"),
    ("ATNF_CATALOG", "atnf"),
];
/// The folder of the catalogue files.
pub(crate) const CATALOGUE_FOLDER_VARIABLE: &str = "CATALOG_DB_DIR";
/// The folder that files are imported from at the wish of a client.
pub(crate) const IMPORT_FOLDER_VARIABLE: &str = "ALMANAC_IMPORT_DIR";
/// The folders of data that clients may have looked through, as `PATH` lists folders.
pub(crate) const DATA_ROOTS_VARIABLE: &str = "ALMANAC_DATA_DIRS";

/// Folders and files beside the databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    state_dir: PathBuf,
    catalogues: PathBuf,
    catalogue_files: BTreeMap<&'static str, PathBuf>,
    imports: PathBuf,
    data_roots: Vec<PathBuf>,
}

impl Places {
    /// The usual places below a state directory.
    pub fn within(state_dir: &Path) -> Self {
        Self {
            state_dir: state_dir.to_owned(),
            catalogues: state_dir.join("catalogs"),
            catalogue_files: BTreeMap::new(),
            imports: state_dir.join("import"),
            data_roots: Vec::new(),
        }
    }

    /// The same with another folder of catalogue files.
    #[must_use]
    pub fn with_catalogues(self, folder: PathBuf) -> Self {
        Self { catalogues: folder, ..self }
    }

    /// The same with one file as the catalogue of a survey.
    #[must_use]
    pub fn with_catalogue_file(mut self, survey: &'static str, file: PathBuf) -> Self {
        self.catalogue_files.entry(survey).or_insert(file);
        self
    }

    /// The same with another folder that clients may import from.
    #[must_use]
    pub fn with_imports(self, folder: PathBuf) -> Self {
        Self { imports: folder, ..self }
    }

    /// The same with folders of data that clients may have looked through; none unless given.
    #[must_use]
    pub fn with_data_roots(self, data_roots: Vec<PathBuf>) -> Self {
        Self { data_roots, ..self }
    }

    /// The state directory.
    pub fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// The folder of the catalogue files.
    pub fn catalogues(&self) -> &Path {
        &self.catalogues
    }

    /// The file that a variable names as a survey's catalogue.
    pub fn catalogue_file(&self, survey: &str) -> Option<&Path> {
        self.catalogue_files.get(survey).map(PathBuf::as_path)
    }

    /// The folder that clients may import files from.
    pub fn imports(&self) -> &Path {
        &self.imports
    }

    /// The folders of data that clients may have looked through.
    pub fn data_roots(&self) -> &[PathBuf] {
        &self.data_roots
    }

    /// The folder of the sky models.
    pub fn sky_models(&self) -> PathBuf {
        self.state_dir.join("skymodels")
    }
}
