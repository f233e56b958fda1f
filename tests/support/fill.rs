//! Databases with rows in every table, the same on both engines.

use almanac_service::Writer;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::{
    sample::{Extent, Sampler},
    support::{Schema, TestDatabase},
    table::tables,
};

/// Fills every table with `rows` rows.
pub(crate) async fn fill(test: &TestDatabase, rows: u32) {
    let writer = test.writer().await;
    unseed(test, &writer).await;
    let schema = Schema::read(&writer).await;
    let tables = tables(test.address().database);
    let mut sampler = Sampler { schema: &schema, tables: &tables, writer: &writer, made: 0 };
    for table in tables.iter().filter(|table| !table.is_view()) {
        for _ in 0..rows {
            let cells = sampler.cells(&**table, Extent::Full).await;
            table.insert(&writer, &cells).await.unwrap();
        }
    }
    test.sessions().reset().await;
}

/// Takes away what the revisions insert: it holds the instant at which they ran.
async fn unseed(test: &TestDatabase, writer: &Writer) {
    if test.address().database != almanac_database::Database::Astrid {
        return;
    }
    let unlock = match writer.get_database_backend() {
        DbBackend::Postgres => "ALTER TABLE audit_log DISABLE TRIGGER USER",
        _ => "DROP TRIGGER trg_audit_log_no_delete",
    };
    let lock = match writer.get_database_backend() {
        DbBackend::Postgres => "ALTER TABLE audit_log ENABLE TRIGGER USER",
        _ => {
            "CREATE TRIGGER trg_audit_log_no_delete BEFORE DELETE ON audit_log \
              BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END"
        }
    };
    for sql in
        [unlock, "DELETE FROM audit_log", "DELETE FROM surveys", "DELETE FROM system_config", lock]
    {
        writer.execute_unprepared(sql).await.unwrap();
    }
}
