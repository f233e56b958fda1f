//! Transient candidates and the sources watched for variability.

use migration_support::prelude::*;
use sea_orm_migration::prelude::ForeignKeyAction;

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

fn tables() -> [Table; 4] {
    [transient_candidates(), transient_alerts(), transient_lightcurves(), monitoring_sources()]
}

fn transient_candidates() -> Table {
    Table::new("transient_candidates")
        .column(pk("id"))
        .column(text("source_id"))
        .column(text("source_name"))
        .column(text("image_path"))
        .column(text("ms_path"))
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(text("detection_type"))
        .column(real("flux_obs_mjy"))
        .column(real("flux_baseline_mjy"))
        .column(real("flux_ratio"))
        .column(real("significance_sigma"))
        .column(text("baseline_catalog"))
        .column(real("peak_mjy"))
        .column(real("rms_mjy"))
        .column(real("snr"))
        .column(real("timestamp_mjd"))
        .column(real("detected_at").not_null())
        .column(bigint("mosaic_id"))
        .column(text("classification"))
        .column(text("classified_by"))
        .column(real("classified_at"))
        .column(text("follow_up_status"))
        .column(real("variability_index"))
        .column(text("priority").default("normal"))
        .column(int("n_detections").default(0))
        .column(real("mean_flux_jy"))
        .column(real("std_flux_jy"))
        .column(real("eta"))
        .column(real("v_index"))
        .column(real("chi_squared"))
        .column(flag("is_variable").default(false))
        .column(flag("ese_candidate").default(false))
        .column(real("first_detected_at"))
        .column(real("last_detected_at"))
        .column(real("last_updated"))
        .column(text("notes"))
        .foreign_key("mosaic_id", "mosaics", "id")
        .on_delete(ForeignKeyAction::SetNull)
        .index("idx_transients_type", ["detection_type", "significance_sigma DESC"])
        .index("idx_transients_coords", ["ra_deg", "dec_deg"])
        .index("idx_transients_detected", ["detected_at DESC"])
        .index("idx_transient_ms_path", ["ms_path"])
        .index("idx_transient_timestamp", ["timestamp_mjd"])
}

fn transient_alerts() -> Table {
    Table::new("transient_alerts")
        .column(pk("id"))
        .column(bigint("candidate_id").not_null())
        .column(text("alert_level").not_null())
        .column(text("alert_message").not_null())
        .column(real("created_at").not_null())
        .column(flag("acknowledged").default(false))
        .column(real("acknowledged_at"))
        .column(text("acknowledged_by"))
        .column(text("follow_up_status"))
        .column(text("notes"))
        .foreign_key("candidate_id", "transient_candidates", "id")
        .index("idx_alerts_level", ["alert_level", "created_at DESC"])
        .index("idx_alerts_status", ["acknowledged", "created_at DESC"])
        .index("idx_alerts_candidate", ["candidate_id"])
}

fn transient_lightcurves() -> Table {
    Table::new("transient_lightcurves")
        .column(pk("id"))
        .column(bigint("candidate_id").not_null())
        .column(real("mjd").not_null())
        .column(real("flux_mjy").not_null())
        .column(real("flux_err_mjy"))
        .column(real("frequency_ghz"))
        .column(bigint("mosaic_id"))
        .column(text("image_path"))
        .column(real("measured_at").not_null())
        .foreign_key("candidate_id", "transient_candidates", "id")
        .foreign_key("mosaic_id", "mosaics", "id")
        .on_delete(ForeignKeyAction::SetNull)
        .index("idx_lightcurves_candidate", ["candidate_id", "mjd"])
}

fn monitoring_sources() -> Table {
    Table::new("monitoring_sources")
        .column(pk("id"))
        .column(text("source_id").not_null().unique())
        .column(text("name"))
        .column(text("catalog"))
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(text("priority").default("normal"))
        .column(int("n_detections").default(0))
        .column(real("mean_flux_jy"))
        .column(real("std_flux_jy"))
        .column(real("eta"))
        .column(real("v_index"))
        .column(real("chi_squared"))
        .column(flag("is_variable").default(false))
        .column(flag("ese_candidate").default(false))
        .column(real("first_detected_at"))
        .column(real("last_detected_at"))
        .column(real("last_updated"))
        .column(text("notes"))
        .index("idx_monitoring_coords", ["ra_deg", "dec_deg"])
        .index("idx_monitoring_variable", ["is_variable", "eta DESC"])
        .index("idx_monitoring_ese", ["ese_candidate"])
}
