//! The change log: who changed which row, when, and what it was before and after, written in the
//! transaction that makes the change.

mod act;
mod audit_log;
mod note;

use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use almanac_entity::{Database, JsonText, Kind, Table, UnixTime};
use sea_orm::{
    ConnectionTrait, IdenStatic, Iterable, PrimaryKeyToColumn, Value,
    prelude::Uuid,
    sea_query::{Alias, Expr, Query, SimpleExpr, sea_value_to_json_value},
};
use serde_json::{Map, Value as Json};

pub(crate) use act::Act;
pub(crate) use audit_log::{cells as audit_cells, is_inert, named, singular};
pub(crate) use note::Note;

use crate::{Result, Row, access::Operation, access::Principal};

/// Changes of one statement.
const CHANGES: usize = 500;

/// Where somebody's work comes from, as the logs keep it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The id of the request that it serves.
    pub request_id: Option<String>,
    /// The address that the request came from, IPv4 or IPv6.
    pub ip_address: Option<String>,
    /// The program that sent it, as it names itself.
    pub user_agent: Option<String>,
}

impl From<Option<&str>> for Caller {
    fn from(request_id: Option<&str>) -> Self {
        Self { request_id: request_id.map(str::to_owned), ..Self::default() }
    }
}

/// Who is changing rows, and in the course of what.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) principal: Principal,
    pub(crate) operation: Operation,
    pub(crate) caller: Caller,
    /// Binds the changes of one piece of work together, across databases.
    pub(crate) change_set: Uuid,
    pub(crate) now: UnixTime,
    /// How many of AstrID's phases the database has, once it was asked.
    pub(crate) phase: OnceLock<u8>,
    /// The databases in which something was written down.
    pub(crate) touched: [AtomicBool; Database::ALL.len()],
    /// The keys of what was written into AstrID's audit log.
    pub(crate) audited: Mutex<Vec<Uuid>>,
}

/// A row before and after; there is no row before it was made nor after it was deleted.
pub(crate) type Change<'r, E> = (Option<&'r Row<E>>, Option<&'r Row<E>>);

/// Cells by the names of their columns.
pub(crate) type Cells = Map<String, Json>;

impl Record {
    /// Writes a line for each row that is not what it was.
    pub(crate) async fn write<E: Table>(
        &self,
        connection: &impl ConnectionTrait,
        act: Option<&Act>,
        changes: impl IntoIterator<Item = Change<'_, E>>,
    ) -> Result<()> {
        if E::DATABASE == Database::Astrid {
            return audit_log::write(self, connection, act, changes).await;
        }
        let lines: Vec<Line> =
            changes.into_iter().filter_map(|change| Line::of(change, document)).collect();
        if !lines.is_empty() {
            self.touched[E::DATABASE as usize].store(true, Ordering::Relaxed);
        }
        for lines in lines.chunks(CHANGES) {
            let mut insert = Query::insert();
            insert.into_table(Alias::new("change_log")).columns(CHANGE_LOG.map(Alias::new));
            for line in lines {
                insert.values_panic(self.change(E::default().table_name(), line));
            }
            connection.execute(&insert).await?;
        }
        Ok(())
    }

    /// The databases in which something was written down, AstrID's aside.
    pub(crate) fn touched(&self) -> Vec<Database> {
        let is_touched =
            |database: &Database| self.touched[*database as usize].load(Ordering::Relaxed);
        Database::ALL.into_iter().filter(is_touched).collect()
    }

    /// The keys of what was written into AstrID's audit log, in its order.
    pub(crate) fn audited(&self) -> Vec<Uuid> {
        self.audited.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what was written into AstrID's audit log but for the first `count`, since it is undone.
    pub(crate) fn forget_audited(&self, count: usize) {
        self.audited.lock().unwrap_or_else(PoisonError::into_inner).truncate(count);
    }

    /// Writes down in one database which ones the work changes, so that a database that has the changes tells of one
    /// that has not.
    pub(crate) async fn announce(
        &self,
        connection: &impl ConnectionTrait,
        databases: &[Database],
    ) -> Result<()> {
        let names = databases.iter().map(|database| database.to_string().into()).collect();
        let line = Line {
            key: self.change_set.to_string(),
            before: None,
            after: Some(Map::from_iter([("databases".to_owned(), Json::Array(names))])),
        };
        let mut insert = Query::insert();
        insert.into_table(Alias::new("change_log")).columns(CHANGE_LOG.map(Alias::new));
        insert.values_panic(self.change("change_log", &line));
        connection.execute(&insert).await?;
        Ok(())
    }

    fn change(&self, table: &str, line: &Line) -> [SimpleExpr; 11] {
        let text = |cells: &Option<Cells>| {
            cells.as_ref().map(|cells| JsonText(Json::Object(cells.clone())))
        };
        [
            Expr::val(self.change_set.to_string()),
            Expr::val(self.operation.name()),
            Expr::val(self.principal.name.as_str()),
            Expr::val(self.principal.role.as_str()),
            Expr::val(self.caller.request_id.clone()),
            Expr::val(f64::from(self.now)),
            Expr::val(table),
            Expr::val(line.key.as_str()),
            Expr::val(line.verb()),
            Expr::val(text(&line.before)),
            Expr::val(text(&line.after)),
        ]
        .map(SimpleExpr::from)
    }
}

const CHANGE_LOG: [&str; 11] = [
    "change_set",
    "operation",
    "actor",
    "role",
    "request_id",
    "changed_at",
    "table_name",
    "row_key",
    "verb",
    "before",
    "after",
];

/// What is written of one row: all of its cells when it comes or goes, those that differ otherwise.
struct Line {
    key: String,
    before: Option<Cells>,
    after: Option<Cells>,
}

impl Line {
    /// `encode` says how a cell is written.
    fn of<E: Table>(
        (before, after): Change<'_, E>,
        encode: fn(E::Column, Kind, &Value) -> Json,
    ) -> Option<Self> {
        let key = row_key(before.or(after)?);
        let cells = |row| cells_of(row, encode);
        let (mut before, mut after) = (before.map(cells), after.map(cells));
        if let (Some(before), Some(after)) = (&mut before, &mut after) {
            let same: Vec<String> = before
                .iter()
                .filter(|(name, cell)| after.get(*name) == Some(cell))
                .map(|(name, _)| name.clone())
                .collect();
            for name in same {
                before.remove(&name);
                after.remove(&name);
            }
            if after.is_empty() {
                return None;
            }
        }
        Some(Self { key, before, after })
    }

    fn verb(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "insert",
            (_, None) => "delete",
            _ => "update",
        }
    }
}

/// The cells of a row; `encode` says how one is written.
fn cells_of<E: Table>(row: &Row<E>, encode: fn(E::Column, Kind, &Value) -> Json) -> Cells {
    let cell = |(column, kind, value): (E::Column, Kind, &Value)| {
        (column.as_str().to_owned(), encode(column, kind, value))
    };
    row.cells().map(cell).collect()
}

/// The primary key as text; of several columns, as a JSON list.
pub(crate) fn row_key<E: Table>(row: &Row<E>) -> String {
    let mut parts: Vec<Json> = E::PrimaryKey::iter()
        .map(|key| row.value(key.into_column()).map_or(Json::Null, sea_value_to_json_value))
        .collect();
    match parts.pop() {
        Some(Json::String(text)) if parts.is_empty() => text,
        Some(one) if parts.is_empty() => one.to_string(),
        last => {
            parts.extend(last);
            Json::Array(parts).to_string()
        }
    }
}

/// A cell as the change log has it: a document inside the document, not its text.
fn document<C>(_: C, kind: Kind, value: &Value) -> Json {
    match (kind, value) {
        (Kind::JsonText, Value::String(Some(text))) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone()))
        }
        _ => sea_value_to_json_value(value),
    }
}
