//! The revisions of the `astrid` database.

use migration_support::{Database, Revisions, prelude::*};

/// This database's revisions, ready to be run.
pub fn revisions() -> Revisions {
    Revisions::new(Database::Astrid, Migrator::migrations)
}

/// The list of revisions, oldest first. `sea-orm-cli migrate generate` adds to it.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![]
    }
}
