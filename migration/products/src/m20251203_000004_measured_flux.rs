//! Measured fluxes, the making of mosaics, and where measurement sets look.

use migration_support::{
    change::{add_indexes, drop_indexes},
    prelude::*,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns, indexes) in additions() {
            add_columns(manager, table, &columns).await?;
            add_indexes(manager, table, &indexes).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns, indexes) in additions().into_iter().rev() {
            drop_indexes(manager, &indexes).await?;
            drop_columns(manager, table, &columns).await?;
        }
        Ok(())
    }
}

fn additions() -> [(&'static str, Vec<Column>, Vec<Index>); 4] {
    [
        (
            "photometry",
            vec![
                real("flux_jy"),
                real("flux_err_jy"),
                real("normalized_flux_jy"),
                real("normalized_flux_err_jy"),
                text("mosaic_path"),
                real("local_rms_jy"),
                text("quality_flag"),
            ],
            vec![],
        ),
        (
            "variability_stats",
            vec![real("eta_metric"), real("v_metric")],
            vec![Index::new("idx_variability_eta", ["eta_metric"])],
        ),
        (
            "mosaics",
            vec![
                text("status"),
                text("method"),
                text("tiles"),
                text("output_path"),
                text("validation_issues"),
                text("metrics_path"),
                real("effective_noise_jy"),
            ],
            vec![
                Index::new("idx_mosaics_name", ["name"]),
                Index::new("idx_mosaics_status", ["status"]),
            ],
        ),
        (
            "ms_index",
            vec![real("ra_deg"), real("dec_deg"), text("group_id"), real("created_at")],
            vec![Index::new("idx_ms_index_group_id", ["group_id"])],
        ),
    ]
}
