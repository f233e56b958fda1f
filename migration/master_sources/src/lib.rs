//! The revisions of the `master_sources` database.

use migration_support::{Database, Revisions, prelude::*};

mod m20251024_000001_core;
mod m20251024_000002_build_provenance;
mod m20261121_000003_change_log;
mod m20261121_000004_positions;

/// This database's revisions, ready to be run.
pub fn revisions() -> Revisions {
    Revisions::new(Database::MasterSources, Migrator::migrations)
}

/// The list of revisions, oldest first. `sea-orm-cli migrate generate` adds to it.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20251024_000001_core::Migration),
            Box::new(m20251024_000002_build_provenance::Migration),
            Box::new(m20261121_000003_change_log::Migration),
            Box::new(m20261121_000004_positions::Migration),
        ]
    }
}
