//! Renames: declared, never guessed.

use serde::{Deserialize, Serialize};

use crate::{
    Error,
    difference::Difference,
    model::{Engine, ForeignKey, Index, Key, Over, Schema, Table},
    text::Text,
};

/// What the two schemas cannot say themselves about the way from one to the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// Tables that were renamed.
    pub tables: Vec<TableRename>,
    /// Columns that were renamed.
    pub columns: Vec<ColumnRename>,
    /// What columns that may not be NULL hold in rows that have nothing for them.
    pub fills: Vec<Fill>,
}

/// A table that has a new name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRename {
    /// The name it had.
    pub from: String,
    /// The name it has.
    pub to: String,
}

/// A column that has a new name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnRename {
    /// Its table, by the newest name.
    pub table: String,
    /// The name it had.
    pub from: String,
    /// The name it has.
    pub to: String,
}

/// What a column holds in rows that have nothing for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// An SQL expression over the row.
    pub value: String,
}

impl Hints {
    /// The expression that fills a column.
    pub(crate) fn fill(&self, engine: Engine, table: &str, column: &str) -> Option<&str> {
        self.fills
            .iter()
            .find(|fill| engine.same(&fill.table, table) && engine.same(&fill.column, column))
            .map(|fill| fill.value.as_str())
    }

    /// The way back: what gets a new name here gets its old one there.
    pub(crate) fn reversed(&self, done: &[Difference]) -> Self {
        let mut back = Self { fills: self.fills.clone(), ..Self::default() };
        for difference in done {
            match difference.clone() {
                Difference::TableName { from, to } => {
                    back.tables.push(TableRename { from: to, to: from });
                }
                Difference::ColumnName { table, from, to } => {
                    let table = old_table(&table, done);
                    back.columns.push(ColumnRename { table, from: to, to: from });
                }
                _ => {}
            }
        }
        back
    }
}

fn old_table(new: &str, done: &[Difference]) -> String {
    let old = done.iter().find_map(|difference| match difference {
        Difference::TableName { from, to } if to == new => Some(from.clone()),
        _ => None,
    });
    old.unwrap_or_else(|| new.to_owned())
}

/// The schema with the declared new names, and what was renamed. A rename counts only if the old name is
/// there, the new one is not, and the desired schema has the new one.
pub(crate) fn renamed(
    actual: &Schema,
    desired: &Schema,
    hints: &Hints,
) -> Result<(Schema, Vec<Difference>), Error> {
    let (mut schema, mut done) = (actual.clone(), Vec::new());
    for TableRename { from, to } in &hints.tables {
        if schema.table(from).is_none() || desired.table(to).is_none() {
            continue;
        }
        if schema.table(to).is_some() {
            let (old, new) = (from.clone(), to.clone());
            return Err(Error::BothNames { kind: "table", old, new });
        }
        schema.rename_table(from, to);
        done.push(Difference::TableName { from: from.clone(), to: to.clone() });
    }
    for ColumnRename { table, from, to } in &hints.columns {
        let wanted = desired.table(table).is_some_and(|t| t.column(desired.engine, to).is_some());
        let Some(present) = schema.table(table).filter(|_| wanted) else { continue };
        if present.column(schema.engine, from).is_none() {
            continue;
        }
        if present.column(schema.engine, to).is_some() {
            let (old, new) = (format!("{table}.{from}"), format!("{table}.{to}"));
            return Err(Error::BothNames { kind: "column", old, new });
        }
        schema.rename_column(table, from, to);
        let (table, from, to) = (table.clone(), from.clone(), to.clone());
        done.push(Difference::ColumnName { table, from, to });
    }
    Ok((schema, done))
}

impl Schema {
    fn rename_table(&mut self, from: &str, to: &str) {
        let engine = self.engine;
        let swap = |name: &mut String| {
            if engine.same(name, from) {
                to.clone_into(name);
            }
        };
        for table in &mut self.tables {
            swap(&mut table.name);
            table.foreign_keys.iter_mut().for_each(|key| swap(&mut key.table));
        }
        for trigger in &mut self.triggers {
            swap(&mut trigger.table);
            trigger.definition = trigger.definition.renamed(from, to);
        }
        self.unmanaged.iter_mut().filter_map(|part| part.table.as_mut()).for_each(swap);
    }

    fn rename_column(&mut self, of: &str, from: &str, to: &str) {
        let engine = self.engine;
        let swap = |name: &mut String| {
            if engine.same(name, from) {
                to.clone_into(name);
            }
        };
        for table in &mut self.tables {
            for key in table.foreign_keys.iter_mut().filter(|key| engine.same(&key.table, of)) {
                key.target.iter_mut().for_each(swap);
            }
            if engine.same(&table.name, of) {
                table.rename_column(from, to, swap);
            }
        }
        for trigger in self.triggers.iter_mut().filter(|one| engine.same(&one.table, of)) {
            trigger.definition = trigger.definition.renamed(from, to);
        }
    }
}

impl Table {
    fn rename_column(&mut self, from: &str, to: &str, swap: impl Fn(&mut String)) {
        let text = |text: &mut Text| *text = text.renamed(from, to);
        for column in &mut self.columns {
            swap(&mut column.name);
            column.generated.iter_mut().for_each(|generated| text(&mut generated.expression));
        }
        for Key { columns, include, .. } in self.primary_key.iter_mut().chain(&mut self.uniques) {
            columns.iter_mut().chain(include).for_each(&swap);
        }
        self.checks.iter_mut().for_each(|check| text(&mut check.expression));
        for ForeignKey { columns, .. } in &mut self.foreign_keys {
            columns.iter_mut().for_each(&swap);
        }
        for Index { parts, predicate, include, .. } in &mut self.indexes {
            include.iter_mut().for_each(&swap);
            predicate.iter_mut().for_each(text);
            for part in parts {
                match &mut part.over {
                    Over::Column(name) => swap(name),
                    Over::Expression(expression) => text(expression),
                }
            }
        }
    }
}
