//! Which candidates are wanted.

use almanac_entity::astrid::{CandidateStatus, candidate};
use candidate::Column::{
    CreatedAt, DifferenceRunId, IsBlended, IsEdge, IsSaturated, ObservationId, Significance, Snr,
    Status,
};
use sea_orm::prelude::{DateTimeUtc, Uuid};

use crate::{
    Filter, Result,
    astrid::ranges::{numbers, times},
};

/// Which candidates are wanted; what is not given is not looked at. Bounds belong to their range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CandidateFilter {
    /// Those of this difference run.
    pub difference_run_id: Option<Uuid>,
    /// Those of this science observation.
    pub observation_id: Option<Uuid>,
    /// Those in one of these states; in any where it is empty.
    pub statuses: Vec<CandidateStatus>,
    /// Smallest and largest significance, sigma.
    pub significance: (Option<f64>, Option<f64>),
    /// Smallest and largest signal-to-noise ratio.
    pub snr: (Option<f64>, Option<f64>),
    /// Those of which the pixels are saturated, or are not.
    pub is_saturated: Option<bool>,
    /// Those that overlap another source, or do not.
    pub is_blended: Option<bool>,
    /// Those that lie at the edge of the image, or do not.
    pub is_edge: Option<bool>,
    /// Made no earlier.
    pub from: Option<DateTimeUtc>,
    /// Made no later.
    pub to: Option<DateTimeUtc>,
}

impl CandidateFilter {
    /// The filter on the table.
    ///
    /// # Errors
    /// A bound is no finite number, or a lower one lies above its upper one.
    pub fn to_filter(&self) -> Result<Filter<candidate::Entity>> {
        let mut all = Vec::new();
        all.extend(self.difference_run_id.map(|run| Filter::eq(DifferenceRunId, run)));
        all.extend(self.observation_id.map(|observation| Filter::eq(ObservationId, observation)));
        if !self.statuses.is_empty() {
            let statuses = self.statuses.iter().map(|status| (*status).into()).collect();
            all.push(Filter::In(Status, statuses));
        }
        all.extend(numbers("significance", Significance, self.significance, 3)?);
        all.extend(numbers("snr", Snr, self.snr, 3)?);
        for (column, flag) in
            [(IsSaturated, self.is_saturated), (IsBlended, self.is_blended), (IsEdge, self.is_edge)]
        {
            all.extend(flag.map(|flag| Filter::eq(column, flag)));
        }
        all.extend(times(CreatedAt, self.from, self.to)?);
        Ok(Filter::All(all))
    }
}
