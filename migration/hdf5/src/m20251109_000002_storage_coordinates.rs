//! Whether a file is still on disk, its subband as a number, and where and when it was observed.

use migration_support::{
    change::{add_indexes, drop_indexes},
    prelude::*,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "hdf5_file_index", &columns()).await?;
        add_indexes(manager, "hdf5_file_index", &indexes()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_indexes(manager, &indexes()).await?;
        drop_columns(manager, "hdf5_file_index", &columns()).await
    }
}

fn columns() -> [Column; 6] {
    [
        flag("stored").default(true),
        int("subband_num"),
        real("ra_deg"),
        real("dec_deg"),
        text("obs_date"),
        text("obs_time"),
    ]
}

fn indexes() -> [Index; 5] {
    [
        Index::new("idx_hdf5_stored", ["stored"]),
        Index::new("idx_hdf5_ra_dec", ["ra_deg", "dec_deg"]),
        Index::new("idx_hdf5_obs_date", ["obs_date"]),
        Index::new("idx_hdf5_subband_num", ["subband_num"]),
        Index::new("idx_hdf5_group_subband_num", ["group_id", "subband_num"]),
    ]
}
