//! What the audit log says of changes.

use almanac_entity::astrid::{ObservationStatus, observation, processing_job};
use almanac_service::{
    Error,
    astrid::{JobType, NewJob},
};
use serde_json::json;

use crate::{
    support::{Engine, engines},
    world::{World, after},
};

engines! { changes_bear_their_names, a_job_is_enqueued_once }

async fn changes_bear_their_names(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Audited").await;
    let made = world.observation(survey.id, "a").await;

    let work = world.work(after(1));
    let observations = work.table::<observation::Entity>().await.unwrap();
    let to = ObservationStatus::Failed;
    observations.transition(made.id, to, Some("clouds"), after(1)).await.unwrap();
    let same = observations.transition(made.id, to, None, after(1)).await;
    assert!(matches!(same, Err(Error::InvalidTransition(_))), "{same:?}");
    work.commit().await.unwrap();

    let [created] = &world.audit("observation.ingest").await[..] else { panic!("one row") };
    let values = created.new_values.as_ref().unwrap();
    assert_eq!(values["ra"], json!("150.0000000"));
    assert_eq!(values["exposure_time"], json!("30.000"));
    assert_eq!(values["survey_id"], json!(survey.id.to_string()));
    assert_eq!(values["created_at"], json!("2025-10-02T12:00:00.123456Z"));
    assert_eq!((values["status"].clone(), &created.old_values), (json!("ingested"), &None));

    let [moved] = &world.audit("observation.status").await[..] else { panic!("one row") };
    assert_eq!(moved.entity_id, made.id);
    assert_eq!(moved.old_values.as_ref().unwrap()["status"], json!("ingested"));
    let changed = json!({ "status": "failed", "updated_at": "2025-10-02T12:00:01.123456Z" });
    assert_eq!(moved.new_values.as_ref().unwrap(), &changed);
    assert_eq!(moved.change_summary.as_deref(), Some("clouds"));
    assert_eq!((moved.user_id.as_deref(), moved.created_at), (Some("ada"), after(1)));
}

async fn a_job_is_enqueued_once(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Queued").await;
    let new = NewJob::new(JobType::Ingest, survey.id);
    let work = world.work(after(1));
    let jobs = work.table::<processing_job::Entity>().await.unwrap();
    let first = jobs.enqueue(&new, after(1)).await.unwrap();
    let second = jobs.enqueue(&new, after(2)).await.unwrap();
    work.commit().await.unwrap();
    assert!(first.created && !second.created);
    assert_eq!(first.job, second.job);
    assert_eq!((first.job.priority, first.job.max_retries), (1, 3));
    let enqueued = world.audit("job.enqueue").await;
    assert_eq!(enqueued.len(), 1);
    assert_eq!(enqueued[0].entity_type, "processing_job");
}
