//! The revisions of the `products` database.

use migration_support::{Database, Revisions, prelude::*};

mod m20251024_000001_core;
mod m20251024_000002_frontend_tables;
mod m20251126_000003_transients_monitoring;
mod m20251203_000004_measured_flux;
mod m20251203_000005_jobs_batch_qa;
mod m20251203_000006_operations;
mod m20251203_000007_mosaic_groups_ms_state;
mod m20261121_000008_change_log;
mod m20261121_000009_positions;
mod m20261121_000010_edges;
mod m20261121_000020_calibration_suspects;

/// This database's revisions, ready to be run.
pub fn revisions() -> Revisions {
    Revisions::new(Database::Products, Migrator::migrations)
}

/// The list of revisions, oldest first. `sea-orm-cli migrate generate` adds to it.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20251024_000001_core::Migration),
            Box::new(m20251024_000002_frontend_tables::Migration),
            Box::new(m20251126_000003_transients_monitoring::Migration),
            Box::new(m20251203_000004_measured_flux::Migration),
            Box::new(m20251203_000005_jobs_batch_qa::Migration),
            Box::new(m20251203_000006_operations::Migration),
            Box::new(m20251203_000007_mosaic_groups_ms_state::Migration),
            Box::new(m20261121_000008_change_log::Migration),
            Box::new(m20261121_000020_calibration_suspects::Migration),
            Box::new(m20261121_000009_positions::Migration),
            Box::new(m20261121_000010_edges::Migration),
        ]
    }
}
