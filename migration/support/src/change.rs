//! What a revision does to a database.

use std::collections::BTreeMap;

use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr, SchemaManager},
    sea_orm::{DbBackend, Statement},
    sea_query::{self, extension::postgres::Type},
};

use crate::{Column, Index, Table, guard::data_loss_allowed};

/// Creates tables in the order given, each with its indexes; on PostgreSQL first the enumeration
/// types that their columns use.
///
/// # Errors
/// The engine refuses.
pub async fn create_tables(manager: &SchemaManager<'_>, tables: &[Table]) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    if backend == DbBackend::Postgres {
        for (name, labels) in enumerations(tables) {
            let create = Type::create().as_enum(name).values(labels.iter().copied()).to_owned();
            manager.create_type(create).await?;
        }
    }
    for table in tables {
        manager.create_table(table.create(backend, table.name)).await?;
        add_indexes(manager, table.name, &table.indexes).await?;
    }
    Ok(())
}

/// Drops tables in the reverse of the order given, and on PostgreSQL the enumeration types that
/// [`create_tables`] made for them.
///
/// # Errors
/// A table holds rows and nobody allowed their loss, or the engine refuses.
pub async fn drop_tables(manager: &SchemaManager<'_>, tables: &[Table]) -> Result<(), DbErr> {
    let mut lost = Vec::new();
    for table in tables {
        let rows = count(manager, &format!("SELECT COUNT(*) FROM \"{}\"", table.name)).await?;
        if rows > 0 {
            lost.push(format!("{} ({rows} rows)", table.name));
        }
    }
    refuse_loss(&lost)?;
    for table in tables.iter().rev() {
        manager.drop_table(sea_query::Table::drop().table(table.name).to_owned()).await?;
    }
    if manager.get_database_backend() == DbBackend::Postgres {
        for name in enumerations(tables).into_keys() {
            manager.drop_type(Type::drop().name(name).to_owned()).await?;
        }
    }
    Ok(())
}

/// Adds columns to a table, one statement each: SQLite knows no other way.
///
/// # Errors
/// The engine refuses.
pub async fn add_columns(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[Column],
) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    for column in columns {
        let mut alter = sea_query::Table::alter();
        alter.table(table).add_column(column.definition(backend));
        manager.alter_table(alter).await?;
    }
    Ok(())
}

/// Drops columns from a table.
///
/// # Errors
/// A column holds values and nobody allowed their loss, or the engine refuses.
pub async fn drop_columns(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[Column],
) -> Result<(), DbErr> {
    let mut lost = Vec::new();
    for column in columns {
        // A column with a default holds it in every row; that much can be had again.
        let changed = match column.default_sql() {
            Some(default) => format!("\"{}\" IS NOT NULL AND \"{0}\" <> {default}", column.name),
            None => format!("\"{}\" IS NOT NULL", column.name),
        };
        let values =
            count(manager, &format!("SELECT COUNT(*) FROM \"{table}\" WHERE {changed}")).await?;
        if values > 0 {
            lost.push(format!("{table}.{} ({values} values)", column.name));
        }
    }
    refuse_loss(&lost)?;
    for column in columns.iter().rev() {
        manager
            .alter_table(sea_query::Table::alter().table(table).drop_column(column.name).to_owned())
            .await?;
    }
    Ok(())
}

/// Creates indexes on a table.
///
/// # Errors
/// The engine refuses.
pub async fn add_indexes(
    manager: &SchemaManager<'_>,
    table: &'static str,
    indexes: &[Index],
) -> Result<(), DbErr> {
    for index in indexes {
        manager.create_index(index.create(table)).await?;
    }
    Ok(())
}

/// Drops indexes of a table.
///
/// # Errors
/// The engine refuses.
pub async fn drop_indexes(manager: &SchemaManager<'_>, indexes: &[Index]) -> Result<(), DbErr> {
    for index in indexes {
        manager.drop_index(sea_query::Index::drop().name(index.name).to_owned()).await?;
    }
    Ok(())
}

/// Runs one statement that both engines understand.
///
/// # Errors
/// The engine refuses.
pub async fn execute(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let statement = Statement::from_string(manager.get_database_backend(), sql);
    manager.get_connection().execute_raw(statement).await.map(|_| ())
}

/// Runs statements, those of the engine that there is.
///
/// # Errors
/// It is SQLite and enforces foreign keys (a table made anew would take the rows with it that refer to it), or the
/// engine refuses.
pub async fn execute_for(
    manager: &SchemaManager<'_>,
    sqlite: &[&str],
    postgres: &[&str],
) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        for sql in postgres {
            execute(manager, sql).await?;
        }
        return Ok(());
    }
    if !sqlite.is_empty() && count(manager, "PRAGMA foreign_keys").await? != 0 {
        return Err(DbErr::Migration(
            "foreign keys are enforced. Run the migration through `almanac migrate` or sea-orm-cli, whose \
             connections do not enforce them"
                .to_owned(),
        ));
    }
    for sql in sqlite {
        execute(manager, sql).await?;
    }
    Ok(())
}

/// Stops a downgrade that would destroy rows, unless that was allowed: what would be lost, and what counts it.
///
/// # Errors
/// There are such rows and nobody allowed their loss, or the engine refuses.
pub async fn refuse_rows(manager: &SchemaManager<'_>, lost: &[(&str, &str)]) -> Result<(), DbErr> {
    let mut found = Vec::new();
    for (what, sql) in lost {
        let rows = count(manager, sql).await?;
        if rows > 0 {
            found.push(format!("{what} ({rows} rows)"));
        }
    }
    refuse_loss(&found)
}

/// The number that `sql` selects.
///
/// # Errors
/// The engine refuses.
pub async fn count(manager: &SchemaManager<'_>, sql: &str) -> Result<i64, DbErr> {
    let statement = Statement::from_string(manager.get_database_backend(), sql);
    match manager.get_connection().query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0),
        None => Ok(0),
    }
}

/// Stops a downgrade that would destroy what `lost` lists, unless that was allowed.
///
/// # Errors
/// `lost` is not empty and nobody allowed it.
pub fn refuse_loss(lost: &[String]) -> Result<(), DbErr> {
    if lost.is_empty() || data_loss_allowed() {
        return Ok(());
    }
    Err(DbErr::Migration(format!(
        "DowngradeBlocked: it would destroy {}. Back up first, then allow it: `--allow-data-loss` \
         with `almanac migrate downgrade`, ALMANAC_ALLOW_DATA_LOSS=yes with sea-orm-cli",
        lost.join(", ")
    )))
}

fn enumerations(tables: &[Table]) -> BTreeMap<&'static str, &'static [&'static str]> {
    tables.iter().flat_map(Table::enumerations).collect()
}
