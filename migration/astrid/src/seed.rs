//! The surveys and settings that a new installation starts with: `seed/*.json`.

use migration_support::{change::refuse_loss, prelude::*};
use sea_orm_migration::prelude::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement};
use serde::Deserialize;
use uuid::Uuid;

use crate::row::{document, id_of, now};

const SURVEYS: &str = include_str!("seed/surveys.json");
const SETTINGS: &str = include_str!("seed/settings.json");

#[derive(Deserialize)]
struct Survey<'a> {
    name: &'a str,
    description: &'a str,
    base_url: &'a str,
    api_endpoint: Option<&'a str>,
    is_active: bool,
}

#[derive(Deserialize)]
struct Setting<'a> {
    key: &'a str,
    description: &'a str,
    value: serde_json::Value,
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<Vec<T>, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
}

/// Inserts what is not there yet.
pub(crate) async fn sow(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let now = now();
    let mut surveys = Query::insert();
    surveys.into_table("surveys").columns([
        "id",
        "name",
        "description",
        "base_url",
        "api_endpoint",
        "is_active",
        "created_at",
        "updated_at",
    ]);
    for survey in read::<Survey<'_>>(SURVEYS)? {
        surveys.values_panic([
            id_of("survey", survey.name).into(),
            survey.name.into(),
            survey.description.into(),
            survey.base_url.into(),
            survey.api_endpoint.into(),
            survey.is_active.into(),
            now.into(),
            now.into(),
        ]);
    }
    let mut settings = Query::insert();
    settings.into_table("system_config").columns([
        "id",
        "key",
        "value",
        "description",
        "created_at",
        "updated_at",
    ]);
    for setting in read::<Setting<'_>>(SETTINGS)? {
        settings.values_panic([
            id_of("system_config", setting.key).into(),
            setting.key.into(),
            document(backend, setting.value.to_string()),
            setting.description.into(),
            now.into(),
            now.into(),
        ]);
    }
    for mut insert in [surveys, settings] {
        insert.on_conflict(OnConflict::new().do_nothing().to_owned());
        manager.get_connection().execute(&insert).await?;
    }
    Ok(())
}

/// Deletes what [`sow`] inserted, unless it was used or changed since.
pub(crate) async fn reap(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let surveys: Vec<Uuid> =
        read::<Survey<'_>>(SURVEYS)?.iter().map(|survey| id_of("survey", survey.name)).collect();
    let settings: Vec<Uuid> = read::<Setting<'_>>(SETTINGS)?
        .iter()
        .map(|setting| id_of("system_config", setting.key))
        .collect();

    let mut lost = Vec::new();
    let mut used = select_seed("name", "surveys", &surveys);
    used.expr(Expr::cust("(SELECT COUNT(*) FROM observations WHERE survey_id = surveys.id)"));
    for row in manager.get_connection().query_all(&used).await? {
        let (name, changed, observations): (String, bool, i64) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        match (observations, changed) {
            (0, false) => {}
            (0, true) => lost.push(format!("changes of the survey {name}")),
            (n, _) => lost.push(format!("the survey {name} ({n} observations)")),
        }
    }
    for row in
        manager.get_connection().query_all(&select_seed("key", "system_config", &settings)).await?
    {
        let (key, changed): (String, bool) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        if changed {
            lost.push(format!("changes of the setting {key}"));
        }
    }
    refuse_loss(&lost)?;

    for (table, column, ids) in [
        ("observations", "survey_id", &surveys),
        ("surveys", "id", &surveys),
        ("system_config", "id", &settings),
    ] {
        let delete = Query::delete()
            .from_table(table)
            .and_where(Expr::col(column).is_in(ids.clone()))
            .to_owned();
        manager.get_connection().execute(&delete).await?;
    }
    Ok(())
}

/// The names of seed rows, and whether they were changed.
fn select_seed(name: &'static str, table: &'static str, ids: &[Uuid]) -> SelectStatement {
    Query::select()
        .column(name)
        .expr(Expr::col("updated_at").ne(Expr::col("created_at")))
        .from(table)
        .and_where(Expr::col("id").is_in(ids.to_vec()))
        .order_by(name, Order::Asc)
        .to_owned()
}
