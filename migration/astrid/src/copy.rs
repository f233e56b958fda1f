//! From rows of `example_model` to observations.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use migration_support::prelude::*;
use sea_orm_migration::{
    prelude::{Expr, ExprTrait, Query},
    sea_orm::Statement,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    legacy::Row,
    row::{id_of, now, text_of},
    validation::{Observation, observation},
};

/// The survey of observations that name none, or none that is known.
const LEGACY: &str = "LEGACY";

/// What is known while rows are copied.
pub(crate) struct Copy {
    now: DateTime<Utc>,
    surveys: Vec<(String, Uuid)>,
    filters: HashSet<String>,
}

impl Copy {
    /// Reads the surveys, and the filters of their configurations.
    pub(crate) async fn begin(manager: &SchemaManager<'_>) -> Result<Self, DbErr> {
        let surveys = Query::select().columns(["name", "id"]).from("surveys").to_owned();
        let surveys = manager.get_connection().query_all(&surveys).await?;
        let configurations = Query::select()
            .expr(text_of(manager.get_database_backend(), "value"))
            .from("system_config")
            .and_where(Expr::cust("substr(\"key\", 1, 14) = 'survey_config:'"))
            .and_where(Expr::col("is_active").eq(true))
            .to_owned();
        let mut filters = HashSet::new();
        for row in manager.get_connection().query_all(&configurations).await? {
            let text: String = row.try_get_by_index(0)?;
            let value =
                serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string()))?;
            filters.extend(configured_filters(&value));
        }
        Ok(Self {
            now: now(),
            surveys: surveys
                .iter()
                .map(sea_orm_migration::sea_orm::QueryResult::try_get_many_by_index)
                .collect::<Result<_, _>>()?,
            filters,
        })
    }

    /// Makes observations of the rows that are some; says of each other one why it is not.
    pub(crate) async fn observations(
        &mut self,
        manager: &SchemaManager<'_>,
        rows: &[Row],
    ) -> Result<Vec<Result<(), String>>, DbErr> {
        let mut judged = Vec::with_capacity(rows.len());
        for row in rows {
            judged.push(match self.judge(row) {
                Ok((survey, observation)) => Ok((self.survey(manager, survey).await?, observation)),
                Err(reason) => Err(reason),
            });
        }
        let mut taken =
            taken(manager, judged.iter().flatten().map(|(_, new)| &*new.observation_id)).await?;
        let mut insert = Query::insert();
        insert.into_table("observations").columns(COLUMNS);
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut any = false;
        for (row, judged) in rows.iter().zip(judged) {
            outcomes.push(match judged {
                Err(reason) => Err(reason),
                Ok((survey, new)) if !taken.insert((survey, new.observation_id.clone())) => {
                    Err("duplicate".to_owned())
                }
                Ok((survey, new)) => {
                    insert.values_panic(values(row, survey, new));
                    any = true;
                    Ok(())
                }
            });
        }
        if any {
            manager.get_connection().execute(&insert).await?;
        }
        Ok(outcomes)
    }

    /// The observation that a row describes and the survey it names.
    fn judge(&self, row: &Row) -> Result<(Option<String>, Observation), String> {
        let data = row.object()?;
        let survey = data.get("survey").and_then(Value::as_str).map(str::to_lowercase);
        Ok((survey, observation(&data, &self.filters, self.now)?))
    }

    /// The id of the survey called `name`, in lower case; else of the one for the rest, made on first need.
    async fn survey(
        &mut self,
        manager: &SchemaManager<'_>,
        name: Option<String>,
    ) -> Result<Uuid, DbErr> {
        let find = |name: &str| self.surveys.iter().find(|(known, _)| known.to_lowercase() == name);
        let found = name.as_deref().and_then(find).or_else(|| find(&LEGACY.to_lowercase()));
        if let Some((_, id)) = found {
            return Ok(*id);
        }
        let id = id_of("survey", LEGACY);
        let insert = Query::insert()
            .into_table("surveys")
            .columns(["id", "name", "description", "is_active", "created_at", "updated_at"])
            .values_panic([
                id.into(),
                LEGACY.into(),
                "Observations of the retired table example_model".into(),
                false.into(),
                self.now.into(),
                self.now.into(),
            ])
            .to_owned();
        manager.get_connection().execute(&insert).await?;
        self.surveys.push((LEGACY.to_owned(), id));
        Ok(id)
    }
}

/// The filters of a survey's configuration, in lower case; none where it is not active.
fn configured_filters(configuration: &Value) -> Vec<String> {
    if configuration["is_active"] == false {
        return Vec::new();
    }
    let missions = configuration["missions"].as_array().into_iter().flatten();
    let filters = missions.filter_map(|mission| mission["filters"].as_array()).flatten();
    filters.filter_map(Value::as_str).map(str::to_lowercase).collect()
}

/// Which observations of these names there are, by survey and name.
async fn taken(
    manager: &SchemaManager<'_>,
    names: impl Iterator<Item = &str>,
) -> Result<HashSet<(Uuid, String)>, DbErr> {
    let select = Query::select()
        .columns(["survey_id", "observation_id"])
        .from("observations")
        .and_where(Expr::col("observation_id").is_in(names))
        .to_owned();
    let rows = manager.get_connection().query_all(&select).await?;
    rows.iter().map(sea_orm_migration::sea_orm::QueryResult::try_get_many_by_index).collect()
}

const COLUMNS: [&str; 16] = [
    "id",
    "survey_id",
    "observation_id",
    "ra",
    "dec",
    "observation_time",
    "filter_band",
    "exposure_time",
    "fits_url",
    "pixel_scale",
    "image_width",
    "image_height",
    "airmass",
    "seeing",
    "created_at",
    "updated_at",
];

fn values(row: &Row, survey: Uuid, new: Observation) -> [Expr; COLUMNS.len()] {
    [
        row.id.into(),
        survey.into(),
        new.observation_id.into(),
        new.ra.into(),
        new.dec.into(),
        new.observation_time.into(),
        new.filter_band.into(),
        new.exposure_time.into(),
        new.fits_url.into(),
        new.pixel_scale.into(),
        new.image_width.into(),
        new.image_height.into(),
        new.airmass.into(),
        new.seeing.into(),
        row.created_at.into(),
        row.updated_at.into(),
    ]
}

/// How many rows of other tables belong to these observations, by table.
pub(crate) async fn dependants(
    manager: &SchemaManager<'_>,
    ids: &[Uuid],
) -> Result<BTreeMap<String, i64>, DbErr> {
    let connection = manager.get_connection();
    let backend = manager.get_database_backend();
    let keys = match backend {
        DbBackend::Postgres => {
            "SELECT n.nspname::text, c.relname::text, a.attname::text FROM pg_constraint k \
             JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] \
             WHERE k.contype = 'f' AND k.confrelid = to_regclass('observations')"
        }
        _ => {
            "SELECT 'main', t.name, k.\"from\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) k \
             WHERE t.type = 'table' AND k.\"table\" = 'observations'"
        }
    };
    let mut found = BTreeMap::new();
    for key in connection.query_all_raw(Statement::from_string(backend, keys)).await? {
        let (schema, table, column): (String, String, String) = key.try_get_many_by_index()?;
        let count = Query::select()
            .expr(Expr::cust("COUNT(*)"))
            .from((schema, table.clone()))
            .and_where(Expr::col(column).is_in(ids.iter().copied()))
            .to_owned();
        let count = connection.query_one(&count).await?;
        let rows: i64 = count.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
        if rows > 0 {
            *found.entry(table).or_default() += rows;
        }
    }
    Ok(found)
}

/// Deletes observations that were copied.
pub(crate) async fn undo(manager: &SchemaManager<'_>, ids: &[Uuid]) -> Result<(), DbErr> {
    let delete = Query::delete()
        .from_table("observations")
        .and_where(Expr::col("id").is_in(ids.iter().copied()))
        .to_owned();
    manager.get_connection().execute(&delete).await.map(|_| ())
}

/// Deletes the survey that was made for the copied observations, unless others are in it by now.
pub(crate) async fn end(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let delete = Query::delete()
        .from_table("surveys")
        .and_where(Expr::col("id").eq(id_of("survey", LEGACY)))
        .and_where(Expr::cust("id NOT IN (SELECT survey_id FROM observations)"))
        .to_owned();
    manager.get_connection().execute(&delete).await.map(|_| ())
}
