//! The revisions of the `cal_registry` database.

use migration_support::{Database, Revisions, prelude::*};

mod m20251024_000001_core;
mod m20251109_000002_lifecycle;
mod m20251113_000003_provenance;
mod m20251203_000004_application_log;
mod m20261121_000005_change_log;
mod m20261121_000006_edges;
mod m20261121_000020_calibration_suspects;

/// This database's revisions, ready to be run.
pub fn revisions() -> Revisions {
    Revisions::new(Database::CalRegistry, Migrator::migrations)
}

/// The list of revisions, oldest first. `sea-orm-cli migrate generate` adds to it.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20251024_000001_core::Migration),
            Box::new(m20251109_000002_lifecycle::Migration),
            Box::new(m20251113_000003_provenance::Migration),
            Box::new(m20251203_000004_application_log::Migration),
            Box::new(m20261121_000005_change_log::Migration),
            Box::new(m20261121_000020_calibration_suspects::Migration),
            Box::new(m20261121_000006_edges::Migration),
        ]
    }
}
