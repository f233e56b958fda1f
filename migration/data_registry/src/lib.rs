//! The revisions of the `data_registry` database.

use migration_support::{Database, Revisions, prelude::*};

mod m20251109_000001_core;
mod m20251111_000002_publish_attempts;
mod m20251113_000003_photometry_status;
mod m20261121_000004_change_log;

/// This database's revisions, ready to be run.
pub fn revisions() -> Revisions {
    Revisions::new(Database::DataRegistry, Migrator::migrations)
}

/// The list of revisions, oldest first. `sea-orm-cli migrate generate` adds to it.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20251109_000001_core::Migration),
            Box::new(m20251111_000002_publish_attempts::Migration),
            Box::new(m20251113_000003_photometry_status::Migration),
            Box::new(m20261121_000004_change_log::Migration),
        ]
    }
}
