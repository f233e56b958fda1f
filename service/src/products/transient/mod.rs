//! Transients: what differs from a catalogue, the candidates that follow, their alerts, and what people make
//! of them.

mod candidate;
mod compare;
mod seen;
mod store;

pub use candidate::TransientFilter;
pub use compare::{
    Baseline, Comparison as SkyComparison, Footprint, Observed, Transient, TransientThresholds,
    compare,
};
pub use seen::SeenImage;
pub use store::{Detected, TransientContext};
