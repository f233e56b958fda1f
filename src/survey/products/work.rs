//! Jobs and batches: what the pipeline was asked to do.

use almanac_entity::products::{
    BatchJobType, BatchStatus, JobStatus, JobType, batch_job, batch_job_item, job,
};
use almanac_service::Transaction;
use anyhow::Result;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{
    super::{
        UnixTime, World, Writer,
        random::{Draw, Topic, stream},
        schedule::{Observation, text},
    },
    imaged_at,
};

/// Items of a batch.
const BATCH: usize = 10;

/// The jobs that imaged and calibrated, which assessments refer to.
pub(super) struct Jobs {
    /// For each observation that was imaged.
    pub(super) imaging: Vec<i64>,
    /// For each night.
    pub(super) calibration: Vec<i64>,
}

pub(super) async fn fill(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    world: &World,
) -> Result<Jobs> {
    let mut jobs = Jobs { imaging: Vec::new(), calibration: Vec::new() };
    for observation in &world.schedule.imaged {
        let mut random = stream(world.survey.seed, Topic::Jobs, observation.index);
        let seconds = random.between(160.0, 420.0);
        let row = done(observation, JobType::Image, imaged_at(observation), seconds);
        jobs.imaging.push(writer.insert_one(transaction, job::Entity, row).await?.id);
    }
    for night in world.schedule.nights() {
        let row = done(&night[0], JobType::Calibrate, night[0].after(900.0), 410.0);
        jobs.calibration.push(writer.insert_one(transaction, job::Entity, row).await?.id);
    }
    writer.insert(transaction, job::Entity, unfinished(world)).await?;
    batches(writer, transaction, world, &jobs).await?;
    Ok(jobs)
}

/// Name of the run that an observation is processed in.
fn run_id(observation: &Observation) -> String {
    text(observation.start, "job-%Y-%m-%d-%H%M%S")
}

/// A job that ended well.
fn done(observation: &Observation, kind: JobType, end: UnixTime, seconds: f64) -> job::ActiveModel {
    let made =
        if kind == JobType::Image { observation.image_path() } else { observation.ms_path() };
    let params = match kind {
        JobType::Image => {
            json!({"niter": 20_000, "cell_arcsec": 2.5, "imsize": 5_040, "weighting": "briggs"})
        }
        _ => json!({"solve": ["K", "BA", "BP", "GA", "GP"], "refant": "pad103"}),
    };
    let name = kind.as_str().to_owned();
    job::ActiveModel {
        kind: Set(kind),
        status: Set(JobStatus::Completed),
        ms_path: Set(observation.ms_path()),
        run_id: Set(Some(run_id(observation))),
        params: Set(Some(params.into())),
        artifacts: Set(Some(json!([made]).into())),
        logs: Set(Some(format!("{name}: started\n{name}: done in {seconds:.0} s\n"))),
        created_at: Set(UnixTime(end.0 - seconds - 30.0)),
        started_at: Set(Some(UnixTime(end.0 - seconds))),
        finished_at: Set(Some(end)),
        ..Default::default()
    }
}

/// Jobs that wait, run, failed or were called off, and the last search for events.
fn unfinished(world: &World) -> Vec<job::ActiveModel> {
    let now = world.survey.now.0;
    let row = |kind, status: JobStatus, ms_path: String, ago: f64, log: &str| {
        let started = status != JobStatus::Pending;
        let ended = started && status != JobStatus::Running;
        job::ActiveModel {
            kind: Set(kind),
            status: Set(status),
            ms_path: Set(ms_path),
            run_id: Set(None),
            params: Set(Some(json!({}).into())),
            artifacts: Set(None),
            logs: Set(started.then(|| format!("{log}\n"))),
            created_at: Set(UnixTime(now - ago)),
            started_at: Set(started.then_some(UnixTime(now - ago + 20.0))),
            finished_at: Set(ended.then_some(UnixTime(now - ago + 200.0))),
            ..Default::default()
        }
    };
    let recent = |index: usize| world.schedule.recent[index].ms_path();
    let astray = "image: the residuals diverge after 12,000 iterations";
    let mut rows = vec![
        row(JobType::Image, JobStatus::Failed, recent(0), 4_200.0, astray),
        row(JobType::Image, JobStatus::Running, recent(1), 300.0, "image: started"),
        row(JobType::Image, JobStatus::Cancelled, recent(2), 3_600.0, "image: called off"),
        row(JobType::Calibrate, JobStatus::Pending, recent(3), 60.0, ""),
        row(JobType::Convert, JobStatus::Running, recent(4), 120.0, "convert: 9 of 16 subbands"),
        row(JobType::Workflow, JobStatus::Pending, String::new(), 30.0, ""),
    ];
    let searched = "ese-detect: done";
    rows.push(row(JobType::EseDetect, JobStatus::Completed, String::new(), 1_700.0, searched));
    rows
}

async fn batches(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    world: &World,
    jobs: &Jobs,
) -> Result<()> {
    let kinds = [
        (BatchJobType::Calibrate, BatchStatus::Done),
        (BatchJobType::Apply, BatchStatus::Done),
        (BatchJobType::Image, BatchStatus::Failed),
        (BatchJobType::Convert, BatchStatus::Cancelled),
        (BatchJobType::BatchPhotometry, BatchStatus::Done),
        (BatchJobType::EseDetect, BatchStatus::Done),
        (BatchJobType::Publish, BatchStatus::Running),
        (BatchJobType::Image, BatchStatus::Pending),
    ];
    let count = kinds.len();
    let ends = world.survey.now.0 - 6_000.0;
    for (number, (kind, status)) in kinds.into_iter().enumerate() {
        let from = number * world.schedule.imaged.len() / (2 * count);
        let observations = &world.schedule.imaged[from..];
        let observations = &observations[..observations.len().min(BATCH)];
        let created =
            UnixTime((imaged_at(&observations[observations.len() - 1]).0 + 600.0).min(ends));
        let items: Vec<_> = observations
            .iter()
            .enumerate()
            .map(|(place, observation)| item(jobs, &kind, &status, created, place, observation))
            .collect();
        let with = |status: BatchStatus| {
            let count = items.iter().filter(|item| *item.status.as_ref() == status).count();
            i32::try_from(count).expect("a batch is small")
        };
        let row = batch_job::ActiveModel {
            kind: Set(kind),
            created_at: Set(created),
            status: Set(status),
            total_items: Set(i32::try_from(items.len()).expect("a batch is small")),
            completed_items: Set(Some(with(BatchStatus::Done))),
            failed_items: Set(Some(with(BatchStatus::Failed))),
            params: Set(Some(json!({"night": observations[0].date()}).into())),
            ..Default::default()
        };
        let batch = writer.insert_one(transaction, batch_job::Entity, row).await?;
        let items = items
            .into_iter()
            .map(|item| batch_job_item::ActiveModel { batch_id: Set(batch.id), ..item });
        writer.insert(transaction, batch_job_item::Entity, items).await?;
    }
    Ok(())
}

/// One thing of a batch that stands as the batch does.
fn item(
    jobs: &Jobs,
    kind: &BatchJobType,
    batch: &BatchStatus,
    created: UnixTime,
    place: usize,
    observation: &Observation,
) -> batch_job_item::ActiveModel {
    let status = match (batch, place) {
        (BatchStatus::Failed, 3) => BatchStatus::Failed,
        (BatchStatus::Failed, _) | (BatchStatus::Running, 0..5) => BatchStatus::Done,
        (BatchStatus::Running, 5) => BatchStatus::Running,
        (BatchStatus::Running, _) => BatchStatus::Pending,
        (other, _) => other.clone(),
    };
    let started = !matches!(status, BatchStatus::Pending | BatchStatus::Cancelled);
    let ended = started && status != BatchStatus::Running;
    let begun = created.0 + 30.0 * (place + 1) as f64;
    let key = match kind {
        BatchJobType::BatchPhotometry => {
            let (ra, dec) = observation.centre;
            format!("{}:{ra:.5}:{dec:.5}", observation.image_path())
        }
        BatchJobType::EseDetect if place == 0 => "all_sources".to_owned(),
        BatchJobType::Publish => format!("image_{}", observation.group_id()),
        BatchJobType::Convert => {
            let (start, end) =
                (observation.group_id(), text(observation.end(), "%Y-%m-%dT%H:%M:%S"));
            format!("time_window_{start}_{end}")
        }
        _ => observation.ms_path(),
    };
    batch_job_item::ActiveModel {
        ms_path: Set(key),
        job_id: Set(
            (*kind == BatchJobType::Image && started).then(|| jobs.imaging[observation.index])
        ),
        error: Set((status == BatchStatus::Failed)
            .then(|| "the measurement set has no column CORRECTED_DATA".to_owned())),
        started_at: Set(started.then_some(UnixTime(begun))),
        completed_at: Set(ended.then_some(UnixTime(begun + 25.0))),
        status: Set(status),
        data_id: Set(
            (*kind == BatchJobType::Publish).then(|| format!("image_{}", observation.group_id()))
        ),
        ..Default::default()
    }
}
