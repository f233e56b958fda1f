//! Measurement sets, images, photometry and light curves: the questions that are peculiar to them.

mod image;
mod light_curve;
mod measurement_set;
mod photometry;

pub use image::ImageRemoval;
pub use light_curve::{FluxChoice, LightCurve, LightCurveRequest};
pub use measurement_set::at_stage;
pub use photometry::PhotometrySource;

/// Values in one `IN` list.
const IN_LIST: usize = 900;
