//! How far the pipeline has come with a survey.

use ObservationStatus::{
    Archived, Differenced, Differencing, Failed, Ingested, Preprocessed, Preprocessing,
};
use almanac_entity::astrid::{ObservationStatus, observation, survey};
use observation::Column::{Id, ObservationTime, Status, SurveyId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, prelude::Uuid};

use super::{OBSERVATION_STATES, no_such};
use crate::{Filter, Order, Repository, Result};

/// Observations that are shown.
const LATEST: u64 = 10;

/// How far the pipeline has come with a survey. The groups add up to the total.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveySummary {
    /// How many of its observations are in each state, of all states in the order of the pipeline.
    pub counts: Vec<(ObservationStatus, u64)>,
    /// How many observations it has.
    pub total: u64,
    /// Those that nothing was done with yet.
    pub ready: u64,
    /// Those at work, or between two stages.
    pub in_progress: u64,
    /// Those that a reference was subtracted from.
    pub completed: u64,
    /// Those that a stage failed with for good.
    pub failed: u64,
    /// Those that were put away.
    pub archived: u64,
    /// The ten that started last, latest first.
    pub latest: Vec<observation::Model>,
}

impl<C: ConnectionTrait> Repository<'_, C, survey::Entity> {
    /// How far the pipeline has come with a survey.
    ///
    /// # Errors
    /// There is no such survey, or the engine fails.
    pub async fn summary(&self, id: Uuid) -> Result<SurveySummary> {
        self.find(id).await?.ok_or_else(|| no_such::<survey::Entity>(id))?;
        let counted = observation::Entity::find()
            .select_only()
            .column(Status)
            .column_as(Id.count(), "count")
            .filter(SurveyId.eq(id))
            .group_by(Status);
        let counted: Vec<(ObservationStatus, i64)> =
            counted.into_tuple().all(self.connection).await?;
        let count = |status: &ObservationStatus| {
            let found = counted.iter().find(|(other, _)| other == status);
            found.map_or(0, |(_, count)| u64::try_from(*count).unwrap_or_default())
        };
        let sum = |statuses: &[ObservationStatus]| statuses.iter().map(count).sum();
        let counts: Vec<_> =
            OBSERVATION_STATES.states().map(|status| (*status, count(status))).collect();
        let latest = [Order::desc(ObservationTime)];
        let latest = self
            .on::<observation::Entity>()
            .slice(&Filter::eq(SurveyId, id), &latest, LATEST, 0)
            .await?;
        Ok(SurveySummary {
            total: counts.iter().map(|(_, count)| count).sum(),
            ready: sum(&[Ingested]),
            in_progress: sum(&[Preprocessing, Preprocessed, Differencing]),
            completed: sum(&[Differenced]),
            failed: sum(&[Failed]),
            archived: sum(&[Archived]),
            counts,
            latest,
        })
    }
}
