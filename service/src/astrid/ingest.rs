//! Ingesting observations, one or many.

use std::collections::{HashMap, HashSet};

use almanac_entity::astrid::{observation, processing_job, survey, system_config};
use observation::Column::{Id, ObservationId, SurveyId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    prelude::{DateTimeUtc, Uuid},
};

use super::{
    IN_LIST, JobType, NewJob, NewObservation, SurveyConfiguration,
    survey_configurations::{filters, of_survey},
};
use crate::{Error, Repository, Result, Work, Writable, record::Act};

/// Observations of one transaction.
pub(super) const CHUNK: usize = 500;
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
    /// What was wrong with the first hundred that cannot be ingested, and the problem that ended the batch.
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

impl BatchError {
    /// The rule that was broken, in a word.
    pub fn rule(&self) -> &'static str {
        match &self.error {
            Error::AlreadyExists { .. } => "duplicate",
            Error::NotFound { .. } => "not_found",
            Error::Invalid { rule: Some(rule), .. } => rule,
            _ => "format",
        }
    }
}

/// Ingests many observations as they come, each 500 of them in a transaction of their own, with their jobs and
/// what the audit log has of them. What could not even be read is rejected like one that breaks a rule. The work
/// itself has touched nothing of AstrID's; all of its parts bear its change set.
///
/// # Errors
/// The engine fails; the chunks before stay. What is wrong with an observation is in the outcome.
pub async fn ingest_batch(
    work: &Work,
    observations: impl IntoIterator<Item = Result<NewObservation>>,
    on_duplicate: OnDuplicate,
    now: DateTimeUtc,
) -> Result<BatchOutcome> {
    let mut outcome = BatchOutcome::default();
    let mut observations = observations.into_iter();
    let mut first = 0;
    loop {
        let chunk: Vec<_> = observations.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return Ok(outcome);
        }
        let count = chunk.len();
        let part = work.part();
        let table = part.table::<observation::Entity>().await?;
        let inserted = table.ingest_chunk(first, chunk, on_duplicate, now, &mut outcome).await?;
        if outcome.stopped {
            part.undo().await;
            return Ok(outcome);
        }
        part.commit().await?;
        outcome.inserted += inserted;
        first += count;
    }
}

impl<C: ConnectionTrait> Repository<'_, C, observation::Entity> {
    /// Says of an observation what [`ingest`](Self::ingest) would, and writes nothing.
    ///
    /// # Errors
    /// As those of `ingest`.
    pub async fn validate(&self, new: &NewObservation, now: DateTimeUtc) -> Result<()> {
        let configurations = self.configurations().await?;
        new.check(now, &filters(&configurations))?;
        Known::of(self.connection, [new]).await?.check(new)
    }

    async fn configurations(&self) -> Result<Vec<SurveyConfiguration>> {
        self.on::<system_config::Entity>().active_survey_configurations().await
    }
}

impl<C: Writable> Repository<'_, C, observation::Entity> {
    /// Ingests an observation, and puts a job to preprocess it into the queue, unless the configuration of its
    /// survey is against that.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the first field at fault and its rule, where its survey is not active too;
    /// [`Error::NotFound`] without its survey; [`Error::AlreadyExists`] with the one there is; or the engine
    /// fails.
    pub async fn ingest(
        &self,
        new: &NewObservation,
        now: DateTimeUtc,
    ) -> Result<observation::Model> {
        let configurations = self.configurations().await?;
        let row = new.row(now, &filters(&configurations))?;
        self.lock_surveys([new.survey_id]).await?;
        let known = Known::of(self.connection, [new]).await?;
        known.check(new)?;
        let made = self.ingesting().insert(row).await?;
        if known.is_preprocessed(new.survey_id, &configurations) {
            self.preprocess([made.id], now).await?;
        }
        Ok(made)
    }

    /// Ingests observations in the transaction at hand, but for those at fault, which the outcome takes note of:
    /// they are counted from `first`. Returns how many. Where the outcome is stopped the transaction has to be
    /// undone.
    pub(super) async fn ingest_chunk(
        &self,
        first: usize,
        chunk: Vec<Result<NewObservation>>,
        on_duplicate: OnDuplicate,
        now: DateTimeUtc,
        outcome: &mut BatchOutcome,
    ) -> Result<u64> {
        let configurations = self.configurations().await?;
        let known_filters = filters(&configurations);
        let chunk: Vec<_> = chunk
            .into_iter()
            .map(|new| {
                let new = new?;
                let row = new.row(now, &known_filters)?;
                Ok((new, row))
            })
            .collect();
        let valid = || chunk.iter().filter_map(|read: &Result<_>| read.as_ref().ok());
        self.lock_surveys(valid().map(|(new, _)| new.survey_id)).await?;
        let known = Known::of(self.connection, valid().map(|(new, _)| new)).await?;
        let mut seen = HashSet::new();
        let mut rows = Vec::with_capacity(chunk.len());
        let mut preprocessed = Vec::new();
        for (index, read) in chunk.into_iter().enumerate() {
            let checked = read.and_then(|(new, row)| {
                known.check(&new)?;
                let name = (new.survey_id, new.observation_id);
                if seen.contains(&name) {
                    return Err(Error::AlreadyExists { what: an_observation(&name.1), id: None });
                }
                if known.is_preprocessed(name.0, &configurations) {
                    preprocessed.push(row.id.clone().unwrap());
                }
                seen.insert(name);
                Ok(row)
            });
            match checked {
                Ok(row) => rows.push(row),
                Err(error) => {
                    outcome.note(first + index, error, on_duplicate);
                    if outcome.stopped {
                        return Ok(0);
                    }
                }
            }
        }
        let inserted = self.ingesting().insert_many(rows).await?;
        self.preprocess(preprocessed, now).await?;
        Ok(inserted as u64)
    }

    /// The table, what is inserted being called ingested.
    fn ingesting(&self) -> Repository<'_, C, observation::Entity> {
        self.on::<observation::Entity>().acting(Act::of_rows("ingest"))
    }

    async fn preprocess(
        &self,
        ids: impl IntoIterator<Item = Uuid>,
        now: DateTimeUtc,
    ) -> Result<u64> {
        let jobs: Vec<_> = ids.into_iter().map(|id| NewJob::new(JobType::Preprocess, id)).collect();
        self.on::<processing_job::Entity>().enqueue_many(&jobs, now).await
    }

    /// Keeps others from ingesting into these surveys, and from deactivating or removing them, until the
    /// transaction ends. In the order of their keys, so that two who do so wait for each other in turn.
    async fn lock_surveys(&self, ids: impl IntoIterator<Item = Uuid>) -> Result<()> {
        let mut ids: Vec<Uuid> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            self.on::<survey::Entity>().lock(id).await?;
        }
        Ok(())
    }
}

impl BatchOutcome {
    /// Takes note of an observation that is not ingested.
    fn note(&mut self, index: usize, error: Error, on_duplicate: OnDuplicate) {
        let is_duplicate = matches!(error, Error::AlreadyExists { .. });
        self.stopped = on_duplicate == OnDuplicate::Fail;
        if is_duplicate {
            self.duplicates += 1;
        } else {
            self.rejected += 1;
        }
        if self.stopped || !is_duplicate && self.errors.len() < ERRORS {
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
    async fn of<'n, C: ConnectionTrait>(
        connection: &C,
        new: impl IntoIterator<Item = &'n NewObservation>,
    ) -> Result<Self> {
        let mut names: HashMap<Uuid, Vec<&str>> = HashMap::new();
        for new in new {
            names.entry(new.survey_id).or_default().push(&new.observation_id);
        }
        if names.is_empty() {
            return Ok(Self { surveys: HashMap::new(), observations: HashMap::new() });
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
            None => return Err(Error::not_found(format!("survey {}", new.survey_id))),
            Some(survey) if !survey.is_active => {
                let message = format!("survey {} is inactive", survey.name);
                return Err(Error::breaks("inactive", "survey_id", message));
            }
            Some(_) => {}
        }
        match self.observations.get(&(new.survey_id, new.observation_id.clone())) {
            Some(id) => Err(Error::AlreadyExists {
                what: an_observation(&new.observation_id),
                id: Some(*id),
            }),
            None => Ok(()),
        }
    }

    /// Whether observations of a survey are preprocessed at once.
    fn is_preprocessed(&self, survey: Uuid, configurations: &[SurveyConfiguration]) -> bool {
        let survey = self.surveys.get(&survey);
        let configuration = survey.and_then(|survey| of_survey(configurations, survey));
        configuration.is_none_or(|configuration| configuration.auto_preprocess)
    }
}

fn an_observation(name: &str) -> String {
    format!("an observation {name} of that survey")
}
