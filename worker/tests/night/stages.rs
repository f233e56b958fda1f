//! Stages that find what a simulated sky has.

use std::hash::{BuildHasher, Hasher, RandomState};

use almanac_worker::{Stage, StageFailure};
use serde_json::{Value, json};

/// Candidates of each image.
pub(crate) const CANDIDATES: u32 = 256;
/// Those of them that are worth a detection.
pub(crate) const DETECTIONS: u32 = 3;
/// One of so many tries fails.
const FAILING: u64 = 20;
/// One of so many failures is for good.
const LASTING: u64 = 5;

/// An exposure as a manifest has it.
pub(crate) fn exposure(number: u32) -> Value {
    json!({
        "observation_id": format!("exposure {number}"),
        "ra": f64::from(number * 37 % 360),
        "dec": f64::from(number * 11 % 120) - 60.0,
        "observation_time": format!("2025-09-01T{:02}:{:02}:{:02}Z", number / 3600, number / 60 % 60, number % 60),
        "filter_band": "g",
        "exposure_time": 30,
        "fits_url": format!("file:///data/{number}.fits"),
        "pixel_scale": 0.5,
        "image_width": 2048,
        "image_height": 2048,
    })
}

/// Fails one time in twenty.
pub(crate) struct Unsteady<S>(pub(crate) S);

#[async_trait::async_trait]
impl<S: Stage> Stage for Unsteady<S> {
    async fn run(&self, input: &Value) -> Result<Value, StageFailure> {
        let chance = RandomState::new().build_hasher().finish();
        if !chance.is_multiple_of(FAILING) {
            return self.0.run(input).await;
        }
        Err(if (chance / FAILING).is_multiple_of(LASTING) {
            StageFailure::lasting("the image is of no use")
        } else {
            StageFailure::retryable("clouds")
        })
    }
}

pub(crate) struct Preprocessing;

#[async_trait::async_trait]
impl Stage for Preprocessing {
    async fn run(&self, _: &Value) -> Result<Value, StageFailure> {
        Ok(json!({
            "calibration_applied": true,
            "wcs_aligned": true,
            "registration_quality": 0.9,
            "processed_fits_path": "processed.fits",
            "wcs_info": { "ctype": ["RA---TAN", "DEC--TAN"] },
        }))
    }
}

pub(crate) struct Differencing;

#[async_trait::async_trait]
impl Stage for Differencing {
    async fn run(&self, input: &Value) -> Result<Value, StageFailure> {
        let centre = |axis: &str| {
            let value = &input["observation"][axis];
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.parse::<f64>().map_err(|_| StageFailure::lasting("the observation has no centre"))
        };
        let (ra, dec) = (centre("ra")?, centre("dec")?);
        let candidate = |number: u32| {
            json!({
                "ra": ra + f64::from(number) * 1e-4,
                "dec": dec,
                "pixel_x": number * 8,
                "pixel_y": 1000,
                "flux": 100.0,
                "significance": 5.0 + f64::from(number),
                "snr": 7.5,
                "fwhm": 4.0,
                "ellipticity": 0.1,
                "position_angle_rad": 0.5,
            })
        };
        Ok(json!({
            "difference_image_path": "difference.fits",
            "noise_level": 1.5,
            "detection_threshold": 5.0,
            "candidates": (0..CANDIDATES).map(candidate).collect::<Vec<_>>(),
        }))
    }
}

/// Takes the first three sources of an image for real, and the first for certain.
pub(crate) struct Inference;

#[async_trait::async_trait]
impl Stage for Inference {
    async fn run(&self, input: &Value) -> Result<Value, StageFailure> {
        let candidates = input["candidates"].as_array();
        let candidates = candidates.ok_or_else(|| StageFailure::lasting("no candidates"))?;
        let scores = candidates.iter().map(|candidate| {
            let confidence = match candidate["pixel_x"].as_u64() {
                Some(0) => 0.97,
                Some(8 | 16) => 0.6,
                _ => 0.1,
            };
            json!({ "candidate_id": candidate["id"], "confidence": confidence })
        });
        Ok(
            json!({ "scores": scores.collect::<Vec<_>>(), "inference_time_ms": 12, "memory_usage_mb": 800 }),
        )
    }
}
