//! The phases in which AstrID's database came to be, and which of them a database has.

use almanac_entity::Database;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Result, Sessions};

/// A phase: tables that are there when all its revisions are applied.
struct Phase {
    /// The phase's newest revision.
    last: &'static str,
    tables: &'static [&'static str],
}

/// The phases, from the first.
const PHASES: [Phase; 4] = [
    Phase { last: RETIRED, tables: &["surveys", "observations", "system_config"] },
    Phase {
        last: "m20250915_000001_astrid_phase2_pipeline",
        tables: &["preprocess_runs", "difference_runs", "candidates", "processing_jobs"],
    },
    Phase {
        last: "m20250922_000002_astrid_phase3_energy",
        tables: &["models", "model_runs", "detections"],
    },
    Phase {
        last: "m20250929_000002_astrid_phase4_audit",
        tables: &["validation_events", "alerts", "audit_log"],
    },
];

/// The revision that copies the rows of the legacy table.
pub(super) const COPIED: &str = "m20250908_000003_astrid_phase1_copy_example_model";
/// The revision that takes the legacy table away.
pub(super) const RETIRED: &str = "m20250912_000001_astrid_phase1_retire_example_model";

/// The revisions that a database has, as its books say.
pub(super) async fn applied<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>> {
    let backend = connection.get_database_backend();
    let books = Database::Astrid.migration_table();
    let look = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
        }
        _ => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
    };
    let look = Statement::from_sql_and_values(backend, look, [books.as_str().into()]);
    if connection.query_one_raw(look).await?.is_none() {
        return Ok(Vec::new());
    }
    let names = Statement::from_string(backend, format!("SELECT version FROM \"{books}\""));
    let rows = connection.query_all_raw(names).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<std::result::Result<_, _>>()?)
}

/// The tables of phases that are not applied to the whole, each with its phase, from 1. Changes nothing.
///
/// # Errors
/// The database is not there or cannot be read.
pub async fn missing_tables(sessions: &Sessions) -> Result<Vec<(&'static str, u8)>> {
    let applied = applied(&sessions.reader(Database::Astrid).await?).await?;
    let missing =
        (1..).zip(&PHASES).filter(|(_, phase)| !applied.iter().any(|name| name == phase.last));
    let tables =
        missing.flat_map(|(number, phase)| phase.tables.iter().map(move |table| (*table, number)));
    Ok(tables.collect())
}
