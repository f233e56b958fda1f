//! Observations: finding them, and their way through the pipeline.

use almanac_entity::astrid::{ObservationStatus, observation, processing_job};
use observation::Column::{ObservationId, ObservationTime, Status, SurveyId};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};

use super::{JobType, Near, NewJob, ObservationFilter, near::cone_search, no_such, stored};
use crate::{Error, Filter, Order, Repository, Result, StateMachine, Writable, record::Act};

use ObservationStatus::{
    Archived, Differenced, Differencing, Failed, Ingested, Preprocessed, Preprocessing,
};

/// The states of an observation.
pub const OBSERVATION_STATES: StateMachine<ObservationStatus> = StateMachine {
    what: "observation",
    moves: &[
        (Ingested, &[Preprocessing, Failed, Archived]),
        (Preprocessing, &[Preprocessed, Failed]),
        (Preprocessed, &[Differencing, Failed, Archived]),
        (Differencing, &[Differenced, Failed]),
        (Differenced, &[Archived, Failed]),
        (Failed, &[Ingested, Archived]),
        (Archived, &[]),
    ],
};

impl<C: ConnectionTrait> Repository<'_, C, observation::Entity> {
    /// The observation that a survey names so.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_by_name(
        &self,
        survey_id: Uuid,
        observation_id: &str,
    ) -> Result<Option<observation::Model>> {
        let select = observation::Entity::find()
            .filter(SurveyId.eq(survey_id))
            .filter(ObservationId.eq(observation_id));
        Ok(select.one(self.connection).await?)
    }

    /// The observations wanted, latest start first, but for the first `offset`; at most `limit`, from 1 to
    /// 1000. [`count`](Self::count) tells how many there are in all.
    ///
    /// # Errors
    /// A bound is no finite number, a lower one lies above its upper one, the limit is out of range, or the
    /// engine fails.
    pub async fn list_by(
        &self,
        filter: &ObservationFilter,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<observation::Model>> {
        check_limit(limit)?;
        self.slice(&filter.to_filter()?, &[Order::desc(ObservationTime)], limit, offset).await
    }

    /// The observations in a state, earliest start first; at most `limit`, from 1 to 1000. Those that are to
    /// be worked on next are in the state `ingested`.
    ///
    /// # Errors
    /// The limit is out of range, or the engine fails.
    pub async fn for_processing(
        &self,
        status: ObservationStatus,
        limit: u64,
    ) -> Result<Vec<observation::Model>> {
        check_limit(limit)?;
        self.slice(&Filter::eq(Status, status), &[Order::asc(ObservationTime)], limit, 0).await
    }

    /// The observations whose centre lies within `radius` of a direction, degrees, nearest first. The
    /// radius is above 0 and at most 10.
    ///
    /// # Errors
    /// `ra`, `dec` or `radius` is out of range, a bound of the filter is, or the engine fails.
    pub async fn cone_search(
        &self,
        ra: f64,
        dec: f64,
        radius: f64,
        filter: &ObservationFilter,
        limit: usize,
    ) -> Result<Vec<Near<observation::Model>>> {
        let filter = filter.to_filter()?;
        cone_search(self.connection, (ra, dec, radius), &filter, limit).await
    }

    /// The observations whose centre lies in a rectangle, degrees, latest start first. Where `ra_min` is
    /// above `ra_max` the rectangle lies across 0h.
    ///
    /// # Errors
    /// A bound is out of range, `dec_min` lies above `dec_max`, or the engine fails.
    pub async fn region(
        &self,
        ra_min: f64,
        ra_max: f64,
        dec_min: f64,
        dec_max: f64,
        limit: u64,
    ) -> Result<Vec<observation::Model>> {
        for (argument, ra) in [("ra_min", ra_min), ("ra_max", ra_max)] {
            if !(0.0..=360.0).contains(&ra) {
                let message = format!("{ra}° is not from 0 to 360");
                return Err(Error::breaks("range", argument, message));
            }
        }
        for (argument, dec) in [("dec_min", dec_min), ("dec_max", dec_max)] {
            if !(-90.0..=90.0).contains(&dec) {
                let message = format!("{dec}° is not from -90 to 90");
                return Err(Error::breaks("range", argument, message));
            }
        }
        let band = ObservationFilter {
            dec_min: Some(dec_min),
            dec_max: Some(dec_max),
            ..ObservationFilter::default()
        };
        let from = ObservationFilter { ra_min: Some(ra_min), ..ObservationFilter::default() };
        let to = ObservationFilter { ra_max: Some(ra_max), ..ObservationFilter::default() };
        let (from, to) = (from.to_filter()?, to.to_filter()?);
        let ra = if ra_min > ra_max { Filter::Any(vec![from, to]) } else { from.and(to) };
        let filter = band.to_filter()?.and(ra);
        self.slice(&filter, &[Order::desc(ObservationTime)], limit, 0).await
    }
}

impl<C: Writable> Repository<'_, C, observation::Entity> {
    /// Brings an observation to another state. `reason` goes into the audit log.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`] where there is no way from its state to that one,
    /// with the ways there are; or the engine fails.
    pub async fn transition(
        &self,
        id: Uuid,
        to: ObservationStatus,
        reason: Option<&str>,
        now: DateTimeUtc,
    ) -> Result<observation::Model> {
        let act = Act::of_rows("status").because(reason.map(str::to_owned));
        self.step(id, to, act, now).await
    }

    /// Lets an observation that failed go through the pipeline once more: it is ingested again, and a job to
    /// preprocess it is put into the queue.
    ///
    /// # Errors
    /// As [`transition`](Self::transition).
    pub async fn retry(&self, id: Uuid, now: DateTimeUtc) -> Result<observation::Model> {
        let observation = self.step(id, Ingested, Act::of_rows("retry"), now).await?;
        let job = NewJob::new(JobType::Preprocess, id);
        self.on::<processing_job::Entity>().enqueue_many(&[job], now).await?;
        Ok(observation)
    }

    /// Puts an observation away. `reason` goes into the audit log.
    ///
    /// # Errors
    /// As [`transition`](Self::transition); there is no way from a stage at work.
    pub async fn archive(
        &self,
        id: Uuid,
        reason: Option<&str>,
        now: DateTimeUtc,
    ) -> Result<observation::Model> {
        let act = Act::of_rows("archive").because(reason.map(str::to_owned));
        self.step(id, Archived, act, now).await
    }

    async fn step(
        &self,
        id: Uuid,
        to: ObservationStatus,
        act: Act,
        now: DateTimeUtc,
    ) -> Result<observation::Model> {
        let observation = self.lock(id).await?.ok_or_else(|| no_such::<observation::Entity>(id))?;
        OBSERVATION_STATES.step(id, &observation.status, &to)?;
        self.on::<observation::Entity>()
            .acting(act)
            .update(observation::ActiveModel {
                id: Unchanged(id),
                status: Set(to),
                updated_at: Set(stored(now)),
                ..Default::default()
            })
            .await
    }
}

fn check_limit(limit: u64) -> Result<()> {
    if (1..=1000).contains(&limit) {
        return Ok(());
    }
    Err(Error::breaks("range", "limit", format!("{limit} is not from 1 to 1000")))
}
