//! AstrID's own log, which has a shape of its own (its specification, §4.11).

use std::{fmt::Write, sync::PoisonError};

use almanac_entity::{Kind, Table};
use sea_orm::{
    ColumnTrait, ConnectionTrait, Value,
    prelude::{DateTimeUtc, Uuid},
    sea_query::{Alias, Expr, Query, SimpleExpr, sea_value_to_json_value},
};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::{Act, CHANGES, Cells, Change, Line, Note, Record, cells_of};
use crate::{Error, Result, Row, decimal};

/// The phase that brings the log. Nothing is recorded before.
const PHASE: u8 = 4;

/// Columns whose change alone leaves no line.
const PASSING: [&str; 3] = ["heartbeat_at", "lease_expires_at", "updated_at"];

/// Tables that actions call by another name than their singular.
const ABBREVIATED: [(&str, &str); 3] =
    [("system_config", "config"), ("processing_job", "job"), ("validation_event", "validation")];

const COLUMNS: [&str; 11] = [
    "id",
    "action",
    "entity_type",
    "entity_id",
    "user_id",
    "old_values",
    "new_values",
    "change_summary",
    "ip_address",
    "user_agent",
    "created_at",
];

/// Writes a line for each row that is not what it was, or one for all of them where `act` says so.
pub(super) async fn write<E: Table>(
    record: &Record,
    connection: &impl ConnectionTrait,
    act: Option<&Act>,
    changes: impl IntoIterator<Item = Change<'_, E>>,
) -> Result<()> {
    let entries: Vec<Entry> = match act.and_then(|act| act.batch_of) {
        Some(parent) => Entry::of_batch(parent, changes).into_iter().collect(),
        None => changes.into_iter().filter_map(Entry::of_row).collect(),
    };
    insert::<E>(record, connection, act, &entries).await
}

/// Writes a line for each note.
pub(super) async fn note<E: Table>(
    record: &Record,
    connection: &impl ConnectionTrait,
    act: Option<&Act>,
    notes: Vec<Note>,
) -> Result<()> {
    let entries: Vec<Entry> = notes.into_iter().map(Entry::of_note).collect();
    insert::<E>(record, connection, act, &entries).await
}

/// Whether nothing is recorded while a database has so many phases.
pub(crate) fn is_inert(phases: u8) -> bool {
    phases < PHASE
}

async fn insert<E: Table>(
    record: &Record,
    connection: &impl ConnectionTrait,
    act: Option<&Act>,
    entries: &[Entry],
) -> Result<()> {
    if record.phase.get().is_some_and(|phase| is_inert(*phase)) {
        return Ok(());
    }
    let at = record.now.date_time().ok_or_else(|| Error::invalid("now", "no instant"))?;
    for entries in entries.chunks(CHANGES) {
        let mut insert = Query::insert();
        insert.into_table(Alias::new("audit_log")).columns(COLUMNS.map(Alias::new));
        let ids: Vec<Uuid> = entries.iter().map(|_| Uuid::now_v7()).collect();
        for (id, entry) in ids.iter().zip(entries) {
            insert.values_panic(entry.values::<E>(*id, record, act, at));
        }
        connection.execute(&insert).await?;
        record.audited.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
    }
    Ok(())
}

/// A line of the log.
struct Entry {
    entity_type: &'static str,
    entity_id: Uuid,
    /// What is done where nobody says what.
    verb: &'static str,
    before: Option<Cells>,
    after: Option<Cells>,
    /// Why, where it is not the same for the whole act.
    summary: Option<String>,
}

impl Entry {
    fn of_note(note: Note) -> Self {
        let (entity_type, entity_id) = note.about;
        Self {
            entity_type,
            entity_id,
            verb: "note",
            before: None,
            after: Some(note.values),
            summary: Some(note.summary),
        }
    }

    fn of_row<E: Table>(change: Change<'_, E>) -> Option<Self> {
        let line = Line::of(change, encoded)?;
        let verb = match line.verb() {
            "insert" => "create",
            "update" if line.after.iter().flat_map(Map::keys).all(|name| is_passing(name)) => {
                return None;
            }
            verb => verb,
        };
        Some(Self {
            entity_type: singular::<E>(),
            entity_id: line.key.parse().unwrap_or_default(),
            verb,
            before: line.before,
            after: line.after,
            summary: None,
        })
    }

    /// How many rows changed and which, with the cells that are now the same in all of them.
    fn of_batch<'r, E: Table>(
        (entity_type, entity_id): (&'static str, Uuid),
        changes: impl IntoIterator<Item = Change<'r, E>>,
    ) -> Option<Self> {
        let mut ids = Vec::new();
        let mut verb = "update";
        let mut common: Option<Cells> = None;
        for change in changes {
            let Some(line) = Line::of(change, encoded) else { continue };
            verb = line.verb();
            if let (Some(_), Some(after)) = (&line.before, line.after) {
                let common = common.get_or_insert_with(|| after.clone());
                common.retain(|name, cell| !is_passing(name) && after.get(name) == Some(cell));
            }
            ids.push(line.key);
        }
        if ids.is_empty() {
            return None;
        }
        let mut after = common.unwrap_or_default();
        after.insert("count".to_owned(), ids.len().into());
        after.insert("ids_sha256".to_owned(), Json::String(digest(ids)));
        Some(Self { entity_type, entity_id, verb, before: None, after: Some(after), summary: None })
    }

    fn values<E: Table>(
        &self,
        id: Uuid,
        record: &Record,
        act: Option<&Act>,
        at: DateTimeUtc,
    ) -> [SimpleExpr; 11] {
        let verb = act.map_or(self.verb, |act| act.verb);
        let of_act = || act.and_then(|act| act.summary.clone());
        let summary = self.summary.clone().or_else(of_act);
        let json = |cells: &Option<Cells>| cells.clone().map(Json::Object);
        [
            Expr::val(id),
            Expr::val(format!("{}.{verb}", named(singular::<E>()))),
            Expr::val(self.entity_type),
            Expr::val(self.entity_id),
            Expr::val(record.principal.name.as_str()),
            Expr::val(json(&self.before)),
            Expr::val(json(&self.after)),
            Expr::val(summary),
            Expr::val(record.caller.ip_address.clone()),
            Expr::val(record.caller.user_agent.clone()),
            Expr::val(at),
        ]
        .map(SimpleExpr::from)
    }
}

/// The table's name in the singular.
pub(crate) fn singular<E: Table>() -> &'static str {
    E::default().table_name().trim_end_matches('s')
}

/// What actions on a table begin with.
pub(crate) fn named(singular: &str) -> &str {
    let mut names = ABBREVIATED.into_iter();
    names.find(|(long, _)| *long == singular).map_or(singular, |(_, short)| short)
}

fn is_passing(column: &str) -> bool {
    PASSING.contains(&column)
}

/// SHA-256, in hexadecimal digits, of keys in their order, a line each.
fn digest(mut keys: Vec<String>) -> String {
    keys.sort_unstable();
    let mut digest = Sha256::new();
    for key in keys {
        digest.update(key);
        digest.update("\n");
    }
    let mut digits = String::with_capacity(64);
    for byte in digest.finalize() {
        // Nothing fails to be written into text.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// A cell as the log has it, the same from both engines: decimals as text with all digits of their column,
/// instants in UTC with microseconds.
fn encoded<C: ColumnTrait>(column: C, _: Kind, value: &Value) -> Json {
    match value {
        Value::Decimal(Some(number)) => {
            let mut number = *number;
            if let Some((_, scale)) = decimal::digits(column) {
                number.rescale(scale);
            }
            number.set_sign_positive(number.is_zero() || number.is_sign_positive());
            json!(number.to_string())
        }
        Value::ChronoDateTimeUtc(Some(instant)) => {
            json!(instant.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
        }
        Value::Uuid(Some(id)) => json!(id.to_string()),
        Value::Json(Some(document)) => (**document).clone(),
        other => sea_value_to_json_value(other),
    }
}

/// The cells of a row as the log has them.
pub(crate) fn cells<E: Table>(row: &Row<E>) -> Cells {
    cells_of(row, encoded)
}
