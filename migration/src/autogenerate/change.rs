//! What a revision does, part by part: run as it will be run.

use migration_schema::{Operation, Plan, Safety, Step};
use migration_support::{
    Column, Index, Table, add_columns,
    change::{add_indexes, drop_indexes, execute, execute_for, refuse_rows},
    create_tables, drop_columns, drop_tables,
};
use sea_orm_migration::prelude::{DbErr, SchemaManager};

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
#[derive(Clone, Debug, Default)]
pub(crate) struct Statements {
    pub(crate) up: Both<Vec<String>>,
    pub(crate) down: Both<Vec<String>>,
    /// What the way back destroys, and what counts it.
    pub(crate) lost: Vec<(String, String)>,
}

/// Something for each of the engines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Both<T> {
    pub(crate) sqlite: T,
    pub(crate) postgres: T,
}

impl Statements {
    /// What two plans say, one of each engine.
    pub(crate) fn new(sqlite: &Plan, postgres: &Plan) -> Self {
        let lost = sqlite.down.iter().filter(|one| one.safety == Safety::Destructive);
        let lost = lost.filter_map(|one| Some((one.summary.clone(), one.affected.clone()?)));
        Self {
            up: Both { sqlite: statements(&sqlite.up), postgres: statements(&postgres.up) },
            down: Both { sqlite: statements(&sqlite.down), postgres: statements(&postgres.down) },
            lost: lost.collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        let all = [&self.up.sqlite, &self.up.postgres, &self.down.sqlite, &self.down.postgres];
        all.iter().all(|statements| statements.is_empty())
    }
}

/// The statements of operations. Whether as many rows were copied is not asked: each copy is one statement
/// that leaves no row out.
fn statements(operations: &[Operation]) -> Vec<String> {
    let steps = operations.iter().flat_map(|operation| &operation.steps);
    let statement = |step: &Step| match step {
        Step::Execute(sql) => Some(sql.clone()),
        Step::SameRows(..) => None,
    };
    steps.filter_map(statement).collect()
}

impl Change {
    /// Does it.
    pub(crate) async fn up(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        match self {
            Self::Rename { up, .. } => execute(manager, up).await,
            Self::Tables(tables) => create_tables(manager, &values_of(tables)).await,
            Self::Columns(table, columns) => add_columns(manager, table, &values(columns)).await,
            Self::Statements(all) => {
                execute_for(manager, &words(&all.up.sqlite), &words(&all.up.postgres)).await
            }
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
                execute_for(manager, &words(&all.down.sqlite), &words(&all.down.postgres)).await
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
