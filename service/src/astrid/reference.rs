//! Which observation is subtracted from another: one of the same survey through the same filter, since pairs of
//! different instruments are mostly of no use.

use ObservationStatus::{Differenced, Differencing, Preprocessed};
use almanac_entity::astrid::{ObservationStatus, difference_run, observation};
use observation::Column::{FilterBand, ObservationTime, Seeing, Status, SurveyId};
use sea_orm::{
    ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Func},
};

use crate::{
    Comparison, Error, Filter, Order, Repository, Result,
    page::sort_terms,
    sky::{ARCSEC_OF_A_DEGREE, Cone},
};

/// How far a reference may lie from an image of unknown size, degrees.
const UNKNOWN_RADIUS: f64 = 0.25;

impl<C: ConnectionTrait> Repository<'_, C, difference_run::Entity> {
    /// The reference for an observation: among the earlier ones of its survey through its filter that were
    /// preprocessed and whose centre lies within half the diagonal of its image (0.25° where that is not known),
    /// the one of the best seeing, then the earliest. None stands for an external template.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the engine fails.
    pub async fn pick_reference(&self, observation_id: Uuid) -> Result<Option<observation::Model>> {
        let science = self.on::<observation::Entity>().get(observation_id).await?;
        let around = Cone::new(degrees(science.ra), degrees(science.dec), reach(&science))?;
        let usable = [Preprocessed, Differenced].map(Into::into).to_vec();
        let filter = Filter::<observation::Entity>::All(vec![
            Filter::cone(around)?,
            Filter::eq(SurveyId, science.survey_id),
            Filter::In(Status, usable),
            Filter::Compare(ObservationTime, Comparison::Lt, science.observation_time.into()),
        ]);
        let band = Expr::expr(Func::lower(Expr::col(FilterBand)));
        let mut select = observation::Entity::find()
            .filter(filter.condition())
            .filter(band.eq(science.filter_band.to_ascii_lowercase()))
            .limit(1);
        let order: [Order<observation::Entity>; 2] =
            [Order::asc(Seeing), Order::asc(ObservationTime)];
        for term in sort_terms(&order) {
            term.apply(QueryTrait::query(&mut select), self.connection.get_database_backend());
        }
        Ok(select.one(self.connection).await?)
    }
}

/// Refuses a reference that cannot be subtracted from `science`.
pub(super) fn check(
    science: &observation::Model,
    id: Uuid,
    reference: Option<&observation::Model>,
) -> Result<()> {
    let refused = |rule, message: String| Err(Error::breaks(rule, "reference", message));
    let Some(reference) = reference else {
        return refused("unknown", format!("there is no observation {id}"));
    };
    if id == science.id {
        return refused("self", "an observation is no reference for itself".to_owned());
    }
    if !matches!(reference.status, Preprocessed | Differencing | Differenced) {
        return refused("state", format!("observation {id} is {}", reference.status));
    }
    if reference.survey_id != science.survey_id {
        return refused("survey", format!("observation {id} is of another survey"));
    }
    if !reference.filter_band.eq_ignore_ascii_case(&science.filter_band) {
        let (other, own) = (&reference.filter_band, &science.filter_band);
        return refused("filter", format!("observation {id} was made through {other}, not {own}"));
    }
    Ok(())
}

/// How far the corners of an image lie from its centre, degrees.
fn reach(observation: &observation::Model) -> f64 {
    let size = (observation.image_width, observation.image_height, observation.pixel_scale);
    let (Some(width), Some(height), Some(scale)) = size else { return UNKNOWN_RADIUS };
    let diagonal = f64::from(width).hypot(f64::from(height)) * degrees(scale);
    (diagonal / 2.0 / ARCSEC_OF_A_DEGREE).min(90.0)
}

fn degrees(number: sea_orm::prelude::Decimal) -> f64 {
    f64::try_from(number).unwrap_or_default()
}
