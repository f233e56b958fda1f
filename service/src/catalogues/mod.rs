//! Survey catalogues: files beside the databases, asked one by one or together with the calibrators that
//! are registered.

mod build;
mod field;
mod file;
mod files;
mod lookup;
mod merge;
mod query;
mod survey;
mod table;
mod unified;

pub use build::{BuildOptions, BuildReport, build_catalogue};
pub use field::{
    DecCalibrator, FieldCalibrators, FieldQuery, calibrators_by_dec, calibrators_for_field,
};
pub use file::STRIP_HALF_WIDTH_DEG;
pub use files::strip_name;
pub use lookup::{SourceInfo, source_info};
pub use query::{CatalogueAnswer, CatalogueQuery, CatalogueSource, MAX_RADIUS_DEG, query_sources};
pub use survey::{Catalogue, Survey};
pub use table::{LineFaults, SurveyRow, read_survey};
pub use unified::{UnifiedAnswer, UnifiedQuery, UnifiedSource, query_unified};

pub(crate) use files::CatalogueFiles;

use std::path::PathBuf;

use crate::{Result, Sessions};

/// A catalogue file that there is.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueFileInfo {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The file.
    pub path: PathBuf,
    /// What it says of itself, by key; empty where it cannot be read.
    pub meta: Vec<(String, String)>,
    /// Why it cannot be read.
    pub fault: Option<String>,
}

/// The catalogue files there are, by catalogue and name.
///
/// # Errors
/// The sessions know no folder of catalogues.
pub async fn catalogue_files(sessions: &Sessions) -> Result<Vec<CatalogueFileInfo>> {
    let files = sessions.catalogue_files();
    let mut infos = Vec::new();
    for (catalogue, path) in files.list()? {
        let (meta, fault) = match files.file(&path).await {
            Ok(file) => (file.meta().to_vec(), None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        infos.push(CatalogueFileInfo { catalogue, path, meta, fault });
    }
    Ok(infos)
}
