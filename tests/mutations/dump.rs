//! Whole databases, to be compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    pin::Pin,
};

use almanac_entity::{Database, Table, Visitor, visit_all};
use almanac_service::{PageRequest, Repository, Row, Sessions};
use sea_orm::{
    IdenStatic, Iterable, PrimaryKeyToColumn, prelude::Uuid, sea_query::sea_value_to_json_value,
};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// A row's database, table and primary key.
pub(crate) type Place = (Database, String, String);
/// All rows, by their places.
pub(crate) type Dump = BTreeMap<Place, BTreeMap<String, String>>;

/// Who changed a row, as a change log says.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) actor: String,
    /// None in AstrID's log, whose actions have names of their own.
    pub(crate) operation: Option<String>,
}

type Reading<'s> = Pin<Box<dyn Future<Output = Dump> + 's>>;

struct Reader<'s> {
    sessions: &'s Sessions,
    readings: Vec<Reading<'s>>,
}

impl Visitor for Reader<'_> {
    fn visit<T: Table>(&mut self) {
        if !T::IS_VIEW {
            self.readings.push(Box::pin(table::<T>(self.sessions)));
        }
    }
}

/// All rows of all databases.
pub(crate) async fn of(sessions: &Sessions) -> Dump {
    let mut reader = Reader { sessions, readings: Vec::new() };
    visit_all(&mut reader);
    let mut dump = Dump::new();
    for reading in reader.readings {
        dump.append(&mut reading.await);
    }
    dump
}

async fn table<T: Table>(sessions: &Sessions) -> Dump {
    let reader = sessions.reader(T::DATABASE).await.unwrap();
    let request = PageRequest { limit: 1_000_000, ..PageRequest::default() };
    let columns: Vec<T::Column> = T::Column::iter().collect();
    let page = Repository::<_, T>::new(&reader).list_rows(&request, &columns).await.unwrap();
    let row = |row: &Row<T>| {
        let cell = |column: T::Column| sea_value_to_json_value(row.value(column).unwrap());
        let cells =
            T::Column::iter().map(|column| (column.as_str().to_owned(), text(cell(column))));
        let place = (T::DATABASE, T::default().table_name().to_owned(), key::<T>(row));
        (place, cells.collect())
    };
    page.rows.iter().map(|(_, cells)| row(cells)).collect()
}

/// The primary key as the change log spells it.
fn key<T: Table>(row: &Row<T>) -> String {
    let value = |column| row.value(column).map_or(Json::Null, sea_value_to_json_value);
    let parts: Vec<Json> = T::PrimaryKey::iter().map(|key| value(key.into_column())).collect();
    match &parts[..] {
        [one] => text(one.clone()),
        _ => Json::from(parts).to_string(),
    }
}

fn text(json: Json) -> String {
    match json {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

fn is_log(place: &Place) -> bool {
    matches!(place.1.as_str(), "change_log" | "audit_log")
}

/// The rows that are not what they were; the change logs aside.
pub(crate) fn changed(before: &Dump, after: &Dump) -> BTreeSet<Place> {
    let places = before.keys().chain(after.keys()).filter(|place| !is_log(place));
    places.filter(|place| before.get(*place) != after.get(*place)).cloned().collect()
}

/// What the change logs have come to say of, and of whom.
pub(crate) fn records(before: &Dump, after: &Dump) -> BTreeMap<Place, Record> {
    let new = after.iter().filter(|(place, _)| is_log(place) && !before.contains_key(*place));
    // Which databases the work changed is no change of a row.
    let rows =
        new.filter(|(_, line)| line.get("table_name").is_none_or(|name| name != "change_log"));
    let changed = changed(before, after);
    rows.flat_map(|((database, log, _), line)| {
        if log == "audit_log" {
            let record = Record { actor: line["user_id"].clone(), operation: None };
            return audited(before, after, &changed, line)
                .into_iter()
                .map(|place| (place, record.clone()))
                .collect::<Vec<_>>();
        }
        let record =
            Record { actor: line["actor"].clone(), operation: Some(line["operation"].clone()) };
        vec![((*database, line["table_name"].clone(), line["row_key"].clone()), record)]
    })
    .collect()
}

/// The rows that a line of AstrID's audit log is about: one, or those of a batch, which belong to the row that the
/// line names. None where it is about the database as a whole.
fn audited(
    before: &Dump,
    after: &Dump,
    changed: &BTreeSet<Place>,
    line: &BTreeMap<String, String>,
) -> Vec<Place> {
    let (parent, id) = (&line["entity_type"], &line["entity_id"]);
    if Uuid::parse_str(id).unwrap().is_nil() {
        return Vec::new();
    }
    let Some(digest) = batch_digest(&line["new_values"]) else {
        let table = if parent == "system_config" { parent.clone() } else { format!("{parent}s") };
        return vec![(Database::Astrid, table, id.clone())];
    };
    let table = format!("{}s", line["action"].split('.').next().unwrap());
    let belongs = |place: &&Place| {
        let cells = after.get(*place).or_else(|| before.get(*place)).unwrap();
        place.0 == Database::Astrid
            && place.1 == table
            && cells.get(&format!("{parent}_id")) == Some(id)
    };
    let rows: Vec<Place> = changed.iter().filter(belongs).cloned().collect();
    assert_eq!(digest, (rows.len(), sha256(&rows)), "{}", line["action"]);
    rows
}

/// The count and the digest of a line that stands for a batch.
fn batch_digest(new_values: &str) -> Option<(usize, String)> {
    let values: Json = serde_json::from_str(new_values).ok()?;
    let digest = values.get("ids_sha256")?.as_str()?.to_owned();
    Some((usize::try_from(values["count"].as_u64()?).ok()?, digest))
}

/// SHA-256 of the keys of rows, which are in their order, a line each.
fn sha256(rows: &[Place]) -> String {
    let mut digest = Sha256::new();
    for (_, _, key) in rows {
        digest.update(format!("{key}\n"));
    }
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The keys of the lines that AstrID's audit log has come to have.
pub(crate) fn audit_record_ids(before: &Dump, after: &Dump) -> BTreeSet<String> {
    let new = after.keys().filter(|place| place.1 == "audit_log" && !before.contains_key(*place));
    new.map(|(_, _, key)| key.clone()).collect()
}
