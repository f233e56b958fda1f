//! Indexes for following references from the row that is referred to. Rows that refer to none are not in them.

use migration_support::{
    change::{add_indexes, drop_indexes},
    prelude::*,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, indexes) in indexes() {
            add_indexes(manager, table, &indexes).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (_, indexes) in indexes().into_iter().rev() {
            drop_indexes(manager, &indexes).await?;
        }
        Ok(())
    }
}

fn indexes() -> Vec<(&'static str, Vec<Index>)> {
    vec![
        (
            "caltables",
            vec![
                Index::new("idx_caltables_source_ms", ["source_ms_path"])
                    .filter("source_ms_path IS NOT NULL"),
            ],
        ),
        (
            "calibration_applied",
            vec![Index::new("idx_calibration_applied_caltable", ["caltable_path"])],
        ),
    ]
}
