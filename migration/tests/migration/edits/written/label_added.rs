//! Label added.

use migration_support::{change::execute_for, prelude::*, rebuild_table};
use sea_orm_migration::prelude::ForeignKeyAction;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &observations(), OBSERVATIONS_COPIED).await?;
        }
        execute_for(manager, &[], UP_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &observations_before(), OBSERVATIONS_BEFORE_COPIED).await?;
        }
        execute_for(manager, &[], DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] =
    &[r#"ALTER TYPE "observation_status" ADD VALUE 'lost' AFTER 'archived'"#];

fn observations() -> Table {
    Table::new("observations")
        .column(uuid("id").primary_key())
        .column(uuid("survey_id").not_null())
        .column(varchar("observation_id", 255).not_null())
        .column(decimal("ra", 10, 7).not_null())
        .column(decimal("dec", 10, 7).not_null())
        .column(timestamp("observation_time").not_null())
        .column(varchar("filter_band", 50).not_null())
        .column(decimal("exposure_time", 10, 3).not_null())
        .column(varchar("fits_url", 1000).not_null())
        .column(decimal("pixel_scale", 8, 4))
        .column(int("image_width"))
        .column(int("image_height"))
        .column(decimal("airmass", 5, 2))
        .column(decimal("seeing", 6, 3))
        .column(enumeration("status", "observation_status", &["ingested", "preprocessing", "preprocessed", "differencing", "differenced", "failed", "archived", "lost"]).not_null().default("ingested"))
        .column(varchar("fits_file_path", 500))
        .column(varchar("thumbnail_path", 500))
        .column(timestamp("created_at").not_null().default("now"))
        .column(timestamp("updated_at").not_null().default("now"))
        .column(bigint("healpix"))
        .foreign_key("survey_id", "surveys", "id")
        .on_delete(ForeignKeyAction::Restrict)
        .check("ck_observations_ra", "ra >= 0 AND ra <= 360")
        .check("ck_observations_dec", "dec >= - 90 AND dec <= 90")
        .check("ck_observations_exposure_time", "exposure_time > 0")
        .check("ck_observations_airmass", "airmass > 0")
        .check("ck_observations_seeing", "seeing > 0")
        .check("ck_observations_pixel_scale", "pixel_scale > 0")
        .check("ck_observations_image_size", "image_width > 0 AND image_height > 0")
        .with(Index::new("uq_observations_survey_observation", ["survey_id", "observation_id"]).unique())
        .with(Index::new("idx_observations_ra_dec", ["ra", "dec"]))
        .with(Index::new("idx_observations_observation_time", ["observation_time"]))
        .with(Index::new("idx_observations_status", ["status", "observation_time"]))
        .with(Index::new("idx_observations_survey_id", ["survey_id", "observation_time"]))
        .with(Index::new("idx_observations_healpix", ["healpix"]).filter("healpix IS NOT NULL"))
        .with(Index::new("idx_observations_unplaced", ["dec"]).filter("healpix IS NULL AND dec IS NOT NULL"))
}

const OBSERVATIONS_COPIED: &[(&str, &str)] = &[
    ("id", "id"),
    ("survey_id", "survey_id"),
    ("observation_id", "observation_id"),
    ("ra", "ra"),
    ("dec", "dec"),
    ("observation_time", "observation_time"),
    ("filter_band", "filter_band"),
    ("exposure_time", "exposure_time"),
    ("fits_url", "fits_url"),
    ("pixel_scale", "pixel_scale"),
    ("image_width", "image_width"),
    ("image_height", "image_height"),
    ("airmass", "airmass"),
    ("seeing", "seeing"),
    ("status", "status"),
    ("fits_file_path", "fits_file_path"),
    ("thumbnail_path", "thumbnail_path"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
    ("healpix", "healpix"),
];

const DOWN_POSTGRES: &[&str] = &[
    r#"ALTER TYPE "observation_status" RENAME TO "observation_status__old""#,
    r#"CREATE TYPE "observation_status" AS ENUM ('ingested', 'preprocessing', 'preprocessed', 'differencing', 'differenced', 'failed', 'archived')"#,
    r#"ALTER TABLE "observations" ALTER COLUMN "status" DROP DEFAULT"#,
    r#"ALTER TABLE "observations" ALTER COLUMN "status" TYPE "observation_status" USING "status"::text::"observation_status""#,
    r#"ALTER TABLE "observations" ALTER COLUMN "status" SET DEFAULT 'ingested'::observation_status"#,
    r#"DROP TYPE "observation_status__old""#,
];

fn observations_before() -> Table {
    Table::new("observations")
        .column(uuid("id").primary_key())
        .column(uuid("survey_id").not_null())
        .column(varchar("observation_id", 255).not_null())
        .column(decimal("ra", 10, 7).not_null())
        .column(decimal("dec", 10, 7).not_null())
        .column(timestamp("observation_time").not_null())
        .column(varchar("filter_band", 50).not_null())
        .column(decimal("exposure_time", 10, 3).not_null())
        .column(varchar("fits_url", 1000).not_null())
        .column(decimal("pixel_scale", 8, 4))
        .column(int("image_width"))
        .column(int("image_height"))
        .column(decimal("airmass", 5, 2))
        .column(decimal("seeing", 6, 3))
        .column(enumeration("status", "observation_status", &["ingested", "preprocessing", "preprocessed", "differencing", "differenced", "failed", "archived"]).not_null().default("ingested"))
        .column(varchar("fits_file_path", 500))
        .column(varchar("thumbnail_path", 500))
        .column(timestamp("created_at").not_null().default("now"))
        .column(timestamp("updated_at").not_null().default("now"))
        .column(bigint("healpix"))
        .foreign_key("survey_id", "surveys", "id")
        .on_delete(ForeignKeyAction::Restrict)
        .check("ck_observations_ra", "ra >= 0 AND ra <= 360")
        .check("ck_observations_dec", "dec >= - 90 AND dec <= 90")
        .check("ck_observations_exposure_time", "exposure_time > 0")
        .check("ck_observations_airmass", "airmass > 0")
        .check("ck_observations_seeing", "seeing > 0")
        .check("ck_observations_pixel_scale", "pixel_scale > 0")
        .check("ck_observations_image_size", "image_width > 0 AND image_height > 0")
        .with(Index::new("uq_observations_survey_observation", ["survey_id", "observation_id"]).unique())
        .with(Index::new("idx_observations_ra_dec", ["ra", "dec"]))
        .with(Index::new("idx_observations_observation_time", ["observation_time"]))
        .with(Index::new("idx_observations_status", ["status", "observation_time"]))
        .with(Index::new("idx_observations_survey_id", ["survey_id", "observation_time"]))
        .with(Index::new("idx_observations_healpix", ["healpix"]).filter("healpix IS NOT NULL"))
        .with(Index::new("idx_observations_unplaced", ["dec"]).filter("healpix IS NULL AND dec IS NOT NULL"))
}

const OBSERVATIONS_BEFORE_COPIED: &[(&str, &str)] = &[
    ("id", "id"),
    ("survey_id", "survey_id"),
    ("observation_id", "observation_id"),
    ("ra", "ra"),
    ("dec", "dec"),
    ("observation_time", "observation_time"),
    ("filter_band", "filter_band"),
    ("exposure_time", "exposure_time"),
    ("fits_url", "fits_url"),
    ("pixel_scale", "pixel_scale"),
    ("image_width", "image_width"),
    ("image_height", "image_height"),
    ("airmass", "airmass"),
    ("seeing", "seeing"),
    ("status", "status"),
    ("fits_file_path", "fits_file_path"),
    ("thumbnail_path", "thumbnail_path"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
    ("healpix", "healpix"),
];
