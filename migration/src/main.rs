//! What `DATABASE=products sea-orm-cli migrate` runs from the workspace's root.

use std::{env, process::ExitCode};

use almanac_database::Database;

#[tokio::main]
async fn main() -> ExitCode {
    migration_support::main(|| {
        let names = || Database::ALL.map(Database::as_str).join(", ");
        let word = env::var("DATABASE")
            .map_err(|_| format!("set DATABASE to the database to migrate: one of {}", names()))?;
        let database: Database = word.parse().map_err(|error| format!("DATABASE: {error}"))?;
        Ok(almanac_migration::revisions(database))
    })
    .await
}
