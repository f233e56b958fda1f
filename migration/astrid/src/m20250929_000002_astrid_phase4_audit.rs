//! The audit log, which only grows, and the record of its beginning.

use migration_support::{
    change::{count, execute},
    prelude::*,
};
use sea_orm_migration::prelude::{MigrationName, Query};
use uuid::Uuid;

use crate::row::{created_at, document, id, id_of, now};

/// The action of the log's first record.
const STARTED: &str = "schema.audit_started";

/// The tables whose changes are recorded from then on.
const TABLES: [&str; 12] = [
    "surveys",
    "observations",
    "system_config",
    "preprocess_runs",
    "difference_runs",
    "candidates",
    "processing_jobs",
    "models",
    "model_runs",
    "detections",
    "validation_events",
    "alerts",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_tables(manager, &[audit_log()]).await?;
        for statement in if is_postgres(manager) { &LOCK_POSTGRES[..] } else { &[LOCK_SQLITE] } {
            execute(manager, statement).await?;
        }
        record_beginning(manager, self.name()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in if is_postgres(manager) { &UNLOCK_POSTGRES[..] } else { &[UNLOCK_SQLITE] }
        {
            execute(manager, statement).await?;
        }
        // The record of the beginning can be had again; any other is a loss.
        execute(manager, &format!("DELETE FROM audit_log WHERE action = '{STARTED}'")).await?;
        drop_tables(manager, &[audit_log()]).await
    }
}

fn audit_log() -> Table {
    Table::new("audit_log")
        .column(id())
        .column(varchar("entity_type", 50).not_null())
        .column(uuid("entity_id").not_null())
        .column(varchar("action", 50).not_null())
        .column(varchar("user_id", 100))
        .column(json("old_values"))
        .column(json("new_values"))
        .column(text("change_summary"))
        .column(varchar("ip_address", 45))
        .column(text("user_agent"))
        .column(created_at())
        .index("idx_audit_log_entity", ["entity_type", "entity_id", "created_at"])
        .index("idx_audit_log_created_at", ["created_at"])
        .index("idx_audit_log_user_id", ["user_id", "created_at"])
        .index("idx_audit_log_action", ["action", "created_at"])
        .check("ck_audit_log_names", "length(trim(entity_type)) > 0 AND length(trim(action)) > 0")
}

/// One by one: PostgreSQL prepares no more than one statement at a time.
const LOCK_POSTGRES: [&str; 3] = [
    "CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = '23001';
END $$",
    "CREATE TRIGGER trg_audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_append_only()",
    "CREATE TRIGGER trg_audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only()",
];

const UNLOCK_POSTGRES: [&str; 3] = [
    "DROP TRIGGER trg_audit_log_no_truncate ON audit_log",
    "DROP TRIGGER trg_audit_log_append_only ON audit_log",
    "DROP FUNCTION audit_log_append_only()",
];

const LOCK_SQLITE: &str = "
CREATE TRIGGER trg_audit_log_no_update BEFORE UPDATE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER trg_audit_log_no_delete BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
";

const UNLOCK_SQLITE: &str = "
DROP TRIGGER trg_audit_log_no_delete;
DROP TRIGGER trg_audit_log_no_update;
";

fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
}

/// Mutations of before have left no trace: the first record says from when on there is one, and how
/// many rows there were.
async fn record_beginning(manager: &SchemaManager<'_>, revision: &str) -> Result<(), DbErr> {
    let mut rows = serde_json::Map::new();
    for table in TABLES {
        let rows_of = count(manager, &format!("SELECT COUNT(*) FROM \"{table}\"")).await?;
        rows.insert(table.to_owned(), rows_of.into());
    }
    let baseline = serde_json::json!({ "revision": revision, "rows": rows });
    let insert = Query::insert()
        .into_table("audit_log")
        .columns([
            "id",
            "entity_type",
            "entity_id",
            "action",
            "user_id",
            "new_values",
            "change_summary",
            "created_at",
        ])
        .values_panic([
            id_of("audit_log", STARTED).into(),
            "schema".into(),
            Uuid::nil().into(),
            STARTED.into(),
            "system:migration".into(),
            document(manager.get_database_backend(), baseline.to_string()),
            "The audit log starts here".into(),
            now().into(),
        ])
        .to_owned();
    manager.get_connection().execute(&insert).await?;
    Ok(())
}
