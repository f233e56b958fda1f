//! Surveys.

use std::sync::Arc;

use almanac_entity::astrid::{observation, survey};
use almanac_service::{Key, Repository, astrid};
use async_graphql::SimpleObject;

use super::{AstridAuditRecord, AstridObservation, AstridProcessingJob};
use crate::graphql::{
    context::{Context, ContextExt},
    error::Result,
    products::{NamedCount, named_counts},
};

table! { AstridSurvey shows astrid::survey;
    through Name, Description, BaseUrl, ApiEndpoint, IsActive;
    /// Its observations.
    many observations: AstridObservation, Id => SurveyId;
    /// Jobs that work on it.
    many processing_jobs: AstridProcessingJob, Id => EntityId where EntityType = "survey";
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "survey";

    /// What can be done with it.
    async fn capabilities(&self) -> AstridSurveyCapabilities {
        let astrid::SurveyCapabilities { can_ingest, has_api, has_base_url, configuration_score } =
            astrid::capabilities(self.row());
        AstridSurveyCapabilities { can_ingest, has_api, has_base_url, configuration_score }
    }

    /// How far the pipeline has come with its observations.
    async fn summary(&self, ctx: &Context<'_>) -> Result<Option<AstridSurveySummary>> {
        let read = Box::pin(async {
            let reader = ctx.reader_of::<observation::Entity>().await?;
            let surveys = Repository::<_, survey::Entity>::new(&reader);
            surveys.progress(&self.siblings().ids(survey::Column::Id)).await.map(Arc::new)
        });
        let progress = self.siblings().once("summary".to_owned(), read).await?;
        match self.row().key(survey::Column::Id) {
            Some(Key::Uuid(id)) => Ok(progress.get(&id).map(Into::into)),
            _ => Ok(None),
        }
    }
}

/// What can be done with a survey.
#[derive(Debug, SimpleObject)]
pub struct AstridSurveyCapabilities {
    /// Whether it is active and can be reached: it has a name and one of the two addresses.
    can_ingest: bool,
    /// Whether its archive can be queried.
    has_api: bool,
    /// Whether its archive has an address.
    has_base_url: bool,
    /// Which part is set of name, description, both addresses and being active, from 0 to 1.
    configuration_score: f64,
}

/// How far the pipeline has come with a survey's observations. The groups add up to the total.
#[derive(Debug, SimpleObject)]
pub struct AstridSurveySummary {
    /// How many observations are in each state, as stored, of all states in the order of the pipeline.
    by_status: Vec<NamedCount>,
    /// How many there are.
    total: u64,
    /// Those that nothing was done with yet.
    ready: u64,
    /// Those at work, or between two stages.
    in_progress: u64,
    /// Those that a reference was subtracted from.
    completed: u64,
    /// Those that a stage failed with for good.
    failed: u64,
    /// Those that were put away.
    archived: u64,
}

impl From<&astrid::SurveyProgress> for AstridSurveySummary {
    fn from(progress: &astrid::SurveyProgress) -> Self {
        Self {
            by_status: named_counts(progress.counts.iter().copied()),
            total: progress.total,
            ready: progress.ready,
            in_progress: progress.in_progress,
            completed: progress.completed,
            failed: progress.failed,
            archived: progress.archived,
        }
    }
}
