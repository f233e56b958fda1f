//! The revisions of the `astrid` database.

use migration_support::{Database, Revisions, prelude::*};

mod copy;
mod legacy;
mod m20250905_000001_astrid_legacy_example_model;
mod m20250908_000001_astrid_phase1_core;
mod m20250908_000002_astrid_phase1_seed;
mod m20250908_000003_astrid_phase1_copy_example_model;
mod m20250912_000001_astrid_phase1_retire_example_model;
mod m20250915_000001_astrid_phase2_pipeline;
mod m20250922_000001_astrid_phase3_ml;
mod m20250922_000002_astrid_phase3_energy;
mod m20250929_000001_astrid_phase4_curation;
mod m20250929_000002_astrid_phase4_audit;
mod m20261121_000001_positions;
mod row;
mod seed;
#[cfg(test)]
mod tests;
mod validation;

/// This database's revisions, ready to be run.
pub fn revisions() -> Revisions {
    Revisions::new(Database::Astrid, Migrator::migrations)
}

/// The list of revisions, oldest first. `sea-orm-cli migrate generate` adds to it.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20250905_000001_astrid_legacy_example_model::Migration),
            Box::new(m20250908_000001_astrid_phase1_core::Migration),
            Box::new(m20250908_000002_astrid_phase1_seed::Migration),
            Box::new(m20250908_000003_astrid_phase1_copy_example_model::Migration),
            Box::new(m20250912_000001_astrid_phase1_retire_example_model::Migration),
            Box::new(m20250915_000001_astrid_phase2_pipeline::Migration),
            Box::new(m20250922_000001_astrid_phase3_ml::Migration),
            Box::new(m20250922_000002_astrid_phase3_energy::Migration),
            Box::new(m20250929_000001_astrid_phase4_curation::Migration),
            Box::new(m20250929_000002_astrid_phase4_audit::Migration),
            Box::new(m20261121_000001_positions::Migration),
        ]
    }
}
