//! Every row of `example_model` is preserved as a setting; those that are observations become some.

use std::collections::BTreeMap;

use migration_support::prelude::*;
use uuid::Uuid;

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
        let mut copied = Vec::new();
        for ids in legacy::preserved_ids(manager).await?.chunks(legacy::BATCH) {
            let rows = legacy::preserved(manager, ids).await?;
            copied.extend(rows.iter().filter(|row| row.converted).map(|row| row.id));
        }
        refuse_dependants(manager, &copied).await?;
        for ids in copied.chunks(legacy::BATCH) {
            copy::undo(manager, ids).await?;
        }
        copy::end(manager).await?;
        legacy::forget(manager).await
    }
}

/// Rows that belong to a copied observation would be left without it, and nobody can allow that.
async fn refuse_dependants(manager: &SchemaManager<'_>, copied: &[Uuid]) -> Result<(), DbErr> {
    let mut found = BTreeMap::<String, i64>::new();
    for ids in copied.chunks(legacy::BATCH) {
        for (table, rows) in copy::dependants(manager, ids).await? {
            *found.entry(table).or_default() += rows;
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> =
        found.iter().map(|(table, rows)| format!("{table} ({rows} rows)")).collect();
    Err(DbErr::Migration(format!(
        "DowngradeBlocked: observations that were copied from example_model have rows of other tables: {}. \
         Delete these first",
        shown.join(", ")
    )))
}
