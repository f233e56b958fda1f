//! Which scores of a model become detections.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use almanac_entity::astrid::{
    CandidateStatus, DetectionStatus, DetectionType, candidate, detection,
};
use sea_orm::{
    ActiveValue::Set,
    prelude::{DateTimeUtc, Decimal, Json, Uuid},
};
use serde::Deserialize;

use crate::{
    Error, Result,
    astrid::{
        candidate::position,
        new_id,
        runs::{not_below_zero, share},
    },
};

/// What a model makes of a candidate, or of a position that no candidate has.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Score {
    /// The candidate; its position is taken then.
    pub candidate_id: Option<Uuid>,
    /// Right ascension, degrees, ICRS, from 0 to 360.
    pub ra: Option<f64>,
    /// Declination, degrees, ICRS, from -90 to 90.
    pub dec: Option<f64>,
    /// Column in the image, pixels from 0.
    pub pixel_x: Option<i32>,
    /// Row in the image, pixels from 0.
    pub pixel_y: Option<i32>,
    /// Probability, from 0 to 1.
    pub confidence: f64,
    /// What the model takes it for, where it says so.
    pub detection_type: Option<DetectionType>,
    /// How long the inference took, milliseconds.
    pub inference_time_ms: Option<i32>,
    /// A JSON object: `window`, and optionally `quality_score`, `size_px` and `brightness`.
    pub metadata: Option<Json>,
}

/// From where on scores count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::astrid) struct Thresholds {
    /// The least confidence of a detection.
    pub(in crate::astrid) confidence: Decimal,
    /// The least confidence of a sure one.
    pub(in crate::astrid) high_confidence: Decimal,
    /// How many detections there are of one image at most.
    pub(in crate::astrid) at_most: usize,
}

impl Thresholds {
    /// As the setting `pipeline.detection` has them; what it does not say is as the specification has it.
    pub(in crate::astrid) fn of(setting: &Json) -> Self {
        let number = |name: &str, otherwise: i64| {
            let number = setting.get(name).and_then(Json::as_f64);
            let number = number.and_then(|number| share(name, number, 4).ok());
            number.unwrap_or(Decimal::new(otherwise, 1))
        };
        let at_most = setting.get("max_detections_per_image").and_then(Json::as_u64);
        Self {
            confidence: number("confidence_threshold", 5),
            high_confidence: number("high_confidence_threshold", 8),
            at_most: at_most.and_then(|most| usize::try_from(most).ok()).unwrap_or(100),
        }
    }
}

/// What becomes of the scores of a run.
#[derive(Debug, Default)]
pub(in crate::astrid) struct Promoted {
    /// The detections to be stored.
    pub(in crate::astrid) detections: Vec<detection::ActiveModel>,
    /// The candidates that became one of them.
    pub(in crate::astrid) detected: Vec<Uuid>,
    /// The candidates of which a score was given.
    pub(in crate::astrid) scored: HashSet<Uuid>,
    /// How many scores there were.
    pub(in crate::astrid) total: i32,
    /// How many of them are sure.
    pub(in crate::astrid) high_confidence: i32,
}

/// A score with what it is about.
struct Scored<'s> {
    score: &'s Score,
    confidence: Decimal,
    ra: Decimal,
    dec: Decimal,
    pixel: (i32, i32),
    observation_id: Uuid,
}

/// Picks the scores that become detections: of those that are confident enough the most confident, ties by the
/// key of the candidate. `candidates` are those of the difference run; whoever took one of them out of the model's
/// hands meanwhile has decided about it. `observation_id` is the run's.
///
/// # Errors
/// A score is out of range, about a candidate that the run does not have or that was scored before, or about no
/// candidate and without a position of its own.
pub(in crate::astrid) fn promote(
    scores: &[Score],
    candidates: &HashMap<Uuid, candidate::Model>,
    (model_run_id, observation_id): (Uuid, Option<Uuid>),
    model_version: &str,
    thresholds: &Thresholds,
    now: DateTimeUtc,
) -> Result<Promoted> {
    let mut promoted =
        Promoted { total: i32::try_from(scores.len()).unwrap_or(i32::MAX), ..Promoted::default() };
    let mut qualified = Vec::new();
    for score in scores {
        let Some(scored) = placed(score, candidates, observation_id)? else { continue };
        if score.candidate_id.is_some_and(|id| !promoted.scored.insert(id)) {
            let message = "a candidate is scored twice";
            return Err(Error::breaks("duplicate", "candidate_id", message));
        }
        if scored.confidence >= thresholds.high_confidence {
            promoted.high_confidence += 1;
        }
        if scored.confidence >= thresholds.confidence {
            qualified.push(scored);
        }
    }
    let id = |scored: &Scored| (scored.score.candidate_id.is_none(), scored.score.candidate_id);
    qualified.sort_by_key(|scored| (Reverse(scored.confidence), id(scored)));
    qualified.truncate(thresholds.at_most);
    for scored in qualified {
        promoted.detected.extend(scored.score.candidate_id);
        promoted.detections.push(scored.row(model_run_id, model_version, now)?);
    }
    Ok(promoted)
}

/// A score with its checked confidence and its place; none where its candidate is no longer to be scored.
fn placed<'s>(
    score: &'s Score,
    candidates: &HashMap<Uuid, candidate::Model>,
    observation_id: Option<Uuid>,
) -> Result<Option<Scored<'s>>> {
    let confidence = share("confidence", score.confidence, 4)?;
    if score.metadata.as_ref().is_some_and(|metadata| !metadata.is_object()) {
        return Err(Error::breaks("format", "metadata", "it is no JSON object"));
    }
    if let Some(id) = score.candidate_id {
        let Some(candidate) = candidates.get(&id) else {
            let message = format!("candidate {id} is none that this run may score");
            return Err(Error::breaks("unknown", "candidate_id", message));
        };
        if observation_id.is_some_and(|observation| observation != candidate.observation_id) {
            let message = format!("candidate {id} is of another observation");
            return Err(Error::breaks("observation", "candidate_id", message));
        }
        if candidate.status != CandidateStatus::Processing {
            return Ok(None);
        }
        return Ok(Some(Scored {
            score,
            confidence,
            ra: candidate.ra,
            dec: candidate.dec,
            pixel: (candidate.pixel_x, candidate.pixel_y),
            observation_id: candidate.observation_id,
        }));
    }
    let missing = |field| Error::breaks("required", field, "a score without a candidate needs it");
    let ra = score.ra.ok_or_else(|| missing("ra"))?;
    let dec = score.dec.ok_or_else(|| missing("dec"))?;
    let pixel_x = not_below_zero("pixel_x", score.pixel_x.ok_or_else(|| missing("pixel_x"))?)?;
    let pixel_y = not_below_zero("pixel_y", score.pixel_y.ok_or_else(|| missing("pixel_y"))?)?;
    let observation_id = observation_id.ok_or_else(|| missing("observation_id"))?;
    let (ra, dec) = position(ra, dec).ok_or_else(|| {
        Error::breaks("range", "position", format!("({ra}, {dec})° is not on the sphere"))
    })?;
    Ok(Some(Scored { score, confidence, ra, dec, pixel: (pixel_x, pixel_y), observation_id }))
}

impl Scored<'_> {
    fn row(
        &self,
        model_run_id: Uuid,
        model_version: &str,
        now: DateTimeUtc,
    ) -> Result<detection::ActiveModel> {
        let metadata = self.score.metadata.as_ref();
        let size = metadata.and_then(|metadata| metadata.get("size_px")).and_then(Json::as_f64);
        let time = self.score.inference_time_ms;
        let time = time.map(|time| not_below_zero("inference_time_ms", time)).transpose()?;
        let given = self.score.detection_type;
        Ok(detection::ActiveModel {
            id: Set(new_id(now)),
            model_run_id: Set(model_run_id),
            observation_id: Set(self.observation_id),
            candidate_id: Set(self.score.candidate_id),
            ra: Set(self.ra),
            dec: Set(self.dec),
            pixel_x: Set(self.pixel.0),
            pixel_y: Set(self.pixel.1),
            confidence_score: Set(self.confidence),
            detection_type: Set(given.unwrap_or_else(|| detection_type(self.confidence, size))),
            model_version: Set(model_version.to_owned()),
            inference_time_ms: Set(time),
            prediction_metadata: Set(self.score.metadata.clone()),
            status: Set(DetectionStatus::Pending),
            is_validated: Set(false),
            validation_confidence: Set(None),
            human_label: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
            healpix: sea_orm::NotSet,
        })
    }
}

/// What a detection is taken for where its model does not say: by its confidence and its size in pixels.
pub fn detection_type(confidence: Decimal, size_px: Option<f64>) -> DetectionType {
    let above = |tenths| confidence > Decimal::new(tenths, 1);
    match size_px {
        None => DetectionType::Transient,
        Some(size) if above(8) && size > 50.0 => DetectionType::Supernova,
        Some(size) if above(6) && size > 20.0 => DetectionType::Variable,
        Some(_) if above(4) => DetectionType::Transient,
        Some(_) => DetectionType::Unknown,
    }
}
