//! Ingesting observations, one or many.

use std::collections::{HashMap, HashSet};

use almanac_entity::astrid::{observation, survey};
use observation::Column::{Id, ObservationId, SurveyId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    prelude::{DateTimeUtc, Uuid},
};

use super::{IN_LIST, NewObservation};
use crate::{Error, Repository, Result, Writable, Writer};

/// Observations of one transaction.
const CHUNK: usize = 500;
/// Errors that are kept.
const ERRORS: usize = 100;

/// What happens at an observation that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnDuplicate {
    /// It is passed over and counted; so is one that cannot be ingested.
    #[default]
    Skip,
    /// It ends the batch, and so does one that cannot be ingested; its chunk is undone.
    Fail,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct BatchOutcome {
    /// Observations ingested.
    pub inserted: u64,
    /// Observations that were there already.
    pub duplicates: u64,
    /// Observations that cannot be ingested.
    pub rejected: u64,
    /// What was wrong with the first hundred.
    pub errors: Vec<BatchError>,
    /// Whether the batch ended before its end.
    pub stopped: bool,
}

/// What was wrong with an observation of a batch.
#[derive(Debug)]
pub struct BatchError {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// What was wrong.
    pub error: Error,
}

impl<C: Writable> Repository<'_, C, observation::Entity> {
    /// Ingests an observation. `known_filters` are filters known beside the usual ones.
    ///
    /// # Errors
    /// A field is at fault, its survey is not there or not active, it is there already (the error says
    /// as which), or the engine fails.
    pub async fn ingest(
        &self,
        new: &NewObservation,
        now: DateTimeUtc,
        known_filters: &[String],
    ) -> Result<observation::Model> {
        let row = new.row(now, known_filters)?;
        let surveys = Known::of(self.connection, std::slice::from_ref(new)).await?;
        surveys.check(new)?;
        self.insert(row).await
    }
}

impl Repository<'_, Writer, observation::Entity> {
    /// Ingests many observations as they come, each 500 of them in a transaction of their own.
    ///
    /// # Errors
    /// The engine fails. What is wrong with an observation is in the outcome.
    pub async fn ingest_batch(
        &self,
        observations: impl IntoIterator<Item = NewObservation>,
        on_duplicate: OnDuplicate,
        now: DateTimeUtc,
        known_filters: &[String],
    ) -> Result<BatchOutcome> {
        let mut outcome = BatchOutcome::default();
        let mut observations = observations.into_iter();
        let mut first = 0;
        loop {
            let chunk: Vec<NewObservation> = observations.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return Ok(outcome);
            }
            let transaction = self.connection.begin().await?;
            let known = Known::of(&transaction, &chunk).await?;
            let mut seen = HashSet::new();
            let mut rows = Vec::with_capacity(chunk.len());
            for (index, new) in chunk.iter().enumerate() {
                let checked = new.row(now, known_filters).and_then(|row| {
                    known.check(new)?;
                    if !seen.insert((new.survey_id, new.observation_id.as_str())) {
                        let message = format!("observation {} is given twice", new.observation_id);
                        return Err(Error::Conflict(message));
                    }
                    Ok(row)
                });
                match checked {
                    Ok(row) => rows.push(row),
                    Err(error) => {
                        outcome.note(first + index, error);
                        if on_duplicate == OnDuplicate::Fail {
                            outcome.stopped = true;
                            return Ok(outcome);
                        }
                    }
                }
            }
            let table = Repository::<_, observation::Entity>::new(&transaction);
            let inserted = table.insert_many(rows).await?;
            transaction.commit().await?;
            outcome.inserted += u64::try_from(inserted).unwrap_or_default();
            first += chunk.len();
        }
    }
}

impl BatchOutcome {
    fn note(&mut self, index: usize, error: Error) {
        if matches!(error, Error::Conflict(_)) {
            self.duplicates += 1;
        } else {
            self.rejected += 1;
        }
        if self.errors.len() < ERRORS {
            self.errors.push(BatchError { index, error });
        }
    }
}

/// What the database holds of the surveys and names of some new observations.
struct Known {
    surveys: HashMap<Uuid, survey::Model>,
    observations: HashMap<(Uuid, String), Uuid>,
}

impl Known {
    async fn of<C: ConnectionTrait>(connection: &C, new: &[NewObservation]) -> Result<Self> {
        let mut names: HashMap<Uuid, Vec<&str>> = HashMap::new();
        for new in new {
            names.entry(new.survey_id).or_default().push(&new.observation_id);
        }
        let mut surveys = HashMap::new();
        let ids: Vec<Uuid> = names.keys().copied().collect();
        for ids in ids.chunks(IN_LIST) {
            let select =
                survey::Entity::find().filter(survey::Column::Id.is_in(ids.iter().copied()));
            let found = select.all(connection).await?;
            surveys.extend(found.into_iter().map(|survey| (survey.id, survey)));
        }
        let of_surveys = names.into_iter().map(|(survey, names)| {
            Condition::all().add(SurveyId.eq(survey)).add(ObservationId.is_in(names))
        });
        let any = of_surveys.fold(Condition::any(), Condition::add);
        let select = observation::Entity::find()
            .select_only()
            .columns([SurveyId, ObservationId, Id])
            .filter(any);
        let found: Vec<(Uuid, String, Uuid)> = select.into_tuple().all(connection).await?;
        let observations = found.into_iter().map(|(survey, name, id)| ((survey, name), id));
        Ok(Self { surveys, observations: observations.collect() })
    }

    fn check(&self, new: &NewObservation) -> Result<()> {
        match self.surveys.get(&new.survey_id) {
            None => {
                let message = format!("there is no survey {}", new.survey_id);
                return Err(Error::invalid("survey_id", message));
            }
            Some(survey) if !survey.is_active => {
                let message = format!("survey {} is inactive", survey.name);
                return Err(Error::invalid("survey_id", message));
            }
            Some(_) => {}
        }
        match self.observations.get(&(new.survey_id, new.observation_id.clone())) {
            Some(id) => {
                let name = &new.observation_id;
                Err(Error::Conflict(format!(
                    "observation {name} of that survey is there already, {id}"
                )))
            }
            None => Ok(()),
        }
    }
}
