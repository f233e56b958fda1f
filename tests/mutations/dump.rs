//! Whole databases, to be compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
};

use almanac_entity::{Database, Table, Visitor, visit_all};
use almanac_service::{PageRequest, Repository, Row, Sessions};
use sea_orm::{IdenStatic, Iterable, PrimaryKeyToColumn, sea_query::sea_value_to_json_value};
use serde_json::Value as Json;

/// A row's database, table and primary key.
pub(crate) type Place = (Database, String, String);
/// All rows, by their places.
pub(crate) type Dump = BTreeMap<Place, BTreeMap<String, String>>;

/// Who changed a row, as a change log says.
#[derive(Debug)]
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
    rows.map(|((database, log, _), line)| {
        if log == "audit_log" {
            let table = format!("{}s", line["entity_type"]);
            let record = Record { actor: line["user_id"].clone(), operation: None };
            return ((*database, table, line["entity_id"].clone()), record);
        }
        let record =
            Record { actor: line["actor"].clone(), operation: Some(line["operation"].clone()) };
        ((*database, line["table_name"].clone(), line["row_key"].clone()), record)
    })
    .collect()
}
