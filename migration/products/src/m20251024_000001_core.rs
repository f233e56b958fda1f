//! The schema document's core tables.

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

fn tables() -> [Table; 5] {
    [ms_index(), images(), photometry(), qa_artifacts(), pointing_history()]
}

fn ms_index() -> Table {
    Table::new("ms_index")
        .column(text("path").primary_key())
        .column(real("start_mjd"))
        .column(real("end_mjd"))
        .column(real("mid_mjd"))
        .column(real("processed_at"))
        .column(text("status"))
        .column(text("stage"))
        .column(real("stage_updated_at"))
        .column(flag("cal_applied").default(false))
        .column(text("imagename"))
        .column(text("field_name"))
        .column(real("pointing_ra_deg"))
        .column(real("pointing_dec_deg"))
        .index("idx_ms_index_stage_path", ["stage", "path"])
        .index("idx_ms_index_status", ["status"])
        .index("idx_ms_index_mjd", ["mid_mjd"])
        .index("idx_ms_index_field", ["field_name"])
}

fn images() -> Table {
    Table::new("images")
        .column(pk("id"))
        .column(text("path").not_null().unique())
        .column(text("ms_path").not_null())
        .column(real("created_at").not_null())
        .column(text("type").not_null())
        .column(text("format").default("fits"))
        .column(real("beam_major_arcsec"))
        .column(real("beam_minor_arcsec"))
        .column(real("beam_pa_deg"))
        .column(real("noise_jy"))
        .column(real("dynamic_range"))
        .column(flag("pbcor").default(false))
        .column(text("field_name"))
        .column(real("center_ra_deg"))
        .column(real("center_dec_deg"))
        .column(int("imsize_x"))
        .column(int("imsize_y"))
        .column(real("cellsize_arcsec"))
        .column(real("freq_ghz"))
        .column(real("bandwidth_mhz"))
        .column(real("integration_sec"))
        .foreign_key("ms_path", "ms_index", "path")
        .index("idx_images_ms_path", ["ms_path"])
        .index("idx_images_type", ["type"])
        .index("idx_images_created", ["created_at"])
        .index("idx_images_field", ["field_name"])
}

fn photometry() -> Table {
    Table::new("photometry")
        .column(pk("id"))
        .column(text("image_path").not_null())
        .column(text("source_id").not_null())
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(real("nvss_flux_mjy"))
        .column(real("peak_jyb").not_null())
        .column(real("peak_err_jyb"))
        .column(real("snr"))
        .column(real("measured_at").not_null())
        .column(real("mjd"))
        .column(real("sep_from_center_deg"))
        .column(int("flags").default(0))
        .foreign_key("image_path", "images", "path")
        .index("idx_photometry_image", ["image_path"])
        .index("idx_photometry_source", ["source_id"])
        .index("idx_photometry_mjd", ["mjd"])
        .index("idx_photometry_source_mjd", ["source_id", "mjd"])
}

fn qa_artifacts() -> Table {
    Table::new("qa_artifacts")
        .column(pk("id"))
        .column(text("group_id").not_null())
        .column(text("name").not_null())
        .column(text("path").not_null())
        .column(text("type"))
        .column(text("category"))
        .column(real("created_at").not_null())
        .unique(["group_id", "name"])
        .index("idx_qa_group", ["group_id"])
        .index("idx_qa_created", ["created_at"])
}

fn pointing_history() -> Table {
    Table::new("pointing_history")
        .column(real("timestamp").primary_key())
        .column(real("mjd"))
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(real("alt_deg"))
        .column(real("az_deg"))
        .column(real("lst_hours"))
        .column(text("field_name"))
        .index("idx_pointing_mjd", ["mjd"])
        .index("idx_pointing_dec", ["dec_deg"])
}
