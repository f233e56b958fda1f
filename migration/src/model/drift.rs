//! In what the entities and the revisions differ.

use almanac_database::Address;
use migration_schema::{Difference, Hints, Schema, compare};
use sea_orm_migration::prelude::DbErr;

use super::{Stated, desired_of, marked, stated, wanted};
use crate::verify::{replay, schema_error};

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
    let (made, wanted) = model_schemas(tables, address).await?;
    let comparison = compare(&marked(&made), &marked(&wanted), &Hints::default());
    Ok(comparison.map_err(schema_error)?.differences)
}

/// What all revisions make, and what that has to be for the entities to be right.
pub(crate) async fn model_schemas(
    tables: &[Stated],
    address: &Address,
) -> Result<(Schema, Schema), DbErr> {
    let made = replay(address, usize::MAX).await?;
    let desired = desired_of(tables, address).await?;
    let wanted = wanted(address.database, &made, &desired);
    Ok((made, wanted))
}
