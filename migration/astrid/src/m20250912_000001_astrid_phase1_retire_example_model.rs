//! `example_model` goes, once every row of it is proved to be preserved.

use std::collections::HashMap;

use migration_support::prelude::*;
use sea_orm_migration::sea_query;
use uuid::Uuid;

use crate::legacy::{self, Row};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if !manager.has_table(legacy::TABLE).await? {
            return Ok(());
        }
        prove_preserved(manager).await?;
        manager.drop_table(sea_query::Table::drop().table(legacy::TABLE).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_tables(manager, &[legacy::table()]).await?;
        for ids in legacy::preserved_ids(manager).await?.chunks(legacy::BATCH) {
            let rows = legacy::preserved(manager, ids).await?;
            let rows = rows.into_iter().map(Row::try_from).collect::<Result<Vec<_>, _>>()?;
            legacy::insert(manager, rows).await?;
        }
        Ok(())
    }
}

async fn prove_preserved(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let ids = legacy::ids(manager).await?;
    let preserved = legacy::preserved_ids(manager).await?.len();
    if ids.len() != preserved {
        return Err(blocked(&format!("it has {} rows, and {preserved} are preserved", ids.len())));
    }
    for ids in ids.chunks(legacy::BATCH) {
        let mut preserved = HashMap::<Uuid, Row>::new();
        for row in legacy::preserved(manager, ids).await? {
            preserved.insert(row.id, row.try_into()?);
        }
        for row in legacy::rows(manager, ids).await? {
            if !preserved.get(&row.id).is_some_and(|kept| kept.equals(&row)) {
                return Err(blocked(&format!("its row {} is not what was preserved", row.id)));
            }
        }
    }
    Ok(())
}

fn blocked(reason: &str) -> DbErr {
    DbErr::Migration(format!(
        "RetireBlocked: example_model cannot go, since {reason}. Take back the revision before this one \
         and apply it again"
    ))
}
