//! Changing a table of SQLite in ways that `ALTER TABLE` cannot.

use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr, SchemaManager},
    sea_orm::{DbBackend, Statement},
};

use crate::{
    Table,
    change::{add_indexes, count, execute},
};

/// Makes `table` anew as stated and copies every row into it by named columns: `copied` pairs a column
/// of the new table with an expression over the old one. Triggers of the table, views over it, rows
/// that refer to it and its `AUTOINCREMENT` counter all stay. SQLite only.
///
/// All of it happens in one transaction, a nested one where the caller is in one already. It works only
/// while foreign keys are not enforced, as on the migrators' own connections: dropping the old table
/// under enforcement deletes the rows that refer to it with `ON DELETE CASCADE`, and enforcement cannot
/// be switched off inside a transaction.
///
/// # Errors
/// Foreign keys are enforced and another table refers to this one (nothing is changed then), rows went
/// missing on the way, or SQLite refuses.
pub async fn rebuild_table(
    manager: &SchemaManager<'_>,
    table: &Table,
    copied: &[(&str, &str)],
) -> Result<(), DbErr> {
    let transaction = manager.begin().await?;
    rebuild(&transaction, table, copied).await?;
    transaction.commit().await
}

async fn rebuild(
    manager: &SchemaManager<'_>,
    table: &Table,
    copied: &[(&str, &str)],
) -> Result<(), DbErr> {
    let name = table.name;
    refuse_enforcement(manager, name).await?;
    let rows = count(manager, &format!("SELECT COUNT(*) FROM \"{name}\"")).await?;
    let counter = counter(manager, name).await?;
    let triggers = triggers(manager, name).await?;

    let new = format!("{name}__new");
    manager.create_table(table.create(DbBackend::Sqlite, &new)).await?;
    let (columns, values): (Vec<String>, Vec<&str>) =
        copied.iter().map(|(column, value)| (format!("\"{column}\""), *value)).unzip();
    let (columns, values) = (columns.join(", "), values.join(", "));
    execute(manager, &format!("INSERT INTO \"{new}\" ({columns}) SELECT {values} FROM \"{name}\""))
        .await?;
    let kept = count(manager, &format!("SELECT COUNT(*) FROM \"{new}\"")).await?;
    if kept != rows {
        return Err(DbErr::Migration(format!("rebuilding {name} kept {kept} of its {rows} rows")));
    }

    execute(manager, &format!("DROP TABLE \"{name}\"")).await?;
    // Without it a view over the table, which for this moment does not exist, stops the renaming.
    execute(manager, "PRAGMA legacy_alter_table = ON").await?;
    execute(manager, &format!("ALTER TABLE \"{new}\" RENAME TO \"{name}\"")).await?;
    execute(manager, "PRAGMA legacy_alter_table = OFF").await?;
    if let Some(counter) = counter {
        execute(manager, &format!("DELETE FROM sqlite_sequence WHERE name = '{name}'")).await?;
        execute(manager, &format!("INSERT INTO sqlite_sequence VALUES ('{name}', {counter})"))
            .await?;
    }
    add_indexes(manager, name, &table.indexes).await?;
    for trigger in triggers {
        execute(manager, &trigger).await?;
    }
    Ok(())
}

async fn refuse_enforcement(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if count(manager, "PRAGMA foreign_keys").await? == 0 {
        return Ok(());
    }
    let children = "SELECT COUNT(*) FROM sqlite_schema AS child \
         JOIN pragma_foreign_key_list(child.name) AS reference \
         WHERE child.type = 'table' AND lower(reference.\"table\") = lower('TABLE')";
    if count(manager, &children.replace("TABLE'", &format!("{table}'"))).await? == 0 {
        return Ok(());
    }
    Err(DbErr::Migration(format!(
        "{table} cannot be rebuilt while foreign keys are enforced: rows of other tables that refer \
         to it would be deleted. Run the migration through `almanac migrate` or sea-orm-cli, whose \
         connections do not enforce them"
    )))
}

async fn counter(manager: &SchemaManager<'_>, table: &str) -> Result<Option<i64>, DbErr> {
    let kept = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'";
    if count(manager, kept).await? == 0 {
        return Ok(None);
    }
    let sql = format!("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = '{table}'");
    Ok(Some(count(manager, &sql).await?).filter(|counter| *counter > 0))
}

async fn triggers(manager: &SchemaManager<'_>, table: &str) -> Result<Vec<String>, DbErr> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?",
        [table.into()],
    );
    let rows = manager.get_connection().query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
