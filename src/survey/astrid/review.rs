//! The model's part and the people's: runs, detections, votes and alerts.

use almanac_entity::astrid::{
    AlertPriority, AlertStatus, CandidateStatus, ConfidenceLevel, DetectionStatus, DetectionType,
    ModelRunStatus, ModelType, QualityLevel, alert, detection, ml_model, model_run,
    validation_event,
};
use almanac_service::Transaction;
use anyhow::Result;
use rand::RngExt;
use sea_orm::{
    ActiveValue::Set,
    prelude::{Decimal, Uuid},
};
use serde_json::json;

use super::{
    super::{
        UnixTime, World, Writer,
        random::{Draw, Random},
    },
    Exposure, Found, decimal, instant,
};

/// The deployed version of the model.
const VERSION: &str = "1.4.0";
/// Confidence from which an alert goes out.
const ALERT_CONFIDENCE: f64 = 0.8;

/// Rows that jobs were about.
pub(super) struct Reviewed {
    /// Model runs, whether they ended well, and when.
    pub(super) runs: Vec<(Uuid, ModelRunStatus, UnixTime)>,
    /// Alerts, whether they wait, and when they were made.
    pub(super) alerts: Vec<(Uuid, AlertStatus, UnixTime)>,
}

pub(super) async fn fill(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    random: &mut Random,
    world: &World,
    exposures: &[Exposure],
) -> Result<Reviewed> {
    let deployed = UnixTime(world.survey.now.0 - 40.0 * 86_400.0);
    let models = [model(random, "1.3.2", 0.88, None), model(random, VERSION, 0.92, Some(deployed))]
        .map(|model| ml_model::ActiveModel {
            created_at: Set(instant(UnixTime(deployed.0 - 86_400.0))),
            updated_at: Set(instant(deployed)),
            ..model
        });
    let id = *models[1].id.as_ref();
    writer.insert(transaction, ml_model::Entity, models).await?;

    let mut reviewed = Reviewed { runs: Vec::new(), alerts: Vec::new() };
    let (mut runs, mut detections) = (Vec::new(), Vec::new());
    let (mut votes, mut alerts) = (Vec::new(), Vec::new());
    for (number, exposure) in exposures.iter().enumerate() {
        let scored =
            exposure.candidates.iter().any(|found| found.status == CandidateStatus::Detected);
        let status = match (scored, exposure.candidates.is_empty(), number % 12) {
            (_, true, _) => continue,
            (true, ..) => ModelRunStatus::Completed,
            (_, _, 4) => ModelRunStatus::Failed,
            _ => ModelRunStatus::Pending,
        };
        let started = UnixTime(exposure.taken.0 + 800.0);
        let run = random.uuid(started);
        reviewed.runs.push((run, status, started));
        let kept =
            exposure.candidates.iter().filter(|found| found.status == CandidateStatus::Detected);
        let mut sure = 0;
        for found in kept {
            let confidence = random.between(0.5, 0.995);
            sure += i32::from(confidence >= ALERT_CONFIDENCE);
            let mut row = detection(random, exposure, found, run, confidence);
            votes.extend(review(random, &mut row, confidence, detections.len(), started));
            alerts.extend(alert(random, &row, confidence, detections.len(), started));
            detections.push(row);
        }
        runs.push(inference(random, id, run, exposure, status, started, sure));
    }
    writer.insert(transaction, model_run::Entity, runs).await?;
    writer.insert(transaction, detection::Entity, detections).await?;
    writer.insert(transaction, validation_event::Entity, votes).await?;
    let made = alerts
        .iter()
        .map(|alert| (*alert.id.as_ref(), *alert.status.as_ref(), alert.created_at.as_ref()));
    reviewed.alerts = made.map(|(id, status, at)| (id, status, UnixTime::from(*at))).collect();
    writer.insert(transaction, alert::Entity, alerts).await?;
    Ok(reviewed)
}

fn model(
    random: &mut Random,
    version: &str,
    score: f64,
    deployed: Option<UnixTime>,
) -> ml_model::ActiveModel {
    ml_model::ActiveModel {
        id: Set(random.uuid(deployed.unwrap_or_default())),
        name: Set("transient-unet".to_owned()),
        version: Set(version.to_owned()),
        model_type: Set(ModelType::Unet),
        architecture: Set(Some(
            json!({"depth": 4, "filters": [32, 64, 128, 256], "input_size": [512, 512]}),
        )),
        hyperparameters: Set(Some(json!({"learning_rate": 3e-4, "batch_size": 16, "epochs": 60}))),
        training_dataset: Set(Some("ztf-triplets-2025".to_owned())),
        training_metrics: Set(Some(json!({"loss": [0.41, 0.19, 0.11, 0.083]}))),
        precision: Set(Some(decimal(score + 0.02, 4))),
        recall: Set(Some(decimal(score - 0.03, 4))),
        f1_score: Set(Some(decimal(score - 0.01, 4))),
        accuracy: Set(Some(decimal(score + 0.01, 4))),
        is_active: Set(deployed.is_some()),
        deployment_date: Set(deployed.map(instant)),
        model_path: Set(Some(format!("models/transient-unet-{version}.onnx"))),
        mlflow_run_id: Set(Some(format!("{:016x}", random.random::<u64>()))),
        training_energy_wh: Set(Some(decimal(random.around(5_200.0, 0.1), 4))),
        training_avg_power_w: Set(Some(decimal(288.4, 2))),
        training_peak_power_w: Set(Some(decimal(341.0, 2))),
        training_duration_seconds: Set(Some(64_800)),
        training_carbon_footprint_kg: Set(Some(decimal(1.87, 6))),
        ..Default::default()
    }
}

fn inference(
    random: &mut Random,
    model: Uuid,
    id: Uuid,
    exposure: &Exposure,
    status: ModelRunStatus,
    started: UnixTime,
    sure: i32,
) -> model_run::ActiveModel {
    let (done, failed) = (status == ModelRunStatus::Completed, status == ModelRunStatus::Failed);
    let milliseconds = random.random_range(900..2_600);
    let ended = UnixTime(started.0 + f64::from(milliseconds) / 1e3);
    let scored = exposure
        .candidates
        .iter()
        .filter(|found| found.status != CandidateStatus::Duplicate)
        .count();
    model_run::ActiveModel {
        id: Set(id),
        model_id: Set(model),
        observation_id: Set(Some(exposure.id)),
        input_image_path: Set(exposure.difference_run.map(|run| format!("differences/{run}.fits"))),
        output_mask_path: Set(done.then(|| format!("masks/{id}.fits"))),
        confidence_map_path: Set(done.then(|| format!("confidence/{id}.fits"))),
        inference_time_ms: Set(done.then_some(milliseconds)),
        memory_usage_mb: Set(done.then(|| random.random_range(1_800..2_400))),
        total_predictions: Set(done.then(|| i32::try_from(scored).expect("an image is small"))),
        high_confidence_predictions: Set(done.then_some(sure)),
        started_at: Set((done || failed).then(|| instant(started))),
        completed_at: Set((done || failed).then(|| instant(ended))),
        error_message: Set(failed.then(|| "out of memory on device 0".to_owned())),
        status: Set(status),
        created_at: Set(instant(UnixTime(started.0 - 20.0))),
        updated_at: Set(instant(if done || failed { ended } else { started })),
        energy_consumed_wh: Set(done.then(|| decimal(random.around(0.11, 0.2), 4))),
        avg_power_draw_w: Set(done.then(|| decimal(random.around(212.0, 0.1), 2))),
        peak_power_draw_w: Set(done.then(|| decimal(random.around(270.0, 0.05), 2))),
        carbon_footprint_g: Set(done.then(|| decimal(random.around(0.04, 0.2), 4))),
    }
}

fn detection(
    random: &mut Random,
    exposure: &Exposure,
    found: &Found,
    run: Uuid,
    confidence: f64,
) -> detection::ActiveModel {
    let size = random.random_range(12..160);
    let kind = match (confidence, size) {
        (0.8.., 51..) => DetectionType::Supernova,
        (0.6.., 21..) => DetectionType::Variable,
        _ => DetectionType::Transient,
    };
    let (x, y) = found.pixel;
    let made = UnixTime(exposure.taken.0 + 803.0);
    detection::ActiveModel {
        id: Set(random.uuid(made)),
        model_run_id: Set(run),
        observation_id: Set(exposure.id),
        candidate_id: Set(Some(found.id)),
        ra: Set(decimal(found.position.0, 7)),
        dec: Set(decimal(found.position.1, 7)),
        pixel_x: Set(x),
        pixel_y: Set(y),
        confidence_score: Set(decimal(confidence, 4)),
        detection_type: Set(kind),
        model_version: Set(VERSION.to_owned()),
        inference_time_ms: Set(Some(random.random_range(6..30))),
        prediction_metadata: Set(Some(json!({
            "window": [x - 16, y - 16, x + 16, y + 16],
            "quality_score": (random.between(0.6, 1.0) * 1e3_f64).round() / 1e3,
            "size_px": size,
            "brightness": (random.between(0.3, 1.0) * 1e3_f64).round() / 1e3,
        }))),
        status: Set(DetectionStatus::Pending),
        is_validated: Set(false),
        validation_confidence: Set(None),
        human_label: Set(None),
        created_at: Set(instant(made)),
        updated_at: Set(instant(made)),
        healpix: sea_orm::NotSet,
    }
}

/// Lets reviewers vote, and sets what follows from their votes.
fn review(
    random: &mut Random,
    detection: &mut detection::ActiveModel,
    confidence: f64,
    number: usize,
    started: UnixTime,
) -> Vec<validation_event::ActiveModel> {
    use ConfidenceLevel::{Expert, High, Low, Medium};
    let kind = detection.detection_type.as_ref().as_str();
    let real = confidence > 0.62;
    // What the two reviewers say, how sure they are, and what becomes of the detection.
    let (votes, status, agreement): (Vec<_>, _, Option<Decimal>) = match (number % 7, real) {
        (0, _) => (vec![], DetectionStatus::Pending, None),
        (1, _) => (vec![(real, Medium)], DetectionStatus::Validating, None),
        (2, _) => (vec![(true, Medium), (false, Medium)], DetectionStatus::Validating, None),
        (3, true) => {
            (vec![(true, Expert), (false, Low)], DetectionStatus::Validated, Some(decimal(0.8, 4)))
        }
        (4, true) => {
            (vec![(true, High), (true, Expert)], DetectionStatus::Confirmed, Some(decimal(1.0, 4)))
        }
        (5, true) => {
            (vec![(true, High), (true, High)], DetectionStatus::Archived, Some(decimal(1.0, 4)))
        }
        (_, true) => {
            (vec![(true, High), (true, Medium)], DetectionStatus::Validated, Some(decimal(1.0, 4)))
        }
        (_, false) => {
            (vec![(false, High), (false, Medium)], DetectionStatus::Rejected, Some(decimal(1.0, 4)))
        }
    };
    let accepted = real && agreement.is_some();
    let label = |valid| if valid { kind } else { "artifact" };
    detection.status = Set(status);
    detection.is_validated = Set(accepted);
    detection.validation_confidence = Set(agreement);
    detection.human_label = Set(agreement.is_some().then(|| label(accepted).to_owned()));
    let id = *detection.id.as_ref();
    let mut rows = Vec::new();
    for (place, (valid, level)) in votes.into_iter().enumerate() {
        let at = UnixTime(started.0 + 600.0 + 240.0 * place as f64 + random.between(0.0, 200.0));
        detection.updated_at = Set(instant(at));
        rows.push(validation_event::ActiveModel {
            id: Set(random.uuid(at)),
            detection_id: Set(id),
            validator_id: Set(["vera", "milton"][place].to_owned()),
            is_valid: Set(valid),
            label: Set(Some(label(valid).to_owned())),
            confidence_level: Set(Some(level)),
            notes: Set((!valid).then(|| "Residual of a bright star.".to_owned())),
            tags: Set(Some(json!(if valid { ["follow-up"] } else { ["subtraction"] }))),
            image_quality: Set(Some(QualityLevel::Good)),
            detection_quality: Set(Some(if valid {
                QualityLevel::Excellent
            } else {
                QualityLevel::Poor
            })),
            created_at: Set(instant(at)),
            updated_at: Set(instant(at)),
        });
    }
    rows
}

/// The alert that a sure detection gave rise to, by one channel or another.
fn alert(
    random: &mut Random,
    detection: &detection::ActiveModel,
    confidence: f64,
    number: usize,
    started: UnixTime,
) -> Option<alert::ActiveModel> {
    let priority = match confidence {
        0.95.. => AlertPriority::Critical,
        0.85.. => AlertPriority::High,
        ALERT_CONFIDENCE.. => AlertPriority::Medium,
        _ => return None,
    };
    let (channel, status) = match number % 6 {
        0 => ("dashboard", AlertStatus::Pending),
        1 => ("slack", AlertStatus::Sent),
        2 => ("email", AlertStatus::Failed),
        3 => ("email", AlertStatus::Cancelled),
        _ => ("dashboard", AlertStatus::Delivered),
    };
    let sent = matches!(status, AlertStatus::Sent | AlertStatus::Delivered);
    let failed = status == AlertStatus::Failed;
    let made = UnixTime(started.0 + 30.0);
    let kind = detection.detection_type.as_ref().as_str();
    let (ra, dec) = (detection.ra.as_ref(), detection.dec.as_ref());
    Some(alert::ActiveModel {
        id: Set(random.uuid(made)),
        detection_id: Set(*detection.id.as_ref()),
        alert_type: Set(channel.to_owned()),
        priority: Set(priority),
        title: Set(format!("Likely {kind} at {ra} {dec:+}")),
        message: Set(format!(
            "The model takes it for a {kind}, with a confidence of {confidence:.3}."
        )),
        alert_metadata: Set(Some(json!({"rule": "alerts.rules", "confidence": confidence}))),
        status: Set(status),
        sent_at: Set(sent.then(|| instant(UnixTime(made.0 + 8.0)))),
        delivery_attempts: Set(if failed { 3 } else { i32::from(sent) }),
        error_message: Set(failed.then(|| "the mail server refused the connection".to_owned())),
        created_at: Set(instant(made)),
        updated_at: Set(instant(UnixTime(made.0 + 8.0))),
    })
}
