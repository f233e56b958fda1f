//! Candidates for extreme scattering events: how they are detected, what becomes of them, and why a source
//! is one.

mod candidate;
mod detect;
mod explain;
mod near;
mod rapid;
mod score;

pub use candidate::EseWithStatistics;
pub use detect::{Detection, DetectionOutcome, DetectionRequest};
pub use explain::{ExplainedPoint, Explanation, PresetVerdict};
pub use rapid::RapidChange;
pub use score::{
    Confidence, Preset, Score, Severity as EseSeverity, Thresholds, Weights, composite_score,
};
