//! A little of everything that AstrID has, under keys that examples can name: the last three digits tell the table
//! and the row.

use almanac_entity::{
    Database,
    astrid::{
        AlertPriority, AlertStatus, CandidateStatus, DetectionStatus, DetectionType,
        DifferenceRunStatus, ModelRunStatus, ModelType, ObservationStatus, PreprocessRunStatus,
        ProcessingJobStatus, alert, candidate, detection, difference_run, ml_model, model_run,
        observation, preprocess_run, processing_job, survey, validation_event,
    },
};
use almanac_service::{Repository, Sessions, Writer};
use chrono::{DateTime, Utc};
use sea_orm::{
    Set,
    prelude::{Decimal, Uuid},
};

/// The key that ends in these digits.
fn key(digits: u128) -> Uuid {
    Uuid::from_u128(0x7000_8000_0000_0000_0000 + digits)
}

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap()
}

/// Fills the tables.
pub(crate) async fn fill(sessions: &Sessions) {
    let writer = sessions.writer(Database::Astrid).await.unwrap();
    surveys(&writer).await;
    observations(&writer).await;
    runs(&writer).await;
    candidates(&writer).await;
    models(&writer).await;
    detections(&writer).await;
    alerts(&writer).await;
    jobs(&writer).await;
}

async fn surveys(writer: &Writer) {
    for (id, name) in [(0x101, "Alpha"), (0x102, "Beta")] {
        let row = survey::ActiveModel {
            id: Set(key(id)),
            name: Set(name.to_owned()),
            description: Set(Some("made up".to_owned())),
            base_url: Set(None),
            api_endpoint: Set(None),
            is_active: Set(true),
            created_at: Set(at()),
            updated_at: Set(at()),
        };
        Repository::<_, survey::Entity>::new(writer).insert(row).await.unwrap();
    }
}

/// One of each state that matters: 203 has come through all stages, and 206 is at work.
async fn observations(writer: &Writer) {
    use ObservationStatus::{Differenced, Failed, Ingested, Preprocessed, Preprocessing};
    for (id, status) in [
        (0x201, Ingested),
        (0x202, Preprocessed),
        (0x203, Differenced),
        (0x204, Failed),
        (0x206, Preprocessing),
    ] {
        let row = observation::ActiveModel {
            id: Set(key(id)),
            survey_id: Set(key(0x101)),
            observation_id: Set(format!("exposure {id:x}")),
            ra: Set(Decimal::from(10)),
            dec: Set(Decimal::from(20)),
            observation_time: Set(at()),
            filter_band: Set("g".to_owned()),
            exposure_time: Set(Decimal::from(30)),
            fits_url: Set("https://example.org/raw.fits".to_owned()),
            seeing: Set(Some(Decimal::ONE)),
            status: Set(status),
            created_at: Set(at()),
            updated_at: Set(at()),
            ..Default::default()
        };
        Repository::<_, observation::Entity>::new(writer).insert(row).await.unwrap();
    }
}

async fn runs(writer: &Writer) {
    let preprocess = preprocess_run::ActiveModel {
        id: Set(key(0xb01)),
        observation_id: Set(key(0x206)),
        status: Set(PreprocessRunStatus::Running),
        started_at: Set(Some(at())),
        created_at: Set(at()),
        updated_at: Set(at()),
        ..Default::default()
    };
    Repository::<_, preprocess_run::Entity>::new(writer).insert(preprocess).await.unwrap();
    let difference = difference_run::ActiveModel {
        id: Set(key(0x301)),
        observation_id: Set(key(0x203)),
        status: Set(DifferenceRunStatus::Completed),
        algorithm: Set("zogy".to_owned()),
        started_at: Set(Some(at())),
        completed_at: Set(Some(at())),
        created_at: Set(at()),
        updated_at: Set(at()),
        ..Default::default()
    };
    Repository::<_, difference_run::Entity>::new(writer).insert(difference).await.unwrap();
}

async fn candidates(writer: &Writer) {
    use CandidateStatus::{Detected, Duplicate, Pending, Rejected};
    let states = [Pending, Rejected, Duplicate, Detected, Duplicate];
    for (number, status) in states.into_iter().enumerate() {
        let row = candidate::ActiveModel {
            id: Set(key(0x401 + number as u128)),
            difference_run_id: Set(key(0x301)),
            observation_id: Set(key(0x203)),
            ra: Set(Decimal::from(10)),
            dec: Set(Decimal::from(20)),
            pixel_x: Set(i32::try_from(number).unwrap()),
            pixel_y: Set(0),
            status: Set(status),
            created_at: Set(at()),
            updated_at: Set(at()),
            ..Default::default()
        };
        Repository::<_, candidate::Entity>::new(writer).insert(row).await.unwrap();
    }
}

async fn models(writer: &Writer) {
    for (id, version, is_active) in [(0x601, "1", true), (0x602, "2", false)] {
        let row = ml_model::ActiveModel {
            id: Set(key(id)),
            name: Set("hunter".to_owned()),
            version: Set(version.to_owned()),
            model_type: Set(ModelType::Classifier),
            is_active: Set(is_active),
            deployment_date: Set(is_active.then(at)),
            created_at: Set(at()),
            updated_at: Set(at()),
            ..Default::default()
        };
        Repository::<_, ml_model::Entity>::new(writer).insert(row).await.unwrap();
    }
    let run = model_run::ActiveModel {
        id: Set(key(0x701)),
        model_id: Set(key(0x601)),
        observation_id: Set(Some(key(0x203))),
        status: Set(ModelRunStatus::Completed),
        started_at: Set(Some(at())),
        completed_at: Set(Some(at())),
        created_at: Set(at()),
        updated_at: Set(at()),
        ..Default::default()
    };
    Repository::<_, model_run::Entity>::new(writer).insert(run).await.unwrap();
}

/// Of which 803 has the votes of two.
async fn detections(writer: &Writer) {
    use DetectionStatus::{Archived, Pending, Validated};
    let states = [Pending, Pending, Validated, Pending, Archived, Validated];
    for (number, status) in states.into_iter().enumerate() {
        let row = detection::ActiveModel {
            id: Set(key(0x801 + number as u128)),
            model_run_id: Set(key(0x701)),
            observation_id: Set(key(0x203)),
            candidate_id: Set((number == 0).then(|| key(0x404))),
            ra: Set(Decimal::from(10)),
            dec: Set(Decimal::from(20)),
            pixel_x: Set(1),
            pixel_y: Set(1),
            confidence_score: Set(Decimal::new(9, 1)),
            detection_type: Set(DetectionType::Transient),
            model_version: Set("1".to_owned()),
            status: Set(status),
            is_validated: Set(status == Validated),
            created_at: Set(at()),
            updated_at: Set(at()),
            ..Default::default()
        };
        Repository::<_, detection::Entity>::new(writer).insert(row).await.unwrap();
    }
    for (id, reviewer) in [(0x901, "ada"), (0x902, "ben")] {
        let row = validation_event::ActiveModel {
            id: Set(key(id)),
            detection_id: Set(key(0x803)),
            validator_id: Set(reviewer.to_owned()),
            is_valid: Set(true),
            created_at: Set(at()),
            updated_at: Set(at()),
            ..Default::default()
        };
        Repository::<_, validation_event::Entity>::new(writer).insert(row).await.unwrap();
    }
}

async fn alerts(writer: &Writer) {
    use AlertStatus::{Delivered, Failed, Pending};
    for (id, detection, channel, status) in [
        (0xa01, 0x801, "dashboard", Pending),
        (0xa02, 0x802, "email", Failed),
        (0xa03, 0x803, "webhook", Pending),
        (0xa04, 0x804, "email", Delivered),
    ] {
        let row = alert::ActiveModel {
            id: Set(key(id)),
            detection_id: Set(key(detection)),
            alert_type: Set(channel.to_owned()),
            priority: Set(AlertPriority::High),
            title: Set("A transient".to_owned()),
            message: Set("It is bright.".to_owned()),
            status: Set(status),
            sent_at: Set((status == Delivered).then(at)),
            created_at: Set(at()),
            updated_at: Set(at()),
            ..Default::default()
        };
        Repository::<_, alert::Entity>::new(writer).insert(row).await.unwrap();
    }
}

/// 501 runs; 502 and 504 failed; 503 is done; 505 waits to deliver alert a03.
async fn jobs(writer: &Writer) {
    use ProcessingJobStatus::{Completed, Failed, Pending, Running};
    for (id, kind, entity, entity_type, status) in [
        (0x501, "preprocess", 0x206, "observation", Running),
        (0x502, "difference", 0x202, "observation", Failed),
        (0x503, "notify", 0xa04, "alert", Completed),
        (0x504, "ingest", 0x101, "survey", Failed),
        (0x505, "notify", 0xa03, "alert", Pending),
    ] {
        let is_running = status == Running;
        let row = processing_job::ActiveModel {
            id: Set(key(id)),
            job_type: Set(kind.to_owned()),
            entity_id: Set(key(entity)),
            entity_type: Set(entity_type.to_owned()),
            status: Set(status),
            retry_count: Set(0),
            max_retries: Set(3),
            priority: Set(1),
            scheduled_at: Set(at()),
            started_at: Set(is_running.then(at)),
            completed_at: Set(matches!(status, Completed | Failed).then(at)),
            claimed_by: Set(is_running.then(|| "worker".to_owned())),
            claim_token: Set(is_running.then(|| key(0xfff))),
            lease_expires_at: Set(is_running.then(at)),
            created_at: Set(at()),
            updated_at: Set(at()),
            ..Default::default()
        };
        Repository::<_, processing_job::Entity>::new(writer).insert(row).await.unwrap();
    }
}
