//! How far the pipeline has come with a survey.

use std::collections::HashMap;

use ObservationStatus::{
    Archived, Differenced, Differencing, Failed, Ingested, Preprocessed, Preprocessing,
};
use almanac_entity::astrid::{ObservationStatus, observation, survey};
use observation::Column::{Id, ObservationTime, Status, SurveyId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, prelude::Uuid};

use super::{IN_LIST, OBSERVATION_STATES, no_such};
use crate::{Filter, Order, Repository, Result};

/// Observations that are shown.
const LATEST: u64 = 10;

/// How far the pipeline has come with a survey's observations. The groups add up to the total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyProgress {
    /// How many observations are in each state, of all states in the order of the pipeline.
    pub counts: Vec<(ObservationStatus, u64)>,
    /// How many there are.
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
}

/// How far the pipeline has come with a survey, and what came in last.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveySummary {
    /// How far it has come.
    pub progress: SurveyProgress,
    /// The ten observations that started last, latest first.
    pub latest: Vec<observation::Model>,
}

impl<C: ConnectionTrait> Repository<'_, C, survey::Entity> {
    /// How far the pipeline has come with a survey.
    ///
    /// # Errors
    /// There is no such survey, or the engine fails.
    pub async fn summary(&self, id: Uuid) -> Result<SurveySummary> {
        self.find(id).await?.ok_or_else(|| no_such::<survey::Entity>(id))?;
        let mut progress = self.progress(&[id]).await?;
        let latest = [Order::desc(ObservationTime)];
        let latest = self
            .on::<observation::Entity>()
            .slice(&Filter::eq(SurveyId, id), &latest, LATEST, 0)
            .await?;
        let progress = progress.remove(&id).unwrap_or_else(|| SurveyProgress::of(&HashMap::new()));
        Ok(SurveySummary { progress, latest })
    }

    /// How far the pipeline has come with each of some surveys, by their keys. A statement for all.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn progress(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, SurveyProgress>> {
        let mut counts: HashMap<Uuid, HashMap<ObservationStatus, u64>> =
            ids.iter().map(|id| (*id, HashMap::new())).collect();
        for ids in ids.chunks(IN_LIST) {
            let counted = observation::Entity::find()
                .select_only()
                .columns([SurveyId, Status])
                .column_as(Id.count(), "count")
                .filter(SurveyId.is_in(ids.iter().copied()))
                .group_by(SurveyId)
                .group_by(Status);
            let counted: Vec<(Uuid, ObservationStatus, i64)> =
                counted.into_tuple().all(self.connection).await?;
            for (survey, status, count) in counted {
                counts.entry(survey).or_default().insert(status, count.unsigned_abs());
            }
        }
        Ok(counts.iter().map(|(id, counts)| (*id, SurveyProgress::of(counts))).collect())
    }
}

impl SurveyProgress {
    fn of(counted: &HashMap<ObservationStatus, u64>) -> Self {
        let count = |status: &ObservationStatus| counted.get(status).copied().unwrap_or_default();
        let sum = |statuses: &[ObservationStatus]| statuses.iter().map(count).sum();
        let counts: Vec<_> =
            OBSERVATION_STATES.states().map(|status| (*status, count(status))).collect();
        Self {
            total: counts.iter().map(|(_, count)| count).sum(),
            ready: sum(&[Ingested]),
            in_progress: sum(&[Preprocessing, Preprocessed, Differencing]),
            completed: sum(&[Differenced]),
            failed: sum(&[Failed]),
            archived: sum(&[Archived]),
            counts,
        }
    }
}
