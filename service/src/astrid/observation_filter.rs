//! Which observations are wanted.

use almanac_entity::astrid::{ObservationStatus, observation};
use observation::Column::{Dec, FilterBand, ObservationTime, Ra, Status, SurveyId};
use sea_orm::prelude::{DateTimeUtc, Uuid};

use super::{new_observation::rounded, stored};
use crate::{Comparison, Error, Filter, Result};

/// Which observations are wanted; what is not given is not looked at. Bounds belong to their range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservationFilter {
    /// Those of this survey.
    pub survey_id: Option<Uuid>,
    /// Those of one of these states; of any where it is empty.
    pub statuses: Vec<ObservationStatus>,
    /// Those through this filter, as the survey names it.
    pub filter_band: Option<String>,
    /// Smallest right ascension, degrees.
    pub ra_min: Option<f64>,
    /// Largest right ascension, degrees.
    pub ra_max: Option<f64>,
    /// Smallest declination, degrees.
    pub dec_min: Option<f64>,
    /// Largest declination, degrees.
    pub dec_max: Option<f64>,
    /// Earliest start.
    pub from: Option<DateTimeUtc>,
    /// Latest start.
    pub to: Option<DateTimeUtc>,
}

impl ObservationFilter {
    /// The filter on the table.
    ///
    /// # Errors
    /// A bound is no finite number, or a lower one lies above its upper one.
    pub fn to_filter(&self) -> Result<Filter<observation::Entity>> {
        use Comparison::{Gte, Lte};
        in_order("from", self.from, self.to)?;
        in_order("ra_min", self.ra_min, self.ra_max)?;
        in_order("dec_min", self.dec_min, self.dec_max)?;
        let mut all = Vec::new();
        all.extend(self.survey_id.map(|survey| Filter::eq(SurveyId, survey)));
        if !self.statuses.is_empty() {
            let statuses = self.statuses.iter().map(|status| (*status).into()).collect();
            all.push(Filter::In(Status, statuses));
        }
        all.extend(self.filter_band.as_deref().map(|band| Filter::eq(FilterBand, band)));
        for (name, column, comparison, bound) in [
            ("ra_min", Ra, Gte, self.ra_min),
            ("ra_max", Ra, Lte, self.ra_max),
            ("dec_min", Dec, Gte, self.dec_min),
            ("dec_max", Dec, Lte, self.dec_max),
        ] {
            if let Some(bound) = bound {
                // Rows stand at ten-millionths of a degree.
                all.push(Filter::Compare(column, comparison, rounded(name, bound, 7)?.into()));
            }
        }
        for (comparison, bound) in [(Gte, self.from), (Lte, self.to)] {
            let time = bound.map(|time| stored(time).into());
            all.extend(time.map(|time| Filter::Compare(ObservationTime, comparison, time)));
        }
        Ok(Filter::All(all))
    }
}

fn in_order<T: PartialOrd>(argument: &str, lower: Option<T>, upper: Option<T>) -> Result<()> {
    match (lower, upper) {
        (Some(lower), Some(upper)) if lower > upper => {
            Err(Error::breaks("range", argument, "the lower bound lies above the upper one"))
        }
        _ => Ok(()),
    }
}
