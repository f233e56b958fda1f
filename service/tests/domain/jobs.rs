//! Jobs, runs, tasks, batches and dead letters.

use almanac_entity::{
    UnixTime,
    products::{
        BatchJobType, BatchStatus, DeadLetterStatus, JobStatus, JobType, batch_job, batch_job_item,
        dead_letter, job, ms_index,
    },
};
use almanac_service::{
    Error, Filter, Repository, Writer,
    products::{
        ItemReport, JobReport, NewBatch, NewDeadLetter, NewJob, Run, StatusGroup, TASK_TIMEOUT_SEC,
    },
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

engines! { Products:
    a_job_goes_from_waiting_to_its_end,
    lines_of_a_log_add_up,
    words_of_other_programs_are_grouped,
    a_run_is_found_to_the_second,
    a_run_of_several_measurement_sets_is_refused,
    a_rerun_is_named_after_the_first_run,
    only_open_jobs_are_cancelled,
    the_jobs_are_the_task_queue,
    a_batch_counts_its_items,
    a_batch_is_called_off,
    batches_that_make_no_sense_are_refused,
    dead_letters_wait_until_somebody_cares,
}

const MS: &str = "/data/ms/2025-10-02T00:12:30.ms";
const NOW: UnixTime = UnixTime(1_760_000_000.0);

fn later(seconds: f64) -> UnixTime {
    UnixTime(NOW.0 + seconds)
}

fn jobs(writer: &Writer) -> Repository<'_, Writer, job::Entity> {
    Repository::new(writer)
}

fn imaging(ms_path: &str) -> NewJob {
    NewJob {
        kind: JobType::Image,
        ms_path: ms_path.to_owned(),
        params: Some(json!({"niter": 100}).into()),
        run_id: None,
    }
}

async fn add_ms(writer: &Writer, path: &str) {
    let row = ms_index::ActiveModel { path: Set(path.to_owned()), ..Default::default() };
    Repository::<_, ms_index::Entity>::new(writer).add(row, NOW).await.unwrap();
}

async fn a_job_goes_from_waiting_to_its_end(writer: Writer) {
    let jobs = jobs(&writer);
    let job = jobs.create(imaging(MS), NOW).await.unwrap();
    assert_eq!((job.status.clone(), job.created_at), (JobStatus::Pending, NOW));
    assert_eq!(job.run_id.as_deref(), Some("job-2025-10-02-001230"));

    let none = JobReport::default();
    jobs.update_status(job.id, JobStatus::Running, none.clone(), later(1.0)).await.unwrap();
    let again =
        jobs.update_status(job.id, "in_progress".into(), none.clone(), later(2.0)).await.unwrap();
    assert_eq!((again.status, again.started_at), (JobStatus::Running, Some(later(1.0))));
    let report =
        JobReport { logs: Some(json!({"lines": 2})), artifacts: Some(json!(["/images/a.fits"])) };
    jobs.update_status(job.id, "done".into(), report, later(3.0)).await.unwrap();
    let done =
        jobs.update_status(job.id, JobStatus::Completed, none.clone(), later(4.0)).await.unwrap();
    assert_eq!((done.status, done.finished_at), (JobStatus::Completed, Some(later(3.0))));
    assert_eq!(done.logs.as_deref(), Some(r#"{"lines":2}"#));
    assert_eq!(done.artifacts.unwrap().0, json!(["/images/a.fits"]));

    let refused = jobs.update_status(job.id, "asleep".into(), none.clone(), NOW).await.unwrap_err();
    assert!(refused.to_string().starts_with("status: "), "{refused}");
    let unknown = jobs.update_status(99, JobStatus::Running, none, NOW).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
}

async fn lines_of_a_log_add_up(writer: Writer) {
    let jobs = jobs(&writer);
    let job = jobs.create(imaging(MS), NOW).await.unwrap();
    jobs.append_log(job.id, "image: started").await.unwrap();
    jobs.append_log(job.id, "image: 100 % done; it's fine\n").await.unwrap();
    let logs = jobs.get(job.id).await.unwrap().logs;
    assert_eq!(logs.as_deref(), Some("image: started\nimage: 100 % done; it's fine\n"));
    assert!(matches!(jobs.append_log(99, "lost").await, Err(Error::NotFound { .. })));
}

async fn words_of_other_programs_are_grouped(writer: Writer) {
    let jobs = jobs(&writer);
    for (number, word) in
        ["queued", "deferred", "started", "done", "canceled", "asleep"].into_iter().enumerate()
    {
        let row = job::ActiveModel {
            kind: Set(JobType::Image),
            status: Set(word.into()),
            ms_path: Set(String::new()),
            created_at: Set(later(number as f64)),
            ..Default::default()
        };
        jobs.insert(row).await.unwrap();
    }
    let words = async |group| {
        let listed = jobs.list_by_status(Some(group), None, 50, 0).await.unwrap();
        listed.into_iter().map(|job| job.status.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(words(StatusGroup::Pending).await, ["deferred", "queued"]);
    assert_eq!(words(StatusGroup::Completed).await, ["done"]);
    assert_eq!(words(StatusGroup::Cancelled).await, ["canceled"]);
    assert_eq!(words(StatusGroup::Unknown).await, ["asleep"]);
    let counts = jobs.counts_by_status(None).await.unwrap();
    let counts: Vec<u64> = counts.into_iter().map(|(_, count)| count).collect();
    assert_eq!(counts, [2, 1, 1, 0, 1, 1]);
    let recent = jobs.counts_by_status(Some(later(3.0))).await.unwrap();
    assert_eq!(recent.iter().map(|(_, count)| count).sum::<u64>(), 3);
    let images = jobs.list_by_status(None, Some(&JobType::Image), 2, 1).await.unwrap();
    assert_eq!(images.len(), 2);
    assert!(jobs.list_by_status(None, Some(&JobType::Convert), 2, 0).await.unwrap().is_empty());
}

async fn a_run_is_found_to_the_second(writer: Writer) {
    let jobs = jobs(&writer);
    add_ms(&writer, MS).await;
    add_ms(&writer, "/data/ms/2025-10-02T00:12:31.ms").await;
    add_ms(&writer, "/data/ms/3C286.ms").await;
    let found = async |run: &str| jobs.find_by_run_id(run).await.unwrap();
    let path = |run| match run {
        Some(Run::MeasurementSet(set)) => set.path,
        other => panic!("{other:?}"),
    };
    assert_eq!(path(found("job-2025-10-02-001230").await), MS);
    assert_eq!(path(found("job-3C286").await), "/data/ms/3C286.ms");
    for unknown in ["job-2025-10-02-001232", "job-3C28", "job-", "2025-10-02-001230", "job-%"] {
        assert_eq!(found(unknown).await, None, "{unknown}");
    }

    let old = jobs.create(imaging(MS), NOW).await.unwrap();
    let new = jobs.create(imaging(MS), later(9.0)).await.unwrap();
    assert_ne!(old.id, new.id);
    match found("job-2025-10-02-001230").await {
        Some(Run::Job(job)) => assert_eq!(job.id, new.id),
        other => panic!("{other:?}"),
    }
}

async fn a_run_of_several_measurement_sets_is_refused(writer: Writer) {
    add_ms(&writer, MS).await;
    add_ms(&writer, "/stage/20251002_001230.ms").await;
    let refused = jobs(&writer).find_by_run_id("job-2025-10-02-001230").await.unwrap_err();
    let text = refused.to_string();
    assert!(text.starts_with("run_id: "), "{text}");
    assert!(text.contains(MS) && text.contains("/stage/20251002_001230.ms"), "{text}");
}

async fn a_rerun_is_named_after_the_first_run(writer: Writer) {
    let jobs = jobs(&writer);
    let first = jobs.create(imaging(MS), NOW).await.unwrap();
    let second = jobs.rerun(first.id, later(60.5)).await.unwrap();
    assert_eq!(second.run_id.as_deref(), Some("job-2025-10-02-001230_rerun_1760000060"));
    assert_eq!((second.kind, second.ms_path.as_str()), (JobType::Image, MS));
    assert_eq!((second.params, second.status), (first.params, JobStatus::Pending));
    let third = jobs.rerun(second.id, later(90.0)).await.unwrap();
    assert_eq!(third.run_id.as_deref(), Some("job-2025-10-02-001230_rerun_1760000090"));
    let nameless = jobs.create(imaging(""), NOW).await.unwrap();
    assert_eq!(nameless.run_id, None);
    let again = jobs.rerun(nameless.id, NOW).await.unwrap();
    assert_eq!(again.run_id, Some(format!("job-{}_rerun_1760000000", nameless.id)));
    assert!(matches!(jobs.rerun(99, NOW).await, Err(Error::NotFound { .. })));
}

async fn only_open_jobs_are_cancelled(writer: Writer) {
    let jobs = jobs(&writer);
    let job = jobs.create(imaging(MS), NOW).await.unwrap();
    let cancelled = jobs.cancel(job.id, later(5.0)).await.unwrap();
    assert_eq!(cancelled.status, JobStatus::Cancelled);
    assert_eq!((cancelled.started_at, cancelled.finished_at), (None, Some(later(5.0))));
    let refused = jobs.cancel(job.id, later(6.0)).await.unwrap_err();
    assert!(matches!(&refused, Error::Conflict(text) if text.contains("is cancelled")));
}

async fn the_jobs_are_the_task_queue(writer: Writer) {
    let transaction = writer.begin().await.unwrap();
    let tasks = Repository::<_, job::Entity>::new(&transaction);
    let args = json!({"ms_path": MS, "niter": 5});
    let task = tasks.enqueue("image", args, TASK_TIMEOUT_SEC, NOW).await.unwrap();
    assert_eq!((task.task_id.len(), task.status()), (12, "queued"));
    assert!((task.timeout_sec() - 3_600.0).abs() < 1e-9);
    let other = tasks.enqueue("convert", json!([]), 5.0, later(1.0)).await.unwrap();
    assert_eq!(tasks.task(&task.task_id).await.unwrap(), task);
    for unknown in ["00000000ffff", "1", "nonsense", ""] {
        assert_eq!(tasks.task(unknown).await.unwrap().status(), "not_found");
    }

    let started = tasks.acquire_task(None, later(2.0)).await.unwrap().unwrap();
    assert_eq!((started.task_id.as_str(), started.status()), (task.task_id.as_str(), "started"));
    assert_eq!(tasks.acquire_task(Some("image"), later(3.0)).await.unwrap(), None);
    let cancelled = tasks.cancel_task(&other.task_id, later(4.0)).await.unwrap();
    assert_eq!(cancelled.status(), "canceled");
    assert_eq!(tasks.acquire_task(None, later(5.0)).await.unwrap(), None);
    assert_eq!(tasks.tasks(Some(StatusGroup::Running), 10).await.unwrap(), [started]);
    let refused = tasks.enqueue("image", json!({}), 0.0, NOW).await.unwrap_err();
    assert!(refused.to_string().starts_with("timeout_sec: "), "{refused}");
    assert!(matches!(tasks.cancel_task("nonsense", NOW).await, Err(Error::NotFound { .. })));
}

async fn a_batch_counts_its_items(writer: Writer) {
    let transaction = writer.begin().await.unwrap();
    let batches = Repository::<_, batch_job::Entity>::new(&transaction);
    let sources = ["S1".to_owned(), "S2".to_owned()];
    let batch = batches.create(NewBatch::ese_detect(Some(&sources), None), NOW).await.unwrap();
    assert_eq!((batch.total_items, batch.status.clone()), (2, BatchStatus::Pending));

    let report =
        |error: Option<&str>| ItemReport { error: error.map(str::to_owned), job_id: Some(7) };
    let update = async |key: &str, status: BatchStatus, error, at| {
        let batch = batches.update_item(batch.id, key, status, report(error), later(at)).await;
        let batch = batch.unwrap();
        (batch.status, batch.completed_items.unwrap(), batch.failed_items.unwrap())
    };
    assert_eq!(update("S1", BatchStatus::Running, None, 1.0).await, (BatchStatus::Running, 0, 0));
    let failed = update("S1", BatchStatus::Failed, Some("no epochs"), 2.0).await;
    assert_eq!(failed, (BatchStatus::Running, 0, 1));
    // Counted anew, never added to.
    assert_eq!(update("S1", "completed".into(), None, 3.0).await, (BatchStatus::Running, 1, 0));
    assert_eq!(update("S1", BatchStatus::Done, None, 4.0).await, (BatchStatus::Running, 1, 0));
    assert_eq!(update("S2", BatchStatus::Done, None, 5.0).await, (BatchStatus::Done, 2, 0));
    let end = update("S2", BatchStatus::Failed, Some("no epochs"), 6.0).await;
    assert_eq!(end, (BatchStatus::Failed, 1, 1));

    let items = Repository::<_, batch_job_item::Entity>::new(&transaction);
    let items = items.slice(&Filter::default(), &[], 10, 0).await.unwrap();
    let first = &items[0];
    assert_eq!((first.started_at, first.completed_at), (Some(later(1.0)), Some(later(2.0))));
    assert_eq!((first.error.as_deref(), first.job_id), (None, Some(7)));
    assert_eq!(items[1].error.as_deref(), Some("no epochs"));

    let unknown = batches.update_item(batch.id, "S3", BatchStatus::Done, report(None), NOW).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
    let word = batches.update_item(batch.id, "S1", "asleep".into(), report(None), NOW).await;
    assert!(matches!(word, Err(Error::Invalid { .. })));
}

async fn a_batch_is_called_off(writer: Writer) {
    let transaction = writer.begin().await.unwrap();
    let batches = Repository::<_, batch_job::Entity>::new(&transaction);
    let ids = ["d1".to_owned(), "d2".to_owned()];
    let batch = batches.create(NewBatch::publish(&ids, None), NOW).await.unwrap();
    assert_eq!(batch.kind, BatchJobType::Publish);
    let done = ItemReport::default();
    batches.update_item(batch.id, "d1", BatchStatus::Done, done, later(1.0)).await.unwrap();
    let cancelled = batches.cancel(batch.id, later(2.0)).await.unwrap();
    assert_eq!((cancelled.status, cancelled.completed_items), (BatchStatus::Done, Some(1)));
    assert!(matches!(batches.cancel(batch.id, NOW).await, Err(Error::Conflict(_))));
    let whole = batches.create(NewBatch::publish(&ids, None), later(3.0)).await.unwrap();
    let cancelled = batches.cancel(whole.id, later(4.0)).await.unwrap();
    assert_eq!(cancelled.status, BatchStatus::Cancelled);
    let listed = batches.list_by_status(Some(StatusGroup::Completed), None, 9, 0).await.unwrap();
    assert_eq!(listed.iter().map(|batch| batch.id).collect::<Vec<_>>(), [batch.id]);
}

async fn batches_that_make_no_sense_are_refused(writer: Writer) {
    let batches = Repository::<_, batch_job::Entity>::new(&writer);
    for ids in [vec![], vec!["d1".to_owned(), "d1".to_owned()], vec![" ".to_owned()]] {
        let refused = batches.create(NewBatch::publish(&ids, None), NOW).await.unwrap_err();
        assert!(refused.to_string().starts_with("items: "), "{refused}");
    }
    assert_eq!(batches.count(&Filter::default()).await.unwrap(), 0);
}

async fn dead_letters_wait_until_somebody_cares(writer: Writer) {
    let letters = Repository::<_, dead_letter::Entity>::new(&writer);
    let add = async |component: &str, at: f64| {
        let new = NewDeadLetter {
            component: component.to_owned(),
            operation: "clean".to_owned(),
            error_type: "DivergenceError".to_owned(),
            error_message: None,
            context: Some(json!({"ms_path": MS}).into()),
        };
        letters.add(new, later(at)).await
    };
    let (second, first) =
        (add("imaging", 2.0).await.unwrap().id, add("imaging", 1.0).await.unwrap().id);
    let third = add("converter", 3.0).await.unwrap().id;
    let pending = letters.pending(None, 2).await.unwrap();
    assert_eq!(pending.iter().map(|letter| letter.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!(letters.pending(Some("converter"), 100).await.unwrap().len(), 1);

    letters.mark_retrying(first).await.unwrap();
    let retried = letters.mark_retrying(first).await.unwrap();
    assert_eq!((retried.status, retried.retry_count), (Some(DeadLetterStatus::Retrying), Some(2)));
    let resolved = letters.mark_resolved(second, Some("ran again"), later(9.0)).await.unwrap();
    assert_eq!(
        (resolved.resolved_at, resolved.resolution_note.as_deref()),
        (Some(later(9.0)), Some("ran again"))
    );
    let failed = letters.mark_failed(third, None).await.unwrap();
    assert_eq!((failed.status, failed.resolved_at), (Some(DeadLetterStatus::Failed), None));
    let stats = letters.stats().await.unwrap();
    let by_status: Vec<u64> = stats.by_status.iter().map(|(_, count)| *count).collect();
    assert_eq!(by_status, [0, 1, 1, 1]);
    assert_eq!(stats.by_component, [("converter".to_owned(), 1), ("imaging".to_owned(), 2)]);

    letters.remove(third).await.unwrap();
    assert!(matches!(letters.remove(third).await, Err(Error::NotFound { .. })));
    assert!(matches!(letters.mark_retrying(third).await, Err(Error::NotFound { .. })));
    assert!(add(" ", 1.0).await.unwrap_err().to_string().starts_with("component: "));
}
