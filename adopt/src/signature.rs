//! Which database a file is, told by the tables that only that one has.

use almanac_database::Database;
use migration_schema::{Engine, Schema};

/// Tables that, all together, say that a file is none of ours, and what it is.
const STRANGERS: [(&[&str], &str); 5] = [
    (&["processing_queue", "ms_index"], MERGED),
    (&["hdf5_files", "ms_index"], MERGED),
    (&["caltables", "ms_index"], MERGED),
    (&["ingest_queue", "ms_index"], MERGED),
    (
        &["calibrator_sources", "calibrator_blacklist"],
        "it is the registry of calibrators, which Almanac does not keep",
    ),
];
const MERGED: &str = "it is the merged database (`pipeline.sqlite3`) that holds what Almanac keeps in several files; \
                      take over the files from before the merger";

/// Which database the tables of a file belong to; none where no table says.
///
/// # Errors
/// It is a file that is not taken over, in words.
pub(crate) fn told(schema: &Schema) -> Result<Option<Database>, String> {
    let has = |name: &str| schema.table(name).is_some();
    if let Some((_, what)) =
        STRANGERS.iter().find(|(tables, _)| tables.iter().all(|name| has(name)))
    {
        return Err((*what).to_owned());
    }
    let is_products = has("ms_index") || has("images") || has("photometry");
    let is_catalogue = schema
        .table("sources")
        .is_some_and(|sources| sources.column(Engine::Sqlite, "s_nvss").is_some());
    let signatures = [
        (Database::Ingest, has("ingest_queue")),
        (Database::CalRegistry, has("caltables") || has("calibration_tables")),
        (Database::Products, is_products),
        (Database::MasterSources, is_catalogue),
        (
            Database::Calibrators,
            !is_products && has("bandpass_calibrators") && has("vla_calibrators"),
        ),
        (Database::Hdf5, !is_products && has("hdf5_file_index")),
        (Database::DataRegistry, !is_products && has("data_registry")),
    ];
    let told: Vec<Database> =
        signatures.into_iter().filter(|(_, told)| *told).map(|(database, _)| database).collect();
    match told[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        [one, other, ..] => {
            Err(format!("it holds tables of {one} and of {other}; each needs a file of its own"))
        }
    }
}
