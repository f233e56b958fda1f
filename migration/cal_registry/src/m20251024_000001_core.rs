//! The schema document's table.

use migration_support::prelude::*;

creates!(caltables);

/// The table as the next revision finds it, and leaves it when it is taken back.
pub(crate) fn caltables() -> Table {
    Table::new("caltables")
        .column(pk("id"))
        .column(text("set_name").not_null())
        .column(text("path").not_null().unique())
        .column(text("table_type").not_null())
        .column(int("order_index").not_null())
        .column(real("valid_start_mjd").not_null())
        .column(real("valid_end_mjd").not_null())
        .column(real("created_at").not_null())
        .column(flag("active").default(true))
        .index("idx_caltables_set", ["set_name"])
        .index("idx_caltables_valid", ["valid_start_mjd", "valid_end_mjd"])
        .index("idx_caltables_active", ["active"])
}
