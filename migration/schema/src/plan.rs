//! The way from one schema to another, and back.

use std::fmt;

use sea_orm::{ConnectionTrait, Statement};
use serde::{Deserialize, Serialize};

use crate::{
    Comparison, Error,
    canonical::Canonical,
    compare::{Undeclared, compared},
    difference::Difference,
    model::{Counter, Engine, Schema, Table},
    postgres,
    rename::Hints,
    sqlite,
};

/// The way from one schema to another, and back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Whose statements these are.
    pub engine: Engine,
    /// There, in order.
    pub up: Vec<Operation>,
    /// And back, in order.
    pub down: Vec<Operation>,
}

/// How much an operation may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Safety {
    /// Nothing. It may be refused, as an index that rows contradict, but loses nothing.
    Safe,
    /// Rows need a value that they do not have: a default, or a declared [`Fill`](crate::Fill).
    NeedsDefault,
    /// Values may be changed on the way, as text is that becomes a number.
    Lossy,
    /// Rows or values go.
    Destructive,
    /// It is not done by itself; the operation says what to do by hand.
    Blocked,
}

impl fmt::Display for Safety {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Safe => "safe",
            Self::NeedsDefault => "needs-default",
            Self::Lossy => "lossy",
            Self::Destructive => "destructive",
            Self::Blocked => "blocked",
        })
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// What it does, in words; for a blocked one, what to do instead.
    pub summary: String,
    /// How much it may cost.
    pub safety: Safety,
    /// What is executed, in order.
    pub steps: Vec<Step>,
    /// A statement that counts the rows it may cost, in the database as it is before the plan.
    pub affected: Option<String>,
}

/// A part of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// A statement.
    Execute(String),
    /// Two tables that must hold as many rows.
    SameRows(String, String),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Execute(sql) => write!(f, "{sql};"),
            Self::SameRows(one, other) => {
                write!(f, "-- goes on only if {one} and {other} hold as many rows")
            }
        }
    }
}

impl Operation {
    pub(crate) fn new(summary: impl Into<String>, safety: Safety, statements: Vec<String>) -> Self {
        let steps = statements.into_iter().map(Step::Execute).collect();
        Self { summary: summary.into(), safety, steps, affected: None }
    }

    pub(crate) fn blocked(summary: impl Into<String>) -> Self {
        Self::new(summary, Safety::Blocked, Vec::new())
    }

    pub(crate) fn counted(self, affected: impl Into<String>) -> Self {
        Self { affected: Some(affected.into()), ..self }
    }

    /// How many rows it may cost, in the database as it is before the plan; none where it costs none.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn rows<C: ConnectionTrait>(&self, connection: &C) -> Result<Option<i64>, Error> {
        let Some(sql) = &self.affected else { return Ok(None) };
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }
}

impl Plan {
    /// Plans the way from `actual` to `desired`. Views and triggers that only `actual` has stay.
    ///
    /// # Errors
    /// The schemas are of two engines, or something to be renamed is there under both names.
    pub fn between(actual: &Schema, desired: &Schema, hints: &Hints) -> Result<Self, Error> {
        let up = Way::new(actual, desired, hints, Undeclared::Kept)?;
        let end = up.end();
        let back = hints.reversed(&up.comparison.differences);
        let down = Way::new(&end, actual, &back, Undeclared::Dropped)?;
        Ok(Self { engine: actual.engine, up: up.operations(), down: down.operations() })
    }

    /// The greatest cost on the way there.
    pub fn safety(&self) -> Safety {
        self.up.iter().map(|operation| operation.safety).max().unwrap_or(Safety::Safe)
    }
}

/// All that an engine needs to know to plan one direction.
pub(crate) struct Way<'a> {
    /// The schema it begins with, under the new names.
    pub(crate) actual: Schema,
    pub(crate) desired: &'a Schema,
    pub(crate) comparison: Comparison,
    pub(crate) hints: &'a Hints,
    /// Whether what was made on the way there is taken back.
    pub(crate) is_back: bool,
}

/// Puts what is equal, and so stays, as it is in the place of how it should be.
fn keep(table: &mut Table, actual: &Table, engine: Engine) {
    fn each<T: Canonical + PartialEq>(all: &mut [T], actual: &[T], engine: Engine) {
        for one in all {
            let canonical = one.canonical(engine);
            if let Some(same) = actual.iter().find(|same| same.canonical(engine) == canonical) {
                *one = same.clone();
            }
        }
    }
    each(&mut table.columns, &actual.columns, engine);
    each(table.primary_key.as_mut_slice(), actual.primary_key.as_slice(), engine);
    each(&mut table.uniques, &actual.uniques, engine);
    each(&mut table.checks, &actual.checks, engine);
    each(&mut table.foreign_keys, &actual.foreign_keys, engine);
    for column in &mut table.columns {
        let present = actual.column(engine, &column.name);
        // A column that is there is numbered by an identity, which has the same effect.
        if column.counter == Some(Counter::Serial)
            && present.is_some_and(|present| present.counter != Some(Counter::Serial))
        {
            column.counter = Some(Counter::Identity);
        }
    }
}

impl<'a> Way<'a> {
    fn new(
        actual: &Schema,
        desired: &'a Schema,
        hints: &'a Hints,
        undeclared: Undeclared,
    ) -> Result<Self, Error> {
        let (comparison, actual) = compared(actual, desired, hints, undeclared)?;
        let is_back = undeclared == Undeclared::Dropped;
        Ok(Self { actual, desired, comparison, hints, is_back })
    }

    fn operations(&self) -> Vec<Operation> {
        match self.actual.engine {
            Engine::Sqlite => sqlite::plan::operations(self),
            Engine::Postgres => postgres::plan::operations(self),
        }
    }

    /// The schema it ends with: the desired one, and what is left alone, down to the names.
    fn end(&self) -> Schema {
        let (mut end, engine) = (self.desired.clone(), self.actual.engine);
        for table in &mut end.tables {
            if let Some(actual) = self.actual.table(&table.name) {
                keep(table, actual, engine);
            }
        }
        end.unmanaged.clone_from(&self.actual.unmanaged);
        for view in &self.actual.views {
            if !end.views.iter().any(|kept| engine.same(&kept.name, &view.name)) {
                end.views.push(view.clone());
            }
        }
        for trigger in &self.actual.triggers {
            let same = |kept: &crate::Trigger| {
                engine.same(&kept.name, &trigger.name) && engine.same(&kept.table, &trigger.table)
            };
            if end.table(&trigger.table).is_some() && !end.triggers.iter().any(same) {
                end.triggers.push(trigger.clone());
            }
        }
        end
    }

    /// The name that a table has before the plan.
    pub(crate) fn old_table<'n>(&'n self, name: &'n str) -> &'n str {
        let old = self.comparison.differences.iter().find_map(|difference| match difference {
            Difference::TableName { from, to } if to == name => Some(from.as_str()),
            _ => None,
        });
        old.unwrap_or(name)
    }

    /// The name that a column has before the plan.
    pub(crate) fn old_column<'n>(&'n self, of: &str, name: &'n str) -> &'n str {
        let old = self.comparison.differences.iter().find_map(|difference| match difference {
            Difference::ColumnName { table, from, to } if table == of && to == name => {
                Some(from.as_str())
            }
            _ => None,
        });
        old.unwrap_or(name)
    }

    /// What there is under a table's name already, and is none of our tables.
    pub(crate) fn in_the_way(&self, name: &str) -> Option<String> {
        let engine = self.actual.engine;
        let taken = |other: &str| engine.same(other, name);
        let unmanaged = self.actual.unmanaged.iter().filter(|part| part.table.is_none());
        let kinds = unmanaged.filter(|part| taken(&part.name)).map(|part| part.kind.clone()).next();
        let view = self.actual.views.iter().any(|view| taken(&view.name));
        kinds.or_else(|| view.then(|| "view".to_owned()))
    }

    /// What is a part of a table and would be lost if the table were made anew.
    pub(crate) fn beyond(&self, name: &str) -> Option<String> {
        let engine = self.actual.engine;
        let of = |part: &&crate::Unmanaged| {
            part.table.as_deref().is_some_and(|table| engine.same(table, name))
        };
        self.actual.unmanaged.iter().find(of).map(ToString::to_string)
    }
}
