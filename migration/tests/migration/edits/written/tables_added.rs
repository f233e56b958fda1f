//! Tables added.

use migration_support::prelude::*;
use sea_orm_migration::prelude::ForeignKeyAction;

creates!(observers, visits);

fn observers() -> Table {
    Table::new("observers")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(flag("active").not_null().default(true))
        .column(real("seen_mjd"))
}

fn visits() -> Table {
    Table::new("visits")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(flag("active").not_null().default(true))
        .column(real("seen_mjd"))
        .foreign_key("name", "observers", "name")
        .on_delete(ForeignKeyAction::Cascade)
        .index("idx_visits_seen_mjd", ["seen_mjd"])
}
