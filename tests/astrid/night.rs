//! The rows of a night, made up by chance that repeats itself: the same ones each time, on both engines.

use std::{env, ops::RangeInclusive};

use almanac_entity::{
    Table,
    astrid::{
        AlertPriority, AlertStatus, CandidateStatus, ConfidenceLevel, DetectionStatus,
        DetectionType, DifferenceRunStatus, ModelRunStatus, ModelType, ObservationStatus,
        PreprocessRunStatus, ProcessingJobStatus, alert, audit_record, candidate, detection,
        difference_run, ml_model, model_run, observation, preprocess_run, processing_job, survey,
        system_config, validation_event,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, SeedableRng, rngs::ChaCha12Rng};
use rand_distr::Beta;
use sea_orm::{
    ActiveModelTrait, ActiveValue,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseConnection, IdenStatic, Iterable, TransactionTrait,
    prelude::{Decimal, Uuid},
    sea_query::{Expr, Query},
};
use serde_json::json;

use crate::support::{Schema, TestDatabase};

/// Rows of one statement.
const ROWS: usize = 500;

/// How many rows of what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) observations: u32,
    /// How many of them come as far as a difference image.
    pub(crate) images: u32,
    pub(crate) candidates_per_image: u32,
    pub(crate) detections_per_image: u32,
}

/// Enough for logic.
pub(crate) const UNIT: Size =
    Size { observations: 100, images: 10, candidates_per_image: 256, detections_per_image: 3 };

/// Enough for a backup to have something to hold.
pub(crate) const SMALL: Size = Size { candidates_per_image: 20, ..UNIT };

/// A night of the telescope where `ALMANAC_LONG` asks for it, else the twentieth part of one.
pub(crate) fn night() -> Size {
    let whole = Size { observations: 1_000, images: 945, ..UNIT };
    if env::var("ALMANAC_LONG").is_ok_and(|value| value == "1") {
        return whole;
    }
    Size { observations: whole.observations / 20, images: whole.images / 20, ..whole }
}

/// Fills the tables of these phases, as far as they are there, in one transaction.
pub(crate) async fn fill(connection: &DatabaseConnection, size: Size, phases: RangeInclusive<u8>) {
    let schema = Schema::read(connection).await;
    let transaction = connection.begin().await.unwrap();
    let mut night = Night {
        schema: &schema,
        connection: &transaction,
        size,
        chance: ChaCha12Rng::seed_from_u64(1_054),
    };
    for phase in phases {
        match phase {
            1 => night.core().await,
            2 => night.pipeline().await,
            3 => night.learning().await,
            _ => night.curation().await,
        }
    }
    transaction.commit().await.unwrap();
}

/// A database at its newest revision with a night in it.
pub(crate) async fn filled(engine: crate::support::Engine, size: Size) -> TestDatabase {
    let test = TestDatabase::migrated(almanac_database::Database::Astrid, engine).await;
    let connection = test.connection().await;
    fill(&connection, size, 1..=4).await;
    connection.close().await.unwrap();
    test
}

/// When the night begins.
fn begin() -> DateTime<Utc> {
    "2025-10-01T02:00:00.000001Z".parse().unwrap()
}

fn at(seconds: u32) -> DateTime<Utc> {
    begin() + TimeDelta::seconds(seconds.into())
}

/// The key of the row of that number in a table.
fn id(table: u8, number: u32) -> Uuid {
    let milliseconds = begin().timestamp_millis().unsigned_abs() + u64::from(number);
    let [a, b, c, d] = number.to_be_bytes();
    let chance = [table, 0, 0, 0, 0, table, a, b, c, d];
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &chance).into_uuid()
}

/// A survey of the night's own, beside those that the revisions bring.
pub(crate) fn own_survey() -> Uuid {
    id(1, 0)
}

pub(crate) fn observation_id(number: u32) -> Uuid {
    id(2, number)
}

/// Where the telescope looks, degrees: anywhere on the sphere.
fn field(number: u32) -> (f64, f64) {
    let mut chance = ChaCha12Rng::seed_from_u64(number.into());
    let height = chance.random_range(-1.0_f64..1.0);
    (chance.random_range(0.0..360.0), height.asin().to_degrees())
}

fn decimal(number: f64, scale: u32) -> Decimal {
    Decimal::from_f64_retain(number).unwrap().round_dp(scale)
}

fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap()
}

struct Night<'a, C> {
    schema: &'a Schema,
    connection: &'a C,
    size: Size,
    chance: ChaCha12Rng,
}

impl<C: ConnectionTrait> Night<'_, C> {
    /// Inserts rows that set the same columns; those that the table does not have yet are left out.
    async fn insert<E: Table>(&self, rows: Vec<E::ActiveModel>) {
        let entity = E::default();
        let (Some(table), Some(first)) =
            (self.schema.tables.get(entity.table_name()), rows.first())
        else {
            return;
        };
        let columns: Vec<E::Column> = E::Column::iter()
            .filter(|column| matches!(first.get(*column), ActiveValue::Set(_)))
            .filter(|column| table.columns.iter().any(|made| made.name == column.as_str()))
            .collect();
        for rows in rows.chunks(ROWS) {
            let mut insert = Query::insert();
            insert.into_table(entity.table_ref()).columns(columns.iter().copied());
            for row in rows {
                let cells = columns.iter().map(|column| {
                    column.save_as(Expr::val(row.get(*column).into_value().unwrap()))
                });
                insert.values_panic(cells);
            }
            self.connection.execute(&insert).await.unwrap();
        }
    }

    async fn core(&mut self) {
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
            number if number % 2 == 0 => ObservationStatus::Failed,
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

    async fn pipeline(&mut self) {
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
        let (status, error) = match failed {
            true => (PreprocessRunStatus::Failed, Some("no stars found".to_owned())),
            false => (PreprocessRunStatus::Completed, None),
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
            reference_observation_id: Set((image % 2 == 0).then(|| observation_id(reference))),
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
    fn near(&mut self, image: u32) -> (Decimal, Decimal) {
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
            number if number % 7 == 0 => CandidateStatus::Duplicate,
            number if number % 3 == 0 => CandidateStatus::Rejected,
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
            is_saturated: Set(number % 50 == 0),
            is_blended: Set(number % 9 == 0),
            is_edge: Set(number % 64 == 0),
            status: Set(status),
            created_at: Set(at(image * 30 + 264)),
            updated_at: Set(at(image * 30 + 264)),
            ..Default::default()
        }
    }

    async fn learning(&mut self) {
        let models = (0..2).map(|number| ml_model::ActiveModel {
            id: Set(id(8, number)),
            name: Set("transients".to_owned()),
            version: Set(format!("1.{number}")),
            model_type: Set(ModelType::Unet),
            architecture: Set(Some(json!({"layers": 4, "channels": [16, 32, 64, 128]}))),
            precision: Set(Some(decimal(0.87, 4))),
            recall: Set(Some(decimal(0.91, 4))),
            is_active: Set(number == 1),
            deployment_date: Set(Some(begin())),
            training_energy_wh: Set(Some(decimal(1_234.5678, 4))),
            created_at: Set(begin()),
            updated_at: Set(begin()),
            ..Default::default()
        });
        self.insert::<ml_model::Entity>(models.collect()).await;
        let per_image = self.size.detections_per_image;
        let runs = (0..self.size.images).map(|image| model_run::ActiveModel {
            id: Set(id(9, image)),
            model_id: Set(id(8, 1)),
            observation_id: Set(Some(observation_id(image))),
            inference_time_ms: Set(Some(45_800)),
            total_predictions: Set(Some(count(per_image))),
            high_confidence_predictions: Set(Some(1)),
            status: Set(ModelRunStatus::Completed),
            started_at: Set(Some(at(image * 30 + 270))),
            completed_at: Set(Some(at(image * 30 + 316))),
            energy_consumed_wh: Set(Some(decimal(0.8125, 4))),
            created_at: Set(at(image * 30 + 266)),
            updated_at: Set(at(image * 30 + 316)),
            ..Default::default()
        });
        self.insert::<model_run::Entity>(runs.collect()).await;
        let pairs = (0..self.size.images).flat_map(|image| (0..per_image).map(move |n| (image, n)));
        let rows = pairs.map(|(image, number)| self.detection(image, number)).collect();
        self.insert::<detection::Entity>(rows).await;
    }

    fn detection(&mut self, image: u32, number: u32) -> detection::ActiveModel {
        let confidence = match number {
            0 => self.chance.random_range(0.8..1.0),
            _ => self.chance.random_range(0.5..0.8),
        };
        let (ra, dec) = self.near(image);
        let candidate = id(6, image * self.size.candidates_per_image + number);
        detection::ActiveModel {
            id: Set(id(10, image * self.size.detections_per_image + number)),
            model_run_id: Set(id(9, image)),
            observation_id: Set(observation_id(image)),
            candidate_id: Set((number < 2).then_some(candidate)),
            ra: Set(ra),
            dec: Set(dec),
            pixel_x: Set(count(number * 48)),
            pixel_y: Set(0),
            confidence_score: Set(decimal(confidence, 4)),
            detection_type: Set(
                [DetectionType::Supernova, DetectionType::Unknown][number as usize % 2]
            ),
            model_version: Set("1.1".to_owned()),
            prediction_metadata: Set(Some(
                json!({"window": [0, 0, 64, 64], "quality_score": 0.75}),
            )),
            status: Set(if number == 0 {
                DetectionStatus::Confirmed
            } else {
                DetectionStatus::Pending
            }),
            is_validated: Set(number == 0),
            created_at: Set(at(image * 30 + 316)),
            updated_at: Set(at(image * 30 + 900)),
            ..Default::default()
        }
    }

    async fn curation(&mut self) {
        let images = 0..self.size.images;
        let first = |image: u32| id(10, image * self.size.detections_per_image);
        let votes = images.clone().flat_map(|image| (0..2).map(move |n| (image, n))).map(
            |(image, reviewer): (u32, u32)| validation_event::ActiveModel {
                id: Set(id(11, image * 2 + reviewer)),
                detection_id: Set(first(image)),
                validator_id: Set(format!("reviewer {reviewer}")),
                is_valid: Set(true),
                label: Set(Some("supernova".to_owned())),
                confidence_level: Set(Some(ConfidenceLevel::High)),
                tags: Set(Some(json!(["bright", "η Car"]))),
                created_at: Set(at(image * 30 + 600)),
                updated_at: Set(at(image * 30 + 600)),
                ..Default::default()
            },
        );
        self.insert::<validation_event::Entity>(votes.collect()).await;
        let alerts = images.clone().map(|image| alert::ActiveModel {
            id: Set(id(12, image)),
            detection_id: Set(first(image)),
            alert_type: Set("dashboard".to_owned()),
            priority: Set(AlertPriority::High),
            title: Set(format!("Something new on exposure {image}")),
            message: Set("Look at it".to_owned()),
            alert_metadata: Set(Some(json!({"rule": "confidence"}))),
            status: Set(AlertStatus::Delivered),
            sent_at: Set(Some(at(image * 30 + 700))),
            delivery_attempts: Set(1),
            created_at: Set(at(image * 30 + 650)),
            updated_at: Set(at(image * 30 + 700)),
            ..Default::default()
        });
        self.insert::<alert::Entity>(alerts.collect()).await;
        let steps = ["ingested", "preprocessing", "preprocessed", "differencing", "differenced"];
        let trail = images.flat_map(|image| (0..4).map(move |step| (image, step)));
        let trail = trail.map(|(image, step): (u32, u32)| audit_record::ActiveModel {
            id: Set(id(13, image * 4 + step)),
            entity_type: Set("observation".to_owned()),
            entity_id: Set(observation_id(image)),
            action: Set("observation.status".to_owned()),
            user_id: Set(Some("system:worker:night".to_owned())),
            old_values: Set(Some(json!({"status": steps[step as usize]}))),
            new_values: Set(Some(json!({"status": steps[step as usize + 1]}))),
            created_at: Set(at(image * 30 + 40 + step * 60)),
            ..Default::default()
        });
        self.insert::<audit_record::Entity>(trail.collect()).await;
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
