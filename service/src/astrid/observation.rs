//! Observations: finding them, and their way through the pipeline.

use almanac_entity::astrid::{ObservationStatus, observation};
use observation::Column::{ObservationId, ObservationTime, SurveyId};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};

use super::{Near, ObservationFilter, near::cone_search, no_such, stored};
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

    /// The observations wanted, latest start first.
    ///
    /// # Errors
    /// A bound is no finite number, a lower one lies above its upper one, or the engine fails.
    pub async fn list_by(
        &self,
        filter: &ObservationFilter,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<observation::Model>> {
        self.slice(&filter.to_filter()?, &[Order::desc(ObservationTime)], limit, offset).await
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
                return Err(Error::invalid(argument, format!("{ra}° is not from 0 to 360")));
            }
        }
        for (argument, dec) in [("dec_min", dec_min), ("dec_max", dec_max)] {
            if !(-90.0..=90.0).contains(&dec) {
                return Err(Error::invalid(argument, format!("{dec}° is not from -90 to 90")));
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
        let observation = self.lock(id).await?.ok_or_else(|| no_such::<observation::Entity>(id))?;
        OBSERVATION_STATES.step(id, &observation.status, &to)?;
        let act = Act::of_rows("status").because(reason.map(str::to_owned));
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
