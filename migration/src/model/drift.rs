//! In what the entities and the revisions differ.

use almanac_database::Address;
use migration_schema::{Difference, Hints, Schema, compare};
use sea_orm_migration::prelude::DbErr;

use super::{Stated, desired_of, marked, stated, wanted};
use crate::verify::{live, replay, schema_error};

/// In what the tables that all revisions make differ from those that the entities state. The database at
/// `address` is not touched; only its engine counts.
///
/// # Errors
/// There can be no scratch database, a revision fails, or the engine refuses what an entity states.
pub async fn drift(address: &Address) -> Result<Vec<Difference>, DbErr> {
    drift_of(&stated(address.database), address).await
}

/// The same for any tables.
///
/// # Errors
/// There can be no scratch database, a revision fails, or the engine refuses a table.
pub async fn drift_of(tables: &[Stated], address: &Address) -> Result<Vec<Difference>, DbErr> {
    between(&replay(address, usize::MAX).await?, tables, address).await
}

/// In what the tables of the database itself differ from `tables`.
///
/// # Errors
/// It cannot be read, there can be no scratch database, or the engine refuses a table.
pub async fn live_drift_of(tables: &[Stated], address: &Address) -> Result<Vec<Difference>, DbErr> {
    between(&live(address).await?, tables, address).await
}

/// In what a schema differs from what it has to be for the entities to be right.
async fn between(
    made: &Schema,
    tables: &[Stated],
    address: &Address,
) -> Result<Vec<Difference>, DbErr> {
    let wanted = wanted(address.database, made, &desired_of(tables, address).await?);
    let comparison = compare(&marked(made), &marked(&wanted), &Hints::default());
    Ok(comparison.map_err(schema_error)?.differences)
}
