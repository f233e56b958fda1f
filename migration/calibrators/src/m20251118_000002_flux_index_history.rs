//! Past states of bandpass calibrators, and the flux densities of a calibrator found fast.

use migration_support::{
    change::{add_indexes, drop_indexes},
    prelude::*,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_indexes(manager, "vla_flux_info", &indexes()).await?;
        create_tables(manager, &tables()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &tables()).await?;
        drop_indexes(manager, &indexes()).await
    }
}

fn indexes() -> [Index; 1] {
    [Index::new("idx_vla_flux_cal", ["vla_calibrator_id"])]
}

fn tables() -> [Table; 1] {
    [Table::new("bandpass_calibrator_history")
        .column(pk("id"))
        .column(text("calibrator_name").not_null())
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(real("dec_range_min"))
        .column(real("dec_range_max"))
        .column(text("source_catalog"))
        .column(real("flux_jy"))
        .column(real("registered_at").not_null())
        .column(text("registered_by"))
        .column(text("status"))
        .column(text("notes"))
        .column(text("origin").not_null())
        .column(bigint("origin_id"))
        .column(real("archived_at").not_null())
        .column(text("archived_by"))
        .index(
            "idx_bandpass_calibrator_history_calibrator_name_registered_at",
            ["calibrator_name", "registered_at"],
        )
        // A row is moved from its old table once, however often the move is repeated.
        .with(
            Index::new("idx_bandpass_calibrator_history_origin_id", ["origin_id"])
                .unique()
                .filter("origin = 'migration'"),
        )]
}
