//! Changing a table of SQLite in ways that `ALTER TABLE` cannot.

mod own;

use own::Own;
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
/// What only this file has stays too: columns that are neither stated, nor read by `copied`, nor among
/// [`Table::dropped`]; indexes of other names; and where the file was taken over, what it had otherwise then
/// and `copied` takes as it is: a column that may be null, a unique key that its rows do not meet.
///
/// All of it happens in one transaction, a nested one where the caller is in one already. It works only
/// while foreign keys are not enforced, as on the migrators' own connections: dropping the old table
/// under enforcement deletes the rows that refer to it with `ON DELETE CASCADE`, and enforcement cannot
/// be switched off inside a transaction.
///
/// # Errors
/// Foreign keys are enforced and another table refers to this one, a column of the file's own is computed
/// from others, rows went missing on the way, or SQLite refuses, as where a row does not meet what is new.
/// Nothing is changed then.
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
    let own = Own::of(manager, name).await?;
    let (table, kept) = own.stated(table, copied)?;

    let new = format!("{name}__new");
    manager.create_table(table.create(DbBackend::Sqlite, &new)).await?;
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let stated = copied.iter().map(|(column, value)| (quoted(column), (*value).to_owned()));
    let kept = kept.iter().map(|column| (quoted(column), quoted(column)));
    let (columns, values): (Vec<String>, Vec<String>) = stated.chain(kept).unzip();
    let (columns, values) = (columns.join(", "), values.join(", "));
    let copy = format!("INSERT INTO \"{new}\" ({columns}) SELECT {values} FROM \"{name}\"");
    execute(manager, &copy).await.map_err(|error| {
        DbErr::Migration(format!("rows of {name} do not meet what is asked of them now: {error}"))
    })?;
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
    for index in own.indexes(&table) {
        execute(manager, index).await?;
    }
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
