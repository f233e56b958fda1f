//! The schema document's tables for the frontend.

use migration_support::prelude::*;

creates!(variability_stats, ese_candidates, mosaics, alert_history);

fn variability_stats() -> Table {
    Table::new("variability_stats")
        .column(text("source_id").primary_key())
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(real("nvss_flux_mjy"))
        .column(int("n_obs").default(0))
        .column(real("mean_flux_mjy"))
        .column(real("std_flux_mjy"))
        .column(real("min_flux_mjy"))
        .column(real("max_flux_mjy"))
        .column(real("chi2_nu"))
        .column(real("sigma_deviation"))
        .column(real("last_measured_at"))
        .column(real("last_mjd"))
        .column(real("updated_at").not_null())
        .index("idx_variability_chi2", ["chi2_nu"])
        .index("idx_variability_sigma", ["sigma_deviation"])
        .index("idx_variability_last_mjd", ["last_mjd"])
}

fn ese_candidates() -> Table {
    Table::new("ese_candidates")
        .column(pk("id"))
        .column(text("source_id").not_null())
        .column(real("flagged_at").not_null())
        .column(text("flagged_by").default("auto"))
        .column(real("significance").not_null())
        .column(text("flag_type").not_null())
        .column(text("notes"))
        .column(text("status").default("active"))
        .column(real("investigated_at"))
        .column(real("dismissed_at"))
        .foreign_key("source_id", "variability_stats", "source_id")
        .index("idx_ese_source", ["source_id"])
        .index("idx_ese_status", ["status"])
        .index("idx_ese_flagged", ["flagged_at"])
}

fn mosaics() -> Table {
    Table::new("mosaics")
        .column(pk("id"))
        .column(text("path").not_null().unique())
        .column(text("name").not_null())
        .column(real("created_at").not_null())
        .column(real("start_mjd").not_null())
        .column(real("end_mjd").not_null())
        .column(real("integration_sec"))
        .column(int("n_images"))
        .column(real("center_ra_deg"))
        .column(real("center_dec_deg"))
        .column(real("dec_min_deg"))
        .column(real("dec_max_deg"))
        .column(real("noise_jy"))
        .column(real("beam_major_arcsec"))
        .column(real("beam_minor_arcsec"))
        .column(real("beam_pa_deg"))
        .column(int("n_sources"))
        .column(text("thumbnail_path"))
        .index("idx_mosaics_created", ["created_at"])
        .index("idx_mosaics_mjd", ["start_mjd", "end_mjd"])
}

fn alert_history() -> Table {
    Table::new("alert_history")
        .column(pk("id"))
        .column(text("source_id").not_null())
        .column(text("alert_type").not_null())
        .column(text("severity").not_null())
        .column(text("message").not_null())
        .column(real("sent_at").not_null())
        .column(text("channel"))
        .column(flag("success").default(true))
        .column(text("error_msg"))
        .index("idx_alert_source", ["source_id"])
        .index("idx_alert_sent", ["sent_at"])
        .index("idx_alert_type", ["alert_type"])
}
