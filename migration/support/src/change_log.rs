use crate::{
    Table,
    column::{pk, real, text},
};

/// The change log as every database got it on 2026-11-21. A released definition: it never changes.
pub fn change_log() -> Table {
    Table::new("change_log")
        .column(pk("id"))
        .column(text("change_set").not_null())
        .column(text("operation").not_null())
        .column(text("actor").not_null())
        .column(text("role").not_null())
        .column(text("request_id"))
        .column(real("changed_at").not_null())
        .column(text("table_name").not_null())
        .column(text("row_key").not_null())
        .column(text("verb").not_null())
        .column(text("before"))
        .column(text("after"))
        .index("idx_change_log_row", ["table_name", "row_key"])
        .index("idx_change_log_set", ["change_set"])
        .index("idx_change_log_time", ["changed_at"])
}
