use crate::{
    Table,
    column::{bigint, flag, pk, real, text},
};

/// Suspicions about calibrations as databases got them on 2026-11-21. A released definition: it never
/// changes.
pub fn calibration_suspicions() -> Table {
    Table::new("calibration_suspicions")
        .column(pk("id"))
        .column(text("mark").not_null().unique())
        .column(text("subject_kind").not_null())
        .column(text("subject").not_null())
        .column(text("reason").not_null())
        .column(text("marked_by").not_null())
        .column(real("marked_at").not_null())
        .column(text("cleared_by"))
        .column(real("cleared_at"))
        .column(text("clear_reason"))
        .index("idx_suspicions_subject", ["subject_kind", "subject"])
}

/// Rows under suspicion as databases got them on 2026-11-21. A released definition: it never changes.
pub fn calibration_suspects() -> Table {
    Table::new("calibration_suspects")
        .column(pk("id"))
        .column(bigint("suspicion_id").not_null())
        .column(text("table_name").not_null())
        .column(text("row_key").not_null())
        .column(flag("inferred").not_null().default(false))
        .foreign_key("suspicion_id", "calibration_suspicions", "id")
        .unique(["suspicion_id", "table_name", "row_key"])
        .index("idx_suspects_row", ["table_name", "row_key"])
}
