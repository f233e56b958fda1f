//! What a revision does, part by part: run as it will be run.

use migration_schema::{Operation, Plan, Safety, Step};
use migration_support::{
    Column, Index, Table, add_columns,
    change::{add_indexes, drop_indexes, execute, execute_for, refuse_rows},
    create_tables, drop_columns, drop_tables, rebuild_table,
};
use sea_orm_migration::{
    prelude::{DbErr, SchemaManager},
    sea_orm::DbBackend,
};

use super::house::Written;

/// A part of a revision.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// A table or a column gets a new name: there and back, by statements that both engines understand.
    Rename { up: String, down: String },
    /// New tables, parents first, with their names.
    Tables(Vec<(String, Written<Table>)>),
    /// New columns of a table.
    Columns(&'static str, Vec<Written<Column>>),
    /// What has no function: statements for each engine.
    Statements(Box<Statements>),
    /// New indexes of a table.
    Indexes(&'static str, Vec<Written<Index>>),
}

/// Statements of both engines, there and back.
#[derive(Clone, Debug)]
pub(crate) struct Statements {
    pub(crate) up: Both<Vec<Doing>, Vec<String>>,
    pub(crate) down: Both<Vec<Doing>, Vec<String>>,
    /// What the way back destroys, and what counts it.
    pub(crate) lost: Vec<(String, String)>,
}

/// Something for each of the engines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Both<S, P = S> {
    pub(crate) sqlite: S,
    pub(crate) postgres: P,
}

/// What is done on SQLite.
#[derive(Clone, Debug)]
pub(crate) enum Doing {
    /// Some statements.
    Execute(Vec<String>),
    /// A table is made anew, as stated, from values of the old one by the new one's columns.
    Rebuild(String, Box<Written<Table>>, Vec<(String, String)>),
}

impl Statements {
    pub(crate) fn is_empty(&self) -> bool {
        [&self.up, &self.down].iter().all(|way| way.sqlite.is_empty() && way.postgres.is_empty())
    }
}

/// What the way back destroys, and what counts it. What PostgreSQL says of it is true of both.
pub(crate) fn lost(postgres: &Plan) -> Vec<(String, String)> {
    let lost = postgres.down.iter().filter(|one| one.safety == Safety::Destructive);
    lost.filter_map(|one| Some((one.summary.clone(), one.affected.clone()?))).collect()
}

/// The statements of operations. Whether as many rows were copied is not asked: each copy is one statement
/// that leaves no row out.
pub(crate) fn statements<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Vec<String> {
    let steps = operations.into_iter().flat_map(|operation| &operation.steps);
    let statement = |step: &Step| match step {
        Step::Execute(sql) => Some(sql.clone()),
        Step::SameRows(..) => None,
    };
    steps.filter_map(statement).collect()
}

/// Goes one way.
async fn go(manager: &SchemaManager<'_>, way: &Both<Vec<Doing>, Vec<String>>) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        return execute_for(manager, &[], &words(&way.postgres)).await;
    }
    for doing in &way.sqlite {
        match doing {
            Doing::Execute(statements) => execute_for(manager, &words(statements), &[]).await?,
            Doing::Rebuild(_, table, copied) => {
                let copied: Vec<(&str, &str)> =
                    copied.iter().map(|(to, from)| (to.as_str(), from.as_str())).collect();
                rebuild_table(manager, &table.value, &copied).await?;
            }
        }
    }
    Ok(())
}

impl Change {
    /// Does it.
    pub(crate) async fn up(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        match self {
            Self::Rename { up, .. } => execute(manager, up).await,
            Self::Tables(tables) => create_tables(manager, &values_of(tables)).await,
            Self::Columns(table, columns) => add_columns(manager, table, &values(columns)).await,
            Self::Statements(all) => go(manager, &all.up).await,
            Self::Indexes(table, indexes) => add_indexes(manager, table, &values(indexes)).await,
        }
    }

    /// Takes it back.
    pub(crate) async fn down(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        match self {
            Self::Rename { down, .. } => execute(manager, down).await,
            Self::Tables(tables) => drop_tables(manager, &values_of(tables)).await,
            Self::Columns(table, columns) => drop_columns(manager, table, &values(columns)).await,
            Self::Statements(all) => {
                let lost: Vec<(&str, &str)> =
                    all.lost.iter().map(|(what, sql)| (what.as_str(), sql.as_str())).collect();
                refuse_rows(manager, &lost).await?;
                go(manager, &all.down).await
            }
            Self::Indexes(_, indexes) => drop_indexes(manager, &values(indexes)).await,
        }
    }
}

fn values<T: Clone>(all: &[Written<T>]) -> Vec<T> {
    all.iter().map(|one| one.value.clone()).collect()
}

fn values_of(tables: &[(String, Written<Table>)]) -> Vec<Table> {
    tables.iter().map(|(_, table)| table.value.clone()).collect()
}

fn words(statements: &[String]) -> Vec<&str> {
    statements.iter().map(String::as_str).collect()
}
