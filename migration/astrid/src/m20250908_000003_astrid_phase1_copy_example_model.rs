//! Every row of `example_model` is preserved as a setting; those that are observations become some.

use migration_support::prelude::*;

use crate::{copy, legacy};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if !manager.has_table(legacy::TABLE).await? {
            return Ok(());
        }
        let mut copy = copy::Copy::begin(manager).await?;
        for ids in legacy::ids(manager).await?.chunks(legacy::BATCH) {
            let rows = legacy::rows(manager, ids).await?;
            let outcomes = copy.observations(manager, &rows).await?;
            legacy::preserve(manager, rows.into_iter().zip(outcomes)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for ids in legacy::preserved_ids(manager).await?.chunks(legacy::BATCH) {
            let rows = legacy::preserved(manager, ids).await?;
            copy::undo(manager, rows.iter().filter(|row| row.converted).map(|row| row.id)).await?;
        }
        copy::end(manager).await?;
        legacy::forget(manager).await
    }
}
