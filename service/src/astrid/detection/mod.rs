//! Detections.

mod states;

pub use states::DETECTION_STATES;
