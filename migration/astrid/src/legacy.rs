//! `example_model`, the table that was before AstrID, and the settings that preserve its rows.

use chrono::{DateTime, SecondsFormat, Utc};
use migration_support::prelude::*;
use sea_orm_migration::{
    prelude::{Expr, ExprTrait, Query},
    sea_orm::Statement,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use uuid::Uuid;

use crate::row::{document, id, id_of, instants, now, text_of};

pub(crate) const TABLE: &str = "example_model";

/// What the keys of the settings that preserve rows begin with.
const PREFIX: &str = "legacy.example_model.";

/// How many rows are handled at a time.
pub(crate) const BATCH: usize = 500;

/// Why a row is no observation: it has no `data`.
const MISSING_DATA: &str = "missing:data";
/// Why a row is no observation: its `data` is no object. Tells the JSON `null` from SQL's.
const NOT_AN_OBJECT: &str = "type:data";

/// The table as the first revision makes it.
pub(crate) fn table() -> Table {
    Table::new(TABLE)
        .column(id())
        .column(varchar("name", 100).not_null())
        .column(text("description"))
        .column(json("data"))
        .columns(instants())
}

/// Refuses a table of the same name that is another.
pub(crate) async fn refuse_other_columns(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let (sql, uuid, varchar, json, timestamp) = match backend {
        DbBackend::Postgres => (
            "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
                COALESCE(a.attnum = ANY (i.indkey), false) \
             FROM pg_attribute a \
             LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
             WHERE a.attrelid = to_regclass('example_model') AND a.attnum > 0 AND NOT a.attisdropped",
            "uuid",
            "character varying(100)",
            "jsonb",
            "timestamp with time zone",
        ),
        _ => (
            "SELECT name, lower(type), \"notnull\" <> 0 OR pk <> 0, pk <> 0 \
             FROM pragma_table_info('example_model')",
            "uuid_text",
            "varchar(100)",
            "jsonb_text",
            "timestamp_with_timezone_text",
        ),
    };
    let expected = [
        ("created_at", timestamp, true, false),
        ("data", json, false, false),
        ("description", "text", false, false),
        ("id", uuid, true, true),
        ("name", varchar, true, false),
        ("updated_at", timestamp, true, false),
    ];
    let rows = manager.get_connection().query_all_raw(Statement::from_string(backend, sql)).await?;
    let mut found = rows
        .iter()
        .map(
            sea_orm_migration::sea_orm::QueryResult::try_get_many_by_index::<(
                String,
                String,
                bool,
                bool,
            )>,
        )
        .collect::<Result<Vec<_>, DbErr>>()?;
    found.sort();
    if found.iter().map(|(name, ty, not_null, key)| (&**name, &**ty, *not_null, *key)).eq(expected)
    {
        return Ok(());
    }
    let shown: Vec<String> = found.iter().map(|(name, ty, ..)| format!("{name} {ty}")).collect();
    Err(DbErr::Migration(format!(
        "LegacySchemaMismatch: {TABLE} is not the table that this revision knows. It has the columns {}; \
         expected were id, name, description, data, created_at, updated_at. Nothing was changed",
        shown.join(", ")
    )))
}

/// A row of the table. `data` is the text of its document, so that not a digit of it is lost.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    name: String,
    description: Option<String>,
    data: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

const COLUMNS: [&str; 6] = ["id", "name", "description", "data", "created_at", "updated_at"];

impl Row {
    /// The members of `data`, or why it cannot be an observation.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, String> {
        match self.data.as_deref().map(serde_json::from_str) {
            None => Err(MISSING_DATA.to_owned()),
            Some(Ok(Value::Object(object))) => Ok(object),
            Some(_) => Err(NOT_AN_OBJECT.to_owned()),
        }
    }

    /// Whether two rows hold the same.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        let document =
            |row: &Self| row.data.as_deref().map(serde_json::from_str::<Value>).map(Result::ok);
        (self.id, &self.name, &self.description) == (other.id, &other.name, &other.description)
            && (self.created_at, self.updated_at) == (other.created_at, other.updated_at)
            && (self.data == other.data || document(self) == document(other))
    }
}

/// The ids of all rows, oldest first.
pub(crate) async fn ids(manager: &SchemaManager<'_>) -> Result<Vec<Uuid>, DbErr> {
    let select = Query::select().columns(["created_at", "id"]).from(TABLE).to_owned();
    let rows = manager.get_connection().query_all(&select).await?;
    let mut keys = rows
        .iter()
        .map(
            sea_orm_migration::sea_orm::QueryResult::try_get_many_by_index::<(DateTime<Utc>, Uuid)>,
        )
        .collect::<Result<Vec<_>, DbErr>>()?;
    keys.sort();
    Ok(keys.into_iter().map(|(_, id)| id).collect())
}

/// The rows of these ids, oldest first.
pub(crate) async fn rows(manager: &SchemaManager<'_>, ids: &[Uuid]) -> Result<Vec<Row>, DbErr> {
    let select = Query::select()
        .columns(["id", "name", "description"])
        .expr(text_of(manager.get_database_backend(), "data"))
        .columns(["created_at", "updated_at"])
        .from(TABLE)
        .and_where(Expr::col("id").is_in(ids.iter().copied()))
        .to_owned();
    let mut rows = Vec::with_capacity(ids.len());
    for row in manager.get_connection().query_all(&select).await? {
        let (id, name, description, data, created_at, updated_at) = row.try_get_many_by_index()?;
        rows.push(Row { id, name, description, data, created_at, updated_at });
    }
    rows.sort_by_key(|row| (row.created_at, row.id));
    Ok(rows)
}

/// Puts rows into the table.
pub(crate) async fn insert(manager: &SchemaManager<'_>, rows: Vec<Row>) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let mut insert = Query::insert();
    insert.into_table(TABLE).columns(COLUMNS);
    for row in rows {
        insert.values_panic([
            row.id.into(),
            row.name.into(),
            row.description.into(),
            document(backend, row.data),
            row.created_at.into(),
            row.updated_at.into(),
        ]);
    }
    manager.get_connection().execute(&insert).await.map(|_| ())
}

/// What a setting keeps of a row: all of it, and what became of it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Preserved {
    pub(crate) id: Uuid,
    name: String,
    description: Option<String>,
    data: Box<RawValue>,
    created_at: String,
    updated_at: String,
    pub(crate) converted: bool,
    reason: Option<String>,
}

impl Preserved {
    fn new(row: Row, outcome: Result<(), String>) -> Result<Self, DbErr> {
        let unreadable = |_| {
            DbErr::Migration(format!(
                "LegacySchemaMismatch: `data` of row {} of {TABLE} is no JSON",
                row.id
            ))
        };
        let data = row.data.unwrap_or_else(|| "null".to_owned());
        Ok(Self {
            data: RawValue::from_string(data).map_err(unreadable)?,
            id: row.id,
            name: row.name,
            description: row.description,
            created_at: row.created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            updated_at: row.updated_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            converted: outcome.is_ok(),
            reason: outcome.err(),
        })
    }
}

impl TryFrom<Preserved> for Row {
    type Error = DbErr;

    fn try_from(preserved: Preserved) -> Result<Self, DbErr> {
        let instant = |text: &str| {
            let instant = DateTime::parse_from_rfc3339(text);
            instant.map(|instant| instant.to_utc()).map_err(|error| DbErr::Type(error.to_string()))
        };
        let was_null = preserved.reason.as_deref() == Some(MISSING_DATA);
        Ok(Self {
            id: preserved.id,
            name: preserved.name,
            description: preserved.description,
            data: (!was_null).then(|| preserved.data.get().to_owned()),
            created_at: instant(&preserved.created_at)?,
            updated_at: instant(&preserved.updated_at)?,
        })
    }
}

/// Keeps rows as settings, each with what became of it.
pub(crate) async fn preserve(
    manager: &SchemaManager<'_>,
    rows: impl Iterator<Item = (Row, Result<(), String>)>,
) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let now = now();
    let mut insert = Query::insert();
    insert.into_table("system_config").columns([
        "id",
        "key",
        "value",
        "description",
        "is_active",
        "created_at",
        "updated_at",
    ]);
    for (row, outcome) in rows {
        let key = format!("{PREFIX}{}", row.id);
        let value = serde_json::to_string(&Preserved::new(row, outcome)?)
            .map_err(|error| DbErr::Json(error.to_string()))?;
        insert.values_panic([
            id_of("system_config", &key).into(),
            key.into(),
            document(backend, value),
            "A row of the retired table example_model".into(),
            false.into(),
            now.into(),
            now.into(),
        ]);
    }
    manager.get_connection().execute(&insert).await.map(|_| ())
}

/// The ids of all preserved rows.
pub(crate) async fn preserved_ids(manager: &SchemaManager<'_>) -> Result<Vec<Uuid>, DbErr> {
    let select =
        Query::select().column("key").from("system_config").and_where(is_preserved()).to_owned();
    let rows = manager.get_connection().query_all(&select).await?;
    rows.iter()
        .map(|row| {
            let key: String = row.try_get_by_index(0)?;
            let id = key.trim_start_matches(PREFIX).parse();
            id.map_err(|_| {
                DbErr::Migration(format!("the setting {key} is not named after a row of {TABLE}"))
            })
        })
        .collect()
}

/// The preserved rows of these ids, in no order.
pub(crate) async fn preserved(
    manager: &SchemaManager<'_>,
    ids: &[Uuid],
) -> Result<Vec<Preserved>, DbErr> {
    let select = Query::select()
        .expr(text_of(manager.get_database_backend(), "value"))
        .from("system_config")
        .and_where(Expr::col("key").is_in(ids.iter().map(|id| format!("{PREFIX}{id}"))))
        .to_owned();
    let rows = manager.get_connection().query_all(&select).await?;
    rows.iter()
        .map(|row| {
            let value: String = row.try_get_by_index(0)?;
            serde_json::from_str(&value).map_err(|error| DbErr::Json(error.to_string()))
        })
        .collect()
}

/// Deletes the settings that preserve rows.
pub(crate) async fn forget(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let delete = Query::delete().from_table("system_config").and_where(is_preserved()).to_owned();
    manager.get_connection().execute(&delete).await.map(|_| ())
}

/// Whether a setting preserves a row.
fn is_preserved() -> Expr {
    Expr::cust(format!("substr(\"key\", 1, {}) = '{PREFIX}'", PREFIX.len()))
}
