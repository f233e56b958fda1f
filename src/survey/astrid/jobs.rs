//! The work queue: one job for each run that was made, and those that wait.

use almanac_entity::astrid::{
    AlertStatus, ModelRunStatus, ObservationStatus, ProcessingJobStatus, processing_job,
};
use almanac_service::Transaction;
use anyhow::Result;
use sea_orm::{ActiveValue::Set, prelude::Uuid};
use serde_json::json;

use super::{
    super::{
        UnixTime, World, Writer,
        random::{Draw, Random},
        schedule::text,
    },
    Exposure, instant,
    review::Reviewed,
};

/// A job's kind: its name, what it works on, its priority and how many retries it has.
type Kind = (&'static str, &'static str, i32, i32);
const INGEST: Kind = ("ingest", "survey", 1, 3);
const PREPROCESS: Kind = ("preprocess", "observation", 2, 3);
const DIFFERENCE: Kind = ("difference", "observation", 3, 3);
const INFERENCE: Kind = ("inference", "difference_run", 4, 2);
const VALIDATE: Kind = ("validate", "model_run", 5, 5);
const NOTIFY: Kind = ("notify", "alert", 6, 2);

pub(super) async fn fill(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    random: &mut Random,
    world: &World,
    survey: Uuid,
    exposures: &[Exposure],
    reviewed: &Reviewed,
) -> Result<()> {
    use ProcessingJobStatus::{Cancelled, Completed, Failed, Pending, Running};
    let now = world.survey.now;
    let workflow = text(exposures[0].taken, "night-%Y-%m-%d");
    let mut rows = Vec::new();
    let mut add = |kind: Kind, entity: Uuid, status, at: UnixTime| {
        rows.push(job(random, &workflow, now, kind, entity, status, at));
    };
    add(INGEST, survey, Completed, exposures[0].taken);
    add(INGEST, survey, Cancelled, UnixTime(now.0 - 1_800.0));
    add(INGEST, survey, Pending, UnixTime(now.0 - 60.0));
    for exposure in exposures {
        let at = |seconds: f64| UnixTime(exposure.taken.0 + seconds);
        let preprocess = match exposure.status {
            ObservationStatus::Ingested => Pending,
            ObservationStatus::Preprocessing => Running,
            ObservationStatus::Failed if !exposure.difference_failed() => Failed,
            _ => Completed,
        };
        add(PREPROCESS, exposure.id, preprocess, at(130.0));
        let difference = match exposure.status {
            ObservationStatus::Preprocessed => Pending,
            ObservationStatus::Differencing => Running,
            ObservationStatus::Failed if exposure.difference_failed() => Failed,
            _ if exposure.candidates.is_empty() => continue,
            _ => Completed,
        };
        add(DIFFERENCE, exposure.id, difference, at(330.0));
    }
    let differenced = exposures.iter().filter(|exposure| !exposure.candidates.is_empty());
    for (exposure, (run, status, started)) in differenced.zip(&reviewed.runs) {
        let inference = match status {
            ModelRunStatus::Completed => Completed,
            ModelRunStatus::Failed => Failed,
            _ => Pending,
        };
        if let Some(difference) = exposure.difference_run {
            add(INFERENCE, difference, inference, UnixTime(started.0 - 20.0));
        }
        if *status == ModelRunStatus::Completed {
            add(VALIDATE, *run, Completed, UnixTime(started.0 + 5.0));
        }
    }
    for (alert, status, made) in &reviewed.alerts {
        let notify = match status {
            AlertStatus::Pending => Pending,
            AlertStatus::Failed => Failed,
            AlertStatus::Cancelled => Cancelled,
            _ => Completed,
        };
        add(NOTIFY, *alert, notify, *made);
    }
    writer.insert(transaction, processing_job::Entity, rows).await
}

fn job(
    random: &mut Random,
    workflow: &str,
    now: UnixTime,
    (job_type, entity_type, priority, max_retries): Kind,
    entity: Uuid,
    status: ProcessingJobStatus,
    created: UnixTime,
) -> processing_job::ActiveModel {
    use ProcessingJobStatus::{Cancelled, Failed, Pending, Running};
    let running = status == Running;
    let ended = !matches!(status, Pending | Running);
    let claimed = !matches!(status, Pending | Cancelled);
    let worker = format!("worker-{}", random.one_of(&["a", "b", "c"]));
    let started = if running { UnixTime(now.0 - 30.0) } else { UnixTime(created.0 + 15.0) };
    let failed = status == Failed;
    let end = UnixTime(started.0 + random.between(2.0, 200.0));
    let error = "gave up after its last retry";
    processing_job::ActiveModel {
        id: Set(random.uuid(created)),
        job_type: Set(job_type.to_owned()),
        entity_id: Set(entity),
        entity_type: Set(entity_type.to_owned()),
        status: Set(status),
        priority: Set(priority),
        workflow_id: Set(Some(workflow.to_owned())),
        task_id: Set(None),
        retry_count: Set(if failed { max_retries } else { 0 }),
        max_retries: Set(max_retries),
        scheduled_at: Set(instant(created)),
        started_at: Set(claimed.then(|| instant(started))),
        completed_at: Set(ended.then(|| instant(end))),
        error_message: Set(failed.then(|| error.to_owned())),
        error_details: Set(failed.then(|| {
            json!({"failures": [{"attempt": max_retries + 1, "kind": "stage", "detail": error}]})
        })),
        claimed_by: Set(claimed.then_some(worker)),
        claim_token: Set(running.then(|| random.uuid(started))),
        heartbeat_at: Set(running.then(|| instant(UnixTime(now.0 - 8.0)))),
        lease_expires_at: Set(running.then(|| instant(UnixTime(now.0 + 52.0)))),
        created_at: Set(instant(created)),
        updated_at: Set(instant(match (running, ended) {
            (true, _) => UnixTime(now.0 - 8.0),
            (_, true) => end,
            _ => created,
        })),
    }
}
