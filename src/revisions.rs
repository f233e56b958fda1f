//! Where databases stand among their revisions, as the graph tells of it.

use std::sync::Arc;

use almanac_api::{DatabaseRevisions, MigrationStatus};
use almanac_database::{Address, Location};
use almanac_migration::status;

/// Looks at the databases at these addresses whenever it is asked.
pub(crate) fn migration_status(addresses: Vec<Address>) -> MigrationStatus {
    let addresses: Arc<[Address]> = addresses.into();
    MigrationStatus(Arc::new(move || {
        let addresses = addresses.clone();
        Box::pin(async move {
            let mut all = Vec::with_capacity(addresses.len());
            for address in addresses.iter() {
                all.push(standing(address).await);
            }
            all
        })
    }))
}

async fn standing(address: &Address) -> DatabaseRevisions {
    let engine = match address.location {
        Location::File(_) | Location::Memory => "sqlite",
        Location::Postgres(_) => "postgres",
    };
    let nothing = DatabaseRevisions {
        database: address.database.to_string(),
        engine: engine.to_owned(),
        ..DatabaseRevisions::default()
    };
    match status(address).await {
        Ok(status) => DatabaseRevisions {
            is_readable: status.exists,
            current: status.current().map(str::to_owned),
            applied: named(status.revisions.iter().filter(|revision| revision.applied)),
            pending: status.pending().map(str::to_owned).collect(),
            unknown: status.unknown,
            ..nothing
        },
        Err(error) => {
            tracing::warn!(database = %address.database, %error, "nobody knows its revisions");
            nothing
        }
    }
}

fn named<'r>(revisions: impl Iterator<Item = &'r almanac_migration::Migration>) -> Vec<String> {
    revisions.map(|revision| revision.name.clone()).collect()
}
