//! Assessments of calibrations and images, and their plots.

use almanac_entity::products::{
    QaArtifactCategory, QaArtifactType, QualityGrade, Severity, calibration_qa, image_qa,
    qa_artifact,
};
use almanac_service::Transaction;
use anyhow::Result;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{
    super::{
        UnixTime, World, Writer,
        random::{Draw, Topic, stream},
        schedule::Observation,
    },
    beam, imaged_at,
    variability::Light,
    work::Jobs,
};

/// What is kept of each observation group.
const ARTIFACTS: [(&str, QaArtifactType, QaArtifactCategory); 4] = [
    ("amplitude_vs_time.png", QaArtifactType::Plot, QaArtifactCategory::Calibration),
    ("image_preview.png", QaArtifactType::Plot, QaArtifactCategory::Imaging),
    ("source_fluxes.csv", QaArtifactType::Table, QaArtifactCategory::Imaging),
    ("run_report.html", QaArtifactType::Report, QaArtifactCategory::System),
];

pub(super) async fn fill(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    world: &World,
    light: &Light,
    jobs: &Jobs,
) -> Result<()> {
    let calibrations = world.schedule.nights().zip(&jobs.calibration);
    let calibrations = calibrations.map(|(night, job)| calibration(world, &night[0], *job));
    writer.insert(transaction, calibration_qa::Entity, calibrations).await?;
    let images = world.schedule.imaged.iter().zip(&jobs.imaging);
    let images = images.map(|(observation, job)| {
        image(world, observation, light.peaks[observation.index] / 1e3, *job)
    });
    writer.insert(transaction, image_qa::Entity, images).await?;
    let artifacts = world.schedule.imaged.iter().flat_map(artifacts);
    writer.insert(transaction, qa_artifact::Entity, artifacts).await
}

fn calibration(world: &World, observation: &Observation, job: i64) -> calibration_qa::ActiveModel {
    let mut random = stream(world.survey.seed, Topic::Calibration, 1 << 40 | observation.night);
    let flagged =
        if observation.bad { random.between(0.2, 0.45) } else { random.between(0.01, 0.12) };
    let mut metrics = |snr: f64, kind: &str| {
        let median = random.around(snr, 0.2) * (1.0 - flagged);
        json!({
            "type": kind,
            "snr_median": median,
            "snr_min": median * 0.3,
            "flagged_fraction": flagged,
            "n_antennas": if observation.bad { 88 } else { 95 },
        })
    };
    let (delays, bandpass, gains) = (metrics(90.0, "K"), metrics(120.0, "BP"), metrics(45.0, "GP"));
    let (grade, severity) = match flagged {
        0.3.. => (QualityGrade::Poor, Severity::Critical),
        0.2.. => (QualityGrade::Marginal, Severity::Warning),
        0.06.. => (QualityGrade::Good, Severity::Info),
        _ => (QualityGrade::Excellent, Severity::Info),
    };
    let windows: Vec<_> = (0..16)
        .map(|window| json!({"spw": window, "flagged_fraction": (flagged * random.between(0.4, 1.6)).min(1.0)}))
        .collect();
    let at = observation.after(1_300.0);
    calibration_qa::ActiveModel {
        ms_path: Set(observation.ms_path()),
        job_id: Set(Some(job)),
        k_metrics: Set(Some(delays.into())),
        bp_metrics: Set(Some(bandpass.into())),
        g_metrics: Set(Some(gains.into())),
        overall_quality: Set(Some(grade.clone())),
        flags_total: Set(Some(flagged)),
        per_spw_stats: Set(Some(json!(windows).into())),
        timestamp: Set(Some(at)),
        passed: Set(Some(flagged < 0.3)),
        n_warnings: Set(Some(i32::from(flagged >= 0.2))),
        n_errors: Set(Some(i32::from(flagged >= 0.3))),
        avg_flag_fraction: Set(Some(flagged)),
        assessment_time_s: Set(Some(random.between(3.0, 9.0))),
        result_json: Set(Some(
            json!({"grade": grade.as_str(), "severity": severity.as_str()}).into(),
        )),
        severity: Set(Some(severity)),
        overall_grade: Set(Some(grade)),
        created_at: Set(Some(at)),
        ..Default::default()
    }
}

fn image(
    world: &World,
    observation: &Observation,
    peak_jy: f64,
    job: i64,
) -> image_qa::ActiveModel {
    let (major, minor, angle) = beam(world, observation);
    let grade = match observation.noise_jy * 1e3 {
        1.2.. => QualityGrade::Poor,
        0.8.. => QualityGrade::Marginal,
        0.5.. => QualityGrade::Good,
        _ => QualityGrade::Excellent,
    };
    image_qa::ActiveModel {
        ms_path: Set(observation.ms_path()),
        job_id: Set(job),
        image_path: Set(observation.image_path()),
        rms_noise: Set(Some(observation.noise_jy)),
        peak_flux: Set(Some(peak_jy)),
        dynamic_range: Set(Some(peak_jy / observation.noise_jy)),
        beam_major: Set(Some(major)),
        beam_minor: Set(Some(minor)),
        beam_pa: Set(Some(angle)),
        num_sources: Set(i32::try_from(world.schedule.measured(observation.index)).ok()),
        thumbnail_path: Set(Some(observation.image_path().replace(".fits", ".png"))),
        overall_quality: Set(Some(grade)),
        timestamp: Set(UnixTime(imaged_at(observation).0 + 15.0)),
        ..Default::default()
    }
}

fn artifacts(observation: &Observation) -> impl Iterator<Item = qa_artifact::ActiveModel> {
    let group = observation.group_id();
    let at = UnixTime(imaged_at(observation).0 + 20.0);
    ARTIFACTS.into_iter().map(move |(name, kind, category)| qa_artifact::ActiveModel {
        group_id: Set(group.clone()),
        name: Set(name.to_owned()),
        path: Set(format!("/data/dsa110-contimg/qa/{group}/{name}")),
        kind: Set(Some(kind)),
        category: Set(Some(category)),
        created_at: Set(at),
        ..Default::default()
    })
}
