//! Indexes for following references from the row that is referred to. Rows that refer to none are not in them.

use migration_support::{
    change::{add_indexes, drop_indexes},
    prelude::*,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, indexes) in indexes() {
            add_indexes(manager, table, &indexes).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (_, indexes) in indexes().into_iter().rev() {
            drop_indexes(manager, &indexes).await?;
        }
        Ok(())
    }
}

fn indexes() -> Vec<(&'static str, Vec<Index>)> {
    vec![
        (
            "photometry",
            vec![
                Index::new("idx_photometry_mosaic", ["mosaic_path"])
                    .filter("mosaic_path IS NOT NULL"),
            ],
        ),
        ("image_qa", vec![Index::new("idx_image_qa_image", ["image_path"])]),
        (
            "transient_candidates",
            vec![
                Index::new("idx_transient_candidates_source", ["source_id"])
                    .filter("source_id IS NOT NULL"),
                Index::new("idx_transient_candidates_mosaic", ["mosaic_id"])
                    .filter("mosaic_id IS NOT NULL"),
                Index::new("idx_transient_candidates_image", ["image_path"])
                    .filter("image_path IS NOT NULL"),
            ],
        ),
        (
            "transient_lightcurves",
            vec![
                Index::new("idx_transient_lightcurves_mosaic", ["mosaic_id"])
                    .filter("mosaic_id IS NOT NULL"),
                Index::new("idx_transient_lightcurves_image", ["image_path"])
                    .filter("image_path IS NOT NULL"),
            ],
        ),
        (
            "batch_job_items",
            vec![
                Index::new("idx_batch_job_items_job", ["job_id"]).filter("job_id IS NOT NULL"),
                Index::new("idx_batch_job_items_data", ["data_id"]).filter("data_id IS NOT NULL"),
            ],
        ),
        (
            "mosaic_groups",
            vec![
                Index::new("idx_mosaic_groups_path", ["mosaic_path"])
                    .filter("mosaic_path IS NOT NULL"),
                Index::new("idx_mosaic_groups_calibration", ["calibration_ms_path"])
                    .filter("calibration_ms_path IS NOT NULL"),
            ],
        ),
        (
            "mosaic_ms_membership",
            vec![Index::new("idx_mosaic_ms_membership_group", ["mosaic_group_id"])],
        ),
        (
            "calibrator_transits",
            vec![
                Index::new("idx_calibrator_transits_group", ["group_id"])
                    .filter("group_id IS NOT NULL"),
            ],
        ),
    ]
}
