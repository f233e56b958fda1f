//! Default removed.

use migration_support::{change::execute_for, prelude::*, rebuild_table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &hdf5_file_index(), HDF5_FILE_INDEX_COPIED).await?;
        }
        execute_for(manager, &[], UP_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &hdf5_file_index_before(), HDF5_FILE_INDEX_BEFORE_COPIED).await?;
        }
        execute_for(manager, &[], DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] =
    &[r#"ALTER TABLE "hdf5_file_index" ALTER COLUMN "stored" DROP DEFAULT"#];

fn hdf5_file_index() -> Table {
    Table::new("hdf5_file_index")
        .column(text("path").primary_key())
        .column(text("filename").not_null())
        .column(text("group_id").not_null())
        .column(text("subband_code").not_null())
        .column(text("timestamp_iso").not_null())
        .column(real("timestamp_mjd").not_null())
        .column(bigint("file_size_bytes"))
        .column(real("modified_time"))
        .column(real("indexed_at"))
        .column(flag("stored"))
        .column(int("subband_num"))
        .column(real("ra_deg"))
        .column(real("dec_deg"))
        .column(text("obs_date"))
        .column(text("obs_time"))
        .column(bigint("healpix"))
        .with(Index::new("idx_hdf5_group_id", ["group_id"]))
        .with(Index::new("idx_hdf5_timestamp_mjd", ["timestamp_mjd"]))
        .with(Index::new("idx_hdf5_group_subband", ["group_id", "subband_code"]))
        .with(Index::new("idx_hdf5_stored", ["stored"]))
        .with(Index::new("idx_hdf5_ra_dec", ["ra_deg", "dec_deg"]))
        .with(Index::new("idx_hdf5_obs_date", ["obs_date"]))
        .with(Index::new("idx_hdf5_subband_num", ["subband_num"]))
        .with(Index::new("idx_hdf5_group_subband_num", ["group_id", "subband_num"]))
        .with(Index::new("idx_hdf5_file_index_healpix", ["healpix"]).filter("healpix IS NOT NULL"))
        .with(Index::new("idx_hdf5_file_index_unplaced", ["dec_deg"]).filter("healpix IS NULL AND dec_deg IS NOT NULL"))
}

const HDF5_FILE_INDEX_COPIED: &[(&str, &str)] = &[
    ("path", "path"),
    ("filename", "filename"),
    ("group_id", "group_id"),
    ("subband_code", "subband_code"),
    ("timestamp_iso", "timestamp_iso"),
    ("timestamp_mjd", "timestamp_mjd"),
    ("file_size_bytes", "file_size_bytes"),
    ("modified_time", "modified_time"),
    ("indexed_at", "indexed_at"),
    ("stored", "stored"),
    ("subband_num", "subband_num"),
    ("ra_deg", "ra_deg"),
    ("dec_deg", "dec_deg"),
    ("obs_date", "obs_date"),
    ("obs_time", "obs_time"),
    ("healpix", "healpix"),
];

const DOWN_POSTGRES: &[&str] =
    &[r#"ALTER TABLE "hdf5_file_index" ALTER COLUMN "stored" SET DEFAULT true"#];

fn hdf5_file_index_before() -> Table {
    Table::new("hdf5_file_index")
        .column(text("path").primary_key())
        .column(text("filename").not_null())
        .column(text("group_id").not_null())
        .column(text("subband_code").not_null())
        .column(text("timestamp_iso").not_null())
        .column(real("timestamp_mjd").not_null())
        .column(bigint("file_size_bytes"))
        .column(real("modified_time"))
        .column(real("indexed_at"))
        .column(flag("stored").default(true))
        .column(int("subband_num"))
        .column(real("ra_deg"))
        .column(real("dec_deg"))
        .column(text("obs_date"))
        .column(text("obs_time"))
        .column(bigint("healpix"))
        .with(Index::new("idx_hdf5_group_id", ["group_id"]))
        .with(Index::new("idx_hdf5_timestamp_mjd", ["timestamp_mjd"]))
        .with(Index::new("idx_hdf5_group_subband", ["group_id", "subband_code"]))
        .with(Index::new("idx_hdf5_stored", ["stored"]))
        .with(Index::new("idx_hdf5_ra_dec", ["ra_deg", "dec_deg"]))
        .with(Index::new("idx_hdf5_obs_date", ["obs_date"]))
        .with(Index::new("idx_hdf5_subband_num", ["subband_num"]))
        .with(Index::new("idx_hdf5_group_subband_num", ["group_id", "subband_num"]))
        .with(Index::new("idx_hdf5_file_index_healpix", ["healpix"]).filter("healpix IS NOT NULL"))
        .with(Index::new("idx_hdf5_file_index_unplaced", ["dec_deg"]).filter("healpix IS NULL AND dec_deg IS NOT NULL"))
}

const HDF5_FILE_INDEX_BEFORE_COPIED: &[(&str, &str)] = &[
    ("path", "path"),
    ("filename", "filename"),
    ("group_id", "group_id"),
    ("subband_code", "subband_code"),
    ("timestamp_iso", "timestamp_iso"),
    ("timestamp_mjd", "timestamp_mjd"),
    ("file_size_bytes", "file_size_bytes"),
    ("modified_time", "modified_time"),
    ("indexed_at", "indexed_at"),
    ("stored", "stored"),
    ("subband_num", "subband_num"),
    ("ra_deg", "ra_deg"),
    ("dec_deg", "dec_deg"),
    ("obs_date", "obs_date"),
    ("obs_time", "obs_time"),
    ("healpix", "healpix"),
];
