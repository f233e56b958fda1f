//! Questions about AstrID that are about more than one table.

use almanac_entity::astrid::{audit_record, detection, ml_model, system_config};
use almanac_service::{Repository, astrid::PastRow};
use async_graphql::{Enum, ID, Json, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{AstridDetection, AstridModel, AstridSystemConfig};
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
    mutation::uuid,
    read::{at_most, shown},
};

/// Detections of one review at the most.
const MOST_TO_REVIEW: u64 = 500;

/// What AstrID's audit log tells of a row at an instant.
#[derive(Debug, SimpleObject)]
pub struct AstridPastRow {
    /// Whether the row was there, as far as the log says.
    presence: AstridPresence,
    /// Its cells by column, as the log writes them: decimals as text, instants in UTC. Null unless it was there.
    values: Option<Json<serde_json::Value>>,
}

/// Whether a row was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AstridPresence {
    /// It was.
    Present,
    /// It was not.
    Absent,
    /// The log does not say: the row was changed or deleted among many since, or never was.
    Unknown,
}

impl From<PastRow> for AstridPastRow {
    fn from(row: PastRow) -> Self {
        match row {
            PastRow::Known(cells) => {
                Self { presence: AstridPresence::Present, values: Some(Json(cells.into())) }
            }
            PastRow::Absent => Self { presence: AstridPresence::Absent, values: None },
            PastRow::Unknown => Self { presence: AstridPresence::Unknown, values: None },
        }
    }
}

/// Questions about AstrID at the root of the graph.
#[derive(Debug, Default)]
pub struct AstridQueries;

#[Object]
impl AstridQueries {
    /// AstrID's detections that wait for a vote of whoever asks, most confident first.
    async fn astrid_review_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50, desc = "How many at the most, up to 500.")] limit: i32,
    ) -> Result<Option<Vec<AstridDetection>>> {
        let most = at_most("limit", limit, MOST_TO_REVIEW)?;
        let reviewer = ctx.access().principal().map(|principal| principal.name.as_str());
        let waiting = read!(ctx, detection::Entity, |detections| {
            detections.review_queue(reviewer.unwrap_or_default(), most).await
        })?;
        Ok(Some(shown::<detection::Entity>(&waiting)))
    }

    /// The deployed version of a family of AstrID's models; null where none is.
    async fn astrid_active_model(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The family: the models' name.")] name: String,
    ) -> Result<Option<AstridModel>> {
        let model = read!(ctx, ml_model::Entity, |models| models.active(&name).await)?;
        Ok(model.as_ref().map(AstridModel::of))
    }

    /// AstrID's setting of a key, active or not; null where there is none.
    async fn astrid_system_config_by_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key, such as `jobs.policy`.")] key: String,
    ) -> Result<Option<AstridSystemConfig>> {
        let setting = read!(ctx, system_config::Entity, |settings| settings.setting(&key).await)?;
        Ok(setting.as_ref().map(AstridSystemConfig::of))
    }

    /// AstrID's settings whose keys begin with a text, by key.
    async fn astrid_system_configs_by_prefix(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the keys begin with, such as `survey.`.")] prefix: String,
    ) -> Result<Option<Vec<AstridSystemConfig>>> {
        let settings =
            read!(ctx, system_config::Entity, |settings| settings.list_by_prefix(&prefix).await)?;
        Ok(Some(shown::<system_config::Entity>(&settings)))
    }

    /// What a row of AstrID's held at an instant, as the audit log has it, for whoever may read its table and the log.
    async fn astrid_row_at(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The row's table in the singular, such as `observation`.")]
        entity_type: String,
        #[graphql(desc = "The row: its `rowId`.")] entity_id: ID,
        #[graphql(desc = "The instant.")] at: DateTime<Utc>,
    ) -> Result<Option<AstridPastRow>> {
        let read = async {
            let id = uuid(&entity_id, "entityId")?;
            ctx.access().check_read_about(&entity_type)?;
            let reader = ctx.reader_of::<audit_record::Entity>().await?;
            let log = Repository::<_, audit_record::Entity>::new(&reader);
            log.reconstruct(&entity_type, id, at).await
        };
        let row = Box::pin(read).await.map_err(|error| graph_error(&error))?;
        Ok(Some(row.into()))
    }
}
