//! Indexes for following references from the row that is referred to. Rows that refer to none are not in them.

use migration_support::prelude::*;

adds_indexes! {
    "caltables": [
        Index::new("idx_caltables_source_ms", ["source_ms_path"])
            .filter("source_ms_path IS NOT NULL"),
    ],
    "calibration_applied": [Index::new("idx_calibration_applied_caltable", ["caltable_path"])],
}
