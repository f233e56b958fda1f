//! The change log: who changed which row, when, and what it was before and after, written in the
//! transaction that makes the change.

use almanac_entity::{Database, JsonText, Kind, Table, UnixTime};
use sea_orm::{
    ConnectionTrait, IdenStatic, Iterable, PrimaryKeyToColumn, Value,
    prelude::{DateTimeUtc, Uuid},
    sea_query::{Alias, Expr, Query, SimpleExpr, sea_value_to_json_value},
};
use serde_json::{Map, Value as Json};

use crate::{Error, Result, Row, access::Operation, access::Principal};

/// Changes of one statement.
const CHANGES: usize = 500;

/// Who is changing rows, and in the course of what.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) principal: Principal,
    pub(crate) operation: Operation,
    pub(crate) request_id: Option<String>,
    /// Binds the changes of one piece of work together, across databases.
    pub(crate) change_set: Uuid,
    pub(crate) now: UnixTime,
}

/// A row before and after; there is no row before it was made nor after it was deleted.
pub(crate) type Change<'r, E> = (Option<&'r Row<E>>, Option<&'r Row<E>>);

type Cells = Map<String, Json>;

impl Record {
    /// Writes a line for each row that is not what it was.
    pub(crate) async fn write<E: Table>(
        &self,
        connection: &impl ConnectionTrait,
        changes: impl IntoIterator<Item = Change<'_, E>>,
    ) -> Result<()> {
        let lines = changes.into_iter().filter_map(Line::of).collect::<Vec<_>>();
        for lines in lines.chunks(CHANGES) {
            let mut insert = Query::insert();
            if E::DATABASE == Database::Astrid {
                insert.into_table(Alias::new("audit_log")).columns(AUDIT_LOG.map(Alias::new));
                for line in lines {
                    insert.values_panic(self.audit::<E>(line)?);
                }
            } else {
                insert.into_table(Alias::new("change_log")).columns(CHANGE_LOG.map(Alias::new));
                for line in lines {
                    insert.values_panic(self.change::<E>(line));
                }
            }
            connection.execute(&insert).await?;
        }
        Ok(())
    }

    fn change<E: Table>(&self, line: &Line) -> [SimpleExpr; 11] {
        let text = |cells: &Option<Cells>| {
            cells.as_ref().map(|cells| JsonText(Json::Object(cells.clone())))
        };
        [
            Expr::val(self.change_set.to_string()),
            Expr::val(self.operation.name()),
            Expr::val(self.principal.name.as_str()),
            Expr::val(self.principal.role.as_str()),
            Expr::val(self.request_id.clone()),
            Expr::val(f64::from(self.now)),
            Expr::val(E::default().table_name()),
            Expr::val(line.key.as_str()),
            Expr::val(line.verb()),
            Expr::val(text(&line.before)),
            Expr::val(text(&line.after)),
        ]
        .map(SimpleExpr::from)
    }

    /// A line of AstrID's own log, which has a shape of its own (its specification, §4.11).
    fn audit<E: Table>(&self, line: &Line) -> Result<[SimpleExpr; 8]> {
        let singular = E::default().table_name().trim_end_matches('s').to_owned();
        let action = match line.verb() {
            "insert" => "create",
            verb => verb,
        };
        let at = self.now.date_time().ok_or_else(|| Error::invalid("now", "no instant"))?;
        let json = |cells: &Option<Cells>| cells.clone().map(Json::Object);
        Ok([
            Expr::val(Uuid::now_v7()),
            Expr::val(format!("{singular}.{action}")),
            Expr::val(singular),
            Expr::val(line.key.parse::<Uuid>().unwrap_or_default()),
            Expr::val(self.principal.name.as_str()),
            Expr::val(json(&line.before)),
            Expr::val(json(&line.after)),
            Expr::val::<DateTimeUtc>(at),
        ]
        .map(SimpleExpr::from))
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

const AUDIT_LOG: [&str; 8] = [
    "id",
    "action",
    "entity_type",
    "entity_id",
    "user_id",
    "old_values",
    "new_values",
    "created_at",
];

/// What is written of one row: all of its cells when it comes or goes, those that differ otherwise.
struct Line {
    key: String,
    before: Option<Cells>,
    after: Option<Cells>,
}

impl Line {
    fn of<E: Table>((before, after): Change<'_, E>) -> Option<Self> {
        let key = row_key(before.or(after)?);
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

fn cells<E: Table>(row: &Row<E>) -> Cells {
    let cell = |kind: Kind, value: &Value| match (kind, value) {
        // A document inside a document, not its text.
        (Kind::JsonText, Value::String(Some(text))) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone()))
        }
        _ => sea_value_to_json_value(value),
    };
    row.cells()
        .map(|(column, kind, value)| (column.as_str().to_owned(), cell(kind, value)))
        .collect()
}
