//! The schema that the entities ask for, as the engine itself reads it back.

use std::collections::BTreeMap;

use almanac_database::{Address, Database};
use migration_schema::{Schema, reflect};
use migration_support::Scratch;
use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr},
    sea_orm::DbBackend,
    sea_query::{Check, Expr, extension::postgres::Type},
};

use super::stated::{Stated, parents_first, stated};
use crate::verify::schema_error;

/// The tables of `database` as its entities state them, made in a scratch database of the engine at `address`
/// and read back. The database there is not touched.
///
/// # Errors
/// There can be no scratch database, or the engine refuses what an entity states.
pub async fn desired(database: Database, address: &Address) -> Result<Schema, DbErr> {
    desired_of(&stated(database), address).await
}

/// The same of any tables.
///
/// # Errors
/// There can be no scratch database, or the engine refuses a table.
pub async fn desired_of(tables: &[Stated], address: &Address) -> Result<Schema, DbErr> {
    let scratch = Scratch::beside(address).await?;
    make(tables, scratch.connection()).await?;
    let schema = reflect(scratch.connection(), scratch.schema()).await.map_err(schema_error)?;
    scratch.close().await?;
    Ok(schema)
}

async fn make<C: ConnectionTrait>(tables: &[Stated], connection: &C) -> Result<(), DbErr> {
    let postgres = connection.get_database_backend() == DbBackend::Postgres;
    if postgres {
        let enumerations = tables.iter().flat_map(Stated::enumerations);
        let types: BTreeMap<_, _> = enumerations.map(|(_, name, labels)| (name, labels)).collect();
        for (name, labels) in types {
            connection.execute(&Type::create().as_enum(name).values(labels).to_owned()).await?;
        }
    }
    for stated in parents_first(tables) {
        let mut table = stated.table.clone();
        if !postgres {
            // SQLite has no such type: there the labels are a condition, by the name that revisions give it.
            for (column, _, labels) in stated.enumerations() {
                let name = enumeration_check(&stated.name(), &column);
                table.check(Check::named(name, Expr::cust(one_of(&column, &labels))));
            }
        }
        connection.execute(&table).await?;
        for index in &stated.indexes {
            connection.execute(index).await?;
        }
    }
    Ok(())
}

/// The name of the condition that holds a column of SQLite to its labels.
pub(super) fn enumeration_check(table: &str, column: &str) -> String {
    format!("ck_{table}_{column}_enum")
}

fn one_of(column: &str, labels: &[String]) -> String {
    let labels: Vec<String> =
        labels.iter().map(|label| format!("'{}'", label.replace('\'', "''"))).collect();
    format!("\"{}\" IN ({})", column.replace('"', "\"\""), labels.join(", "))
}
