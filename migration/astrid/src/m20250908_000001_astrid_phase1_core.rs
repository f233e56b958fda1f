//! Surveys, observations and settings.

use migration_support::prelude::*;
use sea_orm_migration::prelude::ForeignKeyAction;

use crate::row::{id, instants};

const STATUS: &[&str] = &[
    "ingested",
    "preprocessing",
    "preprocessed",
    "differencing",
    "differenced",
    "failed",
    "archived",
];

creates!(surveys, observations, system_config);

fn surveys() -> Table {
    Table::new("surveys")
        .column(id())
        .column(varchar("name", 100).not_null())
        .column(text("description"))
        .column(varchar("base_url", 500))
        .column(varchar("api_endpoint", 500))
        .column(boolean("is_active").not_null().default(true))
        .columns(instants())
        .with(Index::new("uq_surveys_name", ["name"]).unique())
        .check("ck_surveys_name", "length(trim(name)) > 0")
}

fn observations() -> Table {
    Table::new("observations")
        .column(id())
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
        .column(enumeration("status", "observation_status", STATUS).not_null().default("ingested"))
        .column(varchar("fits_file_path", 500))
        .column(varchar("thumbnail_path", 500))
        .columns(instants())
        .foreign_key("survey_id", "surveys", "id")
        .named("fk_observations_survey")
        .on_delete(ForeignKeyAction::Restrict)
        .with(
            Index::new("uq_observations_survey_observation", ["survey_id", "observation_id"])
                .unique(),
        )
        .index("idx_observations_ra_dec", ["ra", "dec"])
        .index("idx_observations_observation_time", ["observation_time"])
        .index("idx_observations_status", ["status", "observation_time"])
        .index("idx_observations_survey_id", ["survey_id", "observation_time"])
        .check("ck_observations_ra", "ra >= 0 AND ra <= 360")
        .check("ck_observations_dec", "dec >= -90 AND dec <= 90")
        .check("ck_observations_exposure_time", "exposure_time > 0")
        .check("ck_observations_airmass", "airmass > 0")
        .check("ck_observations_seeing", "seeing > 0")
        .check("ck_observations_pixel_scale", "pixel_scale > 0")
        .check("ck_observations_image_size", "image_width > 0 AND image_height > 0")
}

fn system_config() -> Table {
    Table::new("system_config")
        .column(id())
        .column(varchar("key", 100).not_null())
        .column(json("value").not_null())
        .column(text("description"))
        .column(boolean("is_active").not_null().default(true))
        .columns(instants())
        .with(Index::new("uq_system_config_key", ["key"]).unique())
        .check_for(
            "ck_system_config_value",
            "json_type(value) = 'object'",
            "jsonb_typeof(value) = 'object'",
        )
}
