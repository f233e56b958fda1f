//! Measurement sets, images and photometry.

mod image;
mod light_curve;
mod measurement_set;
mod photometry;

pub use image::Image;
pub use light_curve::{Flux, LightCurve, LightCurvePoint, LightCurves};
pub use measurement_set::MeasurementSet;
pub use photometry::Photometry;
