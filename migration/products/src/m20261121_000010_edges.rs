//! Indexes for following references from the row that is referred to. Rows that refer to none are not in them.

use migration_support::prelude::*;

adds_indexes! {
    "photometry": [
        Index::new("idx_photometry_mosaic", ["mosaic_path"])
            .filter("mosaic_path IS NOT NULL"),
    ],
    "image_qa": [Index::new("idx_image_qa_image", ["image_path"])],
    "transient_candidates": [
        Index::new("idx_transient_candidates_source", ["source_id"])
            .filter("source_id IS NOT NULL"),
        Index::new("idx_transient_candidates_mosaic", ["mosaic_id"])
            .filter("mosaic_id IS NOT NULL"),
        Index::new("idx_transient_candidates_image", ["image_path"])
            .filter("image_path IS NOT NULL"),
    ],
    "transient_lightcurves": [
        Index::new("idx_transient_lightcurves_mosaic", ["mosaic_id"])
            .filter("mosaic_id IS NOT NULL"),
        Index::new("idx_transient_lightcurves_image", ["image_path"])
            .filter("image_path IS NOT NULL"),
    ],
    "batch_job_items": [
        Index::new("idx_batch_job_items_job", ["job_id"]).filter("job_id IS NOT NULL"),
        Index::new("idx_batch_job_items_data", ["data_id"]).filter("data_id IS NOT NULL"),
    ],
    "mosaic_groups": [
        Index::new("idx_mosaic_groups_path", ["mosaic_path"])
            .filter("mosaic_path IS NOT NULL"),
        Index::new("idx_mosaic_groups_calibration", ["calibration_ms_path"])
            .filter("calibration_ms_path IS NOT NULL"),
    ],
    "mosaic_ms_membership": [Index::new("idx_mosaic_ms_membership_group", ["mosaic_group_id"])],
    "calibrator_transits": [
        Index::new("idx_calibrator_transits_group", ["group_id"])
            .filter("group_id IS NOT NULL"),
    ],
}
