//! The revisions of the `ingest` database.

use migration_support::{Database, Revisions, prelude::*};

mod m20251024_000001_core;
mod m20251109_000002_streaming_columns;
mod m20251109_000003_pointing_history;
mod m20261121_000004_change_log;
mod m20261121_000005_positions;

/// This database's revisions, ready to be run.
pub fn revisions() -> Revisions {
    Revisions::new(Database::Ingest, Migrator::migrations)
}

/// The list of revisions, oldest first. `sea-orm-cli migrate generate` adds to it.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20251024_000001_core::Migration),
            Box::new(m20251109_000002_streaming_columns::Migration),
            Box::new(m20251109_000003_pointing_history::Migration),
            Box::new(m20261121_000004_change_log::Migration),
            Box::new(m20261121_000005_positions::Migration),
        ]
    }
}
