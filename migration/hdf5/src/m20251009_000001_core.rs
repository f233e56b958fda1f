//! The index of raw subband files.

use migration_support::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_tables(manager, &tables()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &tables()).await
    }
}

fn tables() -> [Table; 1] {
    [Table::new("hdf5_file_index")
        .column(text("path").primary_key())
        .column(text("filename").not_null())
        .column(text("group_id").not_null())
        .column(text("subband_code").not_null())
        .column(text("timestamp_iso").not_null())
        .column(real("timestamp_mjd").not_null())
        .column(bigint("file_size_bytes"))
        .column(real("modified_time"))
        .column(real("indexed_at"))
        .index("idx_hdf5_group_id", ["group_id"])
        .index("idx_hdf5_timestamp_mjd", ["timestamp_mjd"])
        .index("idx_hdf5_group_subband", ["group_id", "subband_code"])]
}
