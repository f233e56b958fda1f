//! The schema document's catalogue and its two views.

use migration_support::{change::execute, prelude::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_tables(manager, &tables()).await?;
        create_views(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_views(manager).await?;
        drop_tables(manager, &tables()).await
    }
}

/// Creates both views, with all columns that the catalogue has.
pub(crate) async fn create_views(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let no = if manager.get_database_backend() == DbBackend::Sqlite { "0" } else { "false" };
    execute(
        manager,
        &format!(
            "CREATE VIEW good_references AS\n\
             SELECT * FROM sources\n\
             WHERE s_nvss IS NOT NULL\n  \
               AND snr_nvss >= 7.0\n  \
               AND (alpha BETWEEN -1.5 AND 0.5 OR alpha IS NULL)\n  \
               AND resolved_flag = {no}\n  \
               AND confusion_flag = {no}"
        ),
    )
    .await?;
    execute(
        manager,
        "CREATE VIEW final_references AS\n\
         SELECT * FROM good_references\n\
         WHERE snr_nvss >= 10.0",
    )
    .await
}

/// Drops both views.
pub(crate) async fn drop_views(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    execute(manager, "DROP VIEW final_references").await?;
    execute(manager, "DROP VIEW good_references").await
}

fn tables() -> [Table; 1] {
    [Table::new("sources")
        .column(text("source_id").primary_key())
        .column(real("ra_deg").not_null())
        .column(real("dec_deg").not_null())
        .column(real("s_nvss"))
        .column(real("snr_nvss"))
        .column(real("s_vlass"))
        .column(real("alpha"))
        .column(flag("resolved_flag").default(false))
        .column(flag("confusion_flag").default(false))
        .column(real("first_size_maj_arcsec"))
        .column(real("first_size_min_arcsec"))
        .column(real("first_size_pa_deg"))
        .index("idx_sources_ra_dec", ["ra_deg", "dec_deg"])
        .index("idx_sources_flux", ["s_nvss"])
        .index("idx_sources_alpha", ["alpha"])]
}
