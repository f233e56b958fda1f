//! Exposures, what is made of them, and the work that it takes.

use almanac_entity::astrid::{
    CandidateStatus, DifferenceRunStatus, ObservationStatus, PreprocessRunStatus,
    ProcessingJobStatus, candidate, difference_run, observation, preprocess_run, processing_job,
    survey, system_config,
};
use rand::{RngExt, SeedableRng, rngs::ChaCha12Rng};
use rand_distr::Beta;
use sea_orm::{ActiveValue::Set, ConnectionTrait, prelude::Decimal};
use serde_json::json;

use super::{Night, at, begin, count, decimal, id, observation_id, own_survey};

impl<C: ConnectionTrait> Night<'_, C> {
    pub(super) async fn core(&mut self) {
        let made = begin();
        self.insert::<survey::Entity>(vec![survey::ActiveModel {
            id: Set(own_survey()),
            name: Set("The night's".to_owned()),
            description: Set(Some("Exposures of one night".to_owned())),
            base_url: Set(Some("https://example.org".to_owned())),
            api_endpoint: Set(None),
            is_active: Set(true),
            created_at: Set(made),
            updated_at: Set(made),
        }])
        .await;
        self.insert::<system_config::Entity>(vec![system_config::ActiveModel {
            id: Set(id(3, 0)),
            key: Set("night.weather".to_owned()),
            value: Set(
                json!({"clouds": 0.25, "wind_m_s": null, "remarks": ["clear", "it's cold"]}),
            ),
            description: Set(None),
            is_active: Set(true),
            created_at: Set(made),
            updated_at: Set(made),
        }])
        .await;
        let rows = (0..self.size.observations).map(|number| self.observation(number)).collect();
        self.insert::<observation::Entity>(rows).await;
    }

    fn observation(&mut self, number: u32) -> observation::ActiveModel {
        let (ra, dec) = field(number);
        let status = match number {
            number if number < self.size.images => ObservationStatus::Differenced,
            number if number.is_multiple_of(2) => ObservationStatus::Failed,
            _ => ObservationStatus::Ingested,
        };
        observation::ActiveModel {
            id: Set(observation_id(number)),
            survey_id: Set(own_survey()),
            observation_id: Set(format!("exposure {number}")),
            ra: Set(decimal(ra, 7)),
            dec: Set(decimal(dec, 7)),
            observation_time: Set(at(number * 30)),
            filter_band: Set(["zg", "zr", "zi"][number as usize % 3].to_owned()),
            exposure_time: Set(Decimal::from(30)),
            fits_url: Set(format!("s3://raw/{number}.fits")),
            pixel_scale: Set(Some(decimal(1.01, 4))),
            image_width: Set(Some(3_072)),
            image_height: Set(Some(3_080)),
            airmass: Set(Some(decimal(self.chance.random_range(1.0..2.5), 2))),
            seeing: Set(Some(decimal(self.chance.random_range(0.8..3.0), 3))),
            status: Set(status),
            fits_file_path: Set(Some(format!("raw/{number}.fits"))),
            created_at: Set(at(number * 30 + 31)),
            updated_at: Set(at(number * 30 + 400)),
            ..Default::default()
        }
    }

    pub(super) async fn pipeline(&mut self) {
        let runs = (0..self.size.observations).map(|number| self.preprocessed(number)).collect();
        self.insert::<preprocess_run::Entity>(runs).await;
        let runs = (0..self.size.images).map(|number| self.differenced(number)).collect();
        self.insert::<difference_run::Entity>(runs).await;
        for image in 0..self.size.images {
            let of_image = 0..self.size.candidates_per_image;
            let rows = of_image.map(|number| self.candidate(image, number)).collect();
            self.insert::<candidate::Entity>(rows).await;
        }
        let kinds = ["preprocess", "difference", "inference", "validate"];
        let jobs = (0..self.size.observations).flat_map(|number| {
            let stages = if number < self.size.images { 4 } else { 1 };
            (0..stages).map(move |stage| job(number, stage, kinds[stage as usize]))
        });
        self.insert::<processing_job::Entity>(jobs.collect()).await;
    }

    fn preprocessed(&mut self, number: u32) -> preprocess_run::ActiveModel {
        let failed = number >= self.size.images && number.is_multiple_of(2);
        let (status, error) = if failed {
            (PreprocessRunStatus::Failed, Some("no stars found".to_owned()))
        } else {
            (PreprocessRunStatus::Completed, None)
        };
        preprocess_run::ActiveModel {
            id: Set(id(4, number)),
            observation_id: Set(observation_id(number)),
            status: Set(status),
            calibration_applied: Set(true),
            wcs_aligned: Set(!failed),
            registration_quality: Set(Some(decimal(self.chance.random_range(0.0..1.0), 3))),
            wcs_info: Set(Some(
                json!({"ctype": ["RA---TAN", "DEC--TAN"], "crpix": [1536.5, 1540]}),
            )),
            started_at: Set(Some(at(number * 30 + 40))),
            completed_at: Set(Some(at(number * 30 + 160))),
            processing_time_seconds: Set(Some(121)),
            error_message: Set(error),
            retry_count: Set(i32::from(failed) * 3),
            created_at: Set(at(number * 30 + 32)),
            updated_at: Set(at(number * 30 + 160)),
            ..Default::default()
        }
    }

    fn differenced(&mut self, image: u32) -> difference_run::ActiveModel {
        let reference = (image + 1) % self.size.observations;
        difference_run::ActiveModel {
            id: Set(id(5, image)),
            observation_id: Set(observation_id(image)),
            reference_observation_id: Set(image
                .is_multiple_of(2)
                .then(|| observation_id(reference))),
            status: Set(DifferenceRunStatus::Completed),
            algorithm: Set("zogy".to_owned()),
            parameters: Set(Some(json!({"psf_fwhm_px": 4.0}))),
            noise_level: Set(Some(decimal(self.chance.random_range(0.5..9.0), 6))),
            detection_threshold: Set(Some(Decimal::from(5))),
            candidates_found: Set(count(self.size.candidates_per_image)),
            started_at: Set(Some(at(image * 30 + 170))),
            completed_at: Set(Some(at(image * 30 + 265))),
            processing_time_seconds: Set(Some(96)),
            retry_count: Set(0),
            created_at: Set(at(image * 30 + 161)),
            updated_at: Set(at(image * 30 + 265)),
            ..Default::default()
        }
    }

    /// A place in the field of an image.
    pub(super) fn near(&mut self, image: u32) -> (Decimal, Decimal) {
        let (ra, dec) = field(image);
        let dec = (dec + self.chance.random_range(-0.28..0.28)).clamp(-89.9, 89.9);
        let aside = self.chance.random_range(-0.28..0.28) / dec.to_radians().cos();
        (decimal((ra + aside).rem_euclid(360.0), 7), decimal(dec, 7))
    }

    fn candidate(&mut self, image: u32, number: u32) -> candidate::ActiveModel {
        let (ra, dec) = self.near(image);
        let chance = &mut self.chance;
        let significance = 5.0 - 20.0 * (1.0 - chance.random_range(0.0_f64..1.0)).ln();
        let shape: f64 = chance.sample(Beta::new(2.0, 6.0).unwrap());
        let status = match number {
            0 => CandidateStatus::Detected,
            number if number.is_multiple_of(7) => CandidateStatus::Duplicate,
            number if number.is_multiple_of(3) => CandidateStatus::Rejected,
            _ => CandidateStatus::Pending,
        };
        candidate::ActiveModel {
            id: Set(id(6, image * self.size.candidates_per_image + number)),
            difference_run_id: Set(id(5, image)),
            observation_id: Set(observation_id(image)),
            ra: Set(ra),
            dec: Set(dec),
            pixel_x: Set(count(number % 64 * 48)),
            pixel_y: Set(count(number / 64 * 48)),
            flux: Set(Some(decimal(chance.random_range(-9_000.0..90_000.0), 6))),
            flux_error: Set(Some(decimal(chance.random_range(1.0..90.0), 6))),
            significance: Set(Some(decimal(significance, 3))),
            snr: Set(Some(decimal(significance * 0.98, 3))),
            fwhm: Set(Some(decimal(chance.random_range(1.5..8.0), 3))),
            ellipticity: Set(Some(decimal(shape, 3))),
            position_angle: Set(Some(decimal(chance.random_range(0.0..180.0), 2))),
            is_saturated: Set(number.is_multiple_of(50)),
            is_blended: Set(number.is_multiple_of(9)),
            is_edge: Set(number.is_multiple_of(64)),
            status: Set(status),
            created_at: Set(at(image * 30 + 264)),
            updated_at: Set(at(image * 30 + 264)),
            ..Default::default()
        }
    }
}

fn job(observation: u32, stage: u32, job_type: &str) -> processing_job::ActiveModel {
    let began = observation * 30 + 33 + stage * 60;
    processing_job::ActiveModel {
        id: Set(id(7, observation * 4 + stage)),
        job_type: Set(job_type.to_owned()),
        entity_id: Set(observation_id(observation)),
        entity_type: Set("observation".to_owned()),
        status: Set(ProcessingJobStatus::Completed),
        priority: Set(count(stage + 2)),
        workflow_id: Set(Some(format!("pass {observation}"))),
        scheduled_at: Set(at(began)),
        started_at: Set(Some(at(began + 1))),
        completed_at: Set(Some(at(began + 50))),
        claimed_by: Set(Some("worker".to_owned())),
        created_at: Set(at(began)),
        updated_at: Set(at(began + 50)),
        ..Default::default()
    }
}

/// Where the telescope looks, degrees: anywhere on the sphere.
fn field(number: u32) -> (f64, f64) {
    let mut chance = ChaCha12Rng::seed_from_u64(number.into());
    let height = chance.random_range(-1.0_f64..1.0);
    (chance.random_range(0.0..360.0), height.asin().to_degrees())
}
