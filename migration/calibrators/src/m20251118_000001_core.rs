//! Calibrators, catalogue sources and sky models.

use migration_support::prelude::*;

creates!(
    bandpass_calibrators,
    gain_calibrators,
    catalog_sources,
    vla_calibrators,
    vla_flux_info,
    skymodel_metadata,
);

fn bandpass_calibrators() -> Table {
    Table::new("bandpass_calibrators")
        .column(pk("id"))
        .column(text("calibrator_name").not_null().unique())
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(real("dec_range_min"))
        .column(real("dec_range_max"))
        .column(text("source_catalog"))
        .column(real("flux_jy"))
        .column(real("registered_at").not_null())
        .column(text("registered_by"))
        .column(text("status").default("active"))
        .column(text("notes"))
        .index("idx_bp_dec_range", ["dec_range_min", "dec_range_max"])
        .index("idx_bp_status", ["status"])
        .index("idx_bp_name", ["calibrator_name"])
}

fn gain_calibrators() -> Table {
    Table::new("gain_calibrators")
        .column(pk("id"))
        .column(text("field_id").not_null())
        .column(text("source_name").not_null())
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(real("flux_jy"))
        .column(text("catalog_source"))
        .column(text("catalog_id"))
        .column(real("created_at").not_null())
        .column(text("skymodel_path"))
        .column(text("notes"))
        .unique(["field_id", "source_name"])
        .index("idx_gain_field", ["field_id"])
}

fn catalog_sources() -> Table {
    Table::new("catalog_sources")
        .column(pk("id"))
        .column(text("source_name").not_null())
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(real("flux_jy"))
        .column(real("flux_freq_ghz"))
        .column(real("spectral_index"))
        .column(text("catalog").not_null())
        .column(text("catalog_id"))
        .column(real("position_uncertainty_arcsec"))
        .column(real("flux_uncertainty"))
        .column(flag("is_extended").default(false))
        .column(real("major_axis_arcsec"))
        .column(real("minor_axis_arcsec"))
        .column(real("position_angle_deg"))
        .column(text("matched_to"))
        .column(real("created_at").not_null())
        .column(real("updated_at").not_null())
        .unique(["catalog", "catalog_id"])
        .index("idx_catalog_radec", ["ra_deg", "dec_deg"])
        .index("idx_catalog_name", ["source_name"])
        .index("idx_catalog_type", ["catalog"])
}

fn vla_calibrators() -> Table {
    Table::new("vla_calibrators")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(real("flux_jy"))
        .column(real("flux_freq_ghz"))
        .column(text("code_20_cm"))
        .column(real("registered_at").not_null())
        .column(text("notes"))
        .index("idx_vla_radec", ["ra_deg", "dec_deg"])
        .index("idx_vla_name", ["name"])
}

fn vla_flux_info() -> Table {
    Table::new("vla_flux_info")
        .column(pk("id"))
        .column(bigint("vla_calibrator_id").not_null())
        .column(real("frequency_ghz").not_null())
        .column(real("flux_jy").not_null())
        .column(real("flux_uncertainty"))
        .column(text("measurement_date"))
        .foreign_key("vla_calibrator_id", "vla_calibrators", "id")
        .unique(["vla_calibrator_id", "frequency_ghz"])
}

fn skymodel_metadata() -> Table {
    Table::new("skymodel_metadata")
        .column(pk("id"))
        .column(text("field_id").not_null())
        .column(text("skymodel_path").not_null())
        .column(int("n_sources").not_null())
        .column(real("total_flux_jy"))
        .column(real("created_at").not_null())
        .column(text("created_by"))
        .column(text("notes"))
        .unique(["field_id", "skymodel_path"])
        .index("idx_skymodel_field", ["field_id"])
}
