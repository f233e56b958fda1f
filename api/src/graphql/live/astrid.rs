//! Which of AstrID's rows a subscriber wants.

use almanac_entity::astrid::{detection, processing_job};
use almanac_service::{Row, astrid::JobType};
use sea_orm::{Value, prelude::Decimal};

use crate::graphql::error::{Result, bad_input};

/// The least confidence that is wanted, as detections hold theirs: a decimal, so that 0.8 is not above 0.8.
pub(super) fn least_confidence(asked: Option<f64>) -> Result<Option<Decimal>> {
    let Some(asked) = asked else { return Ok(None) };
    let least = Decimal::try_from(asked).ok().filter(|_| (0.0..=1.0).contains(&asked));
    let refused = || bad_input("minConfidence", format!("{asked} is not from 0 to 1"));
    least.map(Some).ok_or_else(refused)
}

/// Whether a model is as sure of a detection as is wanted.
pub(super) fn is_sure(row: &Row<detection::Entity>, least: Option<Decimal>) -> bool {
    match (row.value(detection::Column::ConfidenceScore), least) {
        (Some(Value::Decimal(Some(confidence))), Some(least)) => *confidence >= least,
        (_, least) => least.is_none(),
    }
}

/// The kind of jobs that a word stands for.
pub(super) fn job_type(word: &str) -> Result<JobType> {
    let mut kinds = JobType::ALL.into_iter();
    kinds.find(|kind| kind.as_str() == word).ok_or_else(|| {
        let words = JobType::ALL.map(JobType::as_str).join(", ");
        bad_input("jobType", format!("{word:?} is none of {words}"))
    })
}

/// Whether a job is of the kind that is wanted.
pub(super) fn is_of_type(row: &Row<processing_job::Entity>, wanted: Option<JobType>) -> bool {
    let of_row = row.text(processing_job::Column::JobType);
    wanted.is_none_or(|wanted| of_row == Some(wanted.as_str()))
}
