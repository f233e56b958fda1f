//! Rows made up for a test: every column has a value after its kind, and rows of other tables that it
//! refers to are made first.

use almanac_entity::{Kind, UnixTime};
use almanac_service::Writer;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    Value,
    prelude::{Decimal, Uuid},
    sea_query::{ColumnType, StringLen},
};
use serde_json::json;

use super::table::{AnyTable, Cells, Column};
use crate::support::Schema;

/// How much of a row is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Every column.
    Full,
    /// What the database does not take from its defaults.
    Required,
}

/// A database with its tables, in which rows are made.
pub(crate) struct Sampler<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) tables: &'a [Box<dyn AnyTable>],
    pub(crate) writer: &'a Writer,
    /// How many rows were made: each is another one.
    pub(crate) made: u32,
}

impl<'a> Sampler<'a> {
    pub(crate) fn table(&self, name: &str) -> &'a dyn AnyTable {
        &**self.tables.iter().find(|table| table.name() == name).expect("every table has an entity")
    }

    /// A row of `table` that can be inserted.
    pub(crate) async fn cells(&mut self, table: &dyn AnyTable, extent: Extent) -> Cells {
        let number = self.number();
        let facts = &self.schema.tables[table.name()];
        let mut cells = Cells::new();
        for column in table.columns() {
            let fact = facts.columns.iter().find(|fact| fact.name == column.name).unwrap();
            let key = facts.primary_key == [column.name];
            let given = matches!(column.kind, Kind::BigInt) && key;
            if extent == Extent::Required
                && (given || !fact.not_null && !key || fact.default.is_some())
            {
                continue;
            }
            let value = demanded(table.name(), &column).unwrap_or_else(|| value(&column, number));
            cells.insert(column.name, value);
        }
        for key in &facts.foreign_keys {
            let ([column], [target]) = (&key.columns[..], &key.targets[..]) else {
                panic!("{}: keys of several columns are not made up", table.name())
            };
            let Some((column, _)) = cells.get_key_value(&**column) else { continue };
            let (column, parent) = (*column, self.table(&key.table));
            let row = Box::pin(self.cells(parent, extent)).await;
            let row = parent.insert(self.writer, &row).await.expect("a row to be referred to");
            cells.insert(column, row.cells[&**target].clone());
        }
        cells
    }

    /// Other values for every column of a row but its key and what it refers to.
    pub(crate) fn changed(&mut self, table: &dyn AnyTable, cells: &Cells) -> Cells {
        let number = self.number();
        let facts = &self.schema.tables[table.name()];
        let mut cells = cells.clone();
        for column in table.columns() {
            let refers = facts.foreign_keys.iter().any(|key| key.columns == [column.name]);
            if !refers && !facts.primary_key.iter().any(|key| key == column.name) {
                let value =
                    demanded(table.name(), &column).unwrap_or_else(|| value(&column, number));
                cells.insert(column.name, value);
            }
        }
        cells
    }

    fn number(&mut self) -> u32 {
        self.made += 1;
        self.made
    }
}

/// Takes out of a row what a condition does not allow beside the rest of it.
pub(crate) fn settle(table: &str, cells: &mut Cells) {
    // Who is at work on a job is known while somebody is.
    if table == "processing_jobs" && cells["status"] != word("running") {
        for column in ["claimed_by", "claim_token", "lease_expires_at"] {
            cells.remove(column);
        }
    }
}

/// What the conditions of a table leave of a column's values.
fn demanded(table: &str, column: &Column) -> Option<Value> {
    Some(match (table, column.name) {
        ("sources" | "good_references" | "final_references", "snr_nvss") => 20.5.into(),
        ("sources", "resolved_flag" | "confusion_flag") => false.into(),
        ("sources", "alpha") => (-0.75).into(),
        ("difference_runs", "algorithm") => "zogy".into(),
        ("processing_jobs", "job_type") => "ingest".into(),
        ("processing_jobs", "status") => word("running"),
        ("processing_jobs", "retry_count" | "max_retries") => 3.into(),
        ("processing_jobs", "entity_type") => "observation".into(),
        ("detections", "is_validated") => true.into(),
        ("validation_events", "tags") => Value::Json(Some(Box::new(json!(["a", "b"])))),
        ("alerts", "alert_type") => "email".into(),
        _ => return None,
    })
}

/// A value for a column, another one for another number. Fractions are sums of halves, which every
/// engine keeps as they are, and lie between 0 and 1 where a column is a decimal.
pub(crate) fn value(column: &Column, number: u32) -> Value {
    match column.kind {
        Kind::Text => {
            let text = format!("{} {number}, 'π'", column.name);
            let length = match column.ty {
                ColumnType::String(StringLen::N(length)) => length as usize,
                _ => text.len(),
            };
            text.chars().take(length).collect::<String>().into()
        }
        Kind::Int => i32::try_from(number).unwrap().into(),
        Kind::BigInt => (5_000_000_000 + i64::from(number)).into(),
        Kind::Float => (0.5 + f64::from(number)).into(),
        Kind::Decimal => Decimal::new(i64::from(1 + number % 3) * 25, 2).into(),
        Kind::Boolean => (number % 2 == 1).into(),
        Kind::UnixTime => UnixTime(1_760_000_000.25 + f64::from(number)).into(),
        Kind::DateTime => {
            let instant: DateTime<Utc> = "2025-10-02T00:12:30.123456Z".parse().unwrap();
            (instant + TimeDelta::seconds(number.into())).into()
        }
        Kind::JsonText => json!({ "number": number, "text": "it's" }).to_string().into(),
        Kind::Json => Value::Json(Some(Box::new(json!({ "number": number, "none": null })))),
        Kind::Uuid => Uuid::from_u128(0x1234_5678_9abc_def0 << 64 | u128::from(number)).into(),
        Kind::Word(vocabulary) => {
            word(vocabulary.terms[number as usize % vocabulary.terms.len()].label)
        }
    }
}

/// A word of a vocabulary, or another one.
pub(crate) fn word(label: &str) -> Value {
    label.into()
}
