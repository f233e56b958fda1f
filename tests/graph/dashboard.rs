//! What a dashboard asks in one round trip.

use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    products::{JobStatus, JobType, QualityGrade, image_qa, job},
};
use almanac_service::Repository;
use sea_orm::Set;
use serde_json::json;

use crate::{
    support::{Engine, engines},
    world::World,
};

engines!(
    a_database_that_is_missing_costs_only_its_part,
    derived_fields_of_a_page_are_one_statement,
    a_run_is_asked_for_by_its_name,
    ranges_have_limits,
);

async fn add_jobs(world: &World) {
    let products = world.sessions.writer(Database::Products).await.unwrap();
    let jobs = Repository::<_, job::Entity>::new(&products);
    for (number, word) in ["queued", "started", "done", "failed"].into_iter().enumerate() {
        let row = job::ActiveModel {
            kind: Set(JobType::Image),
            status: Set(JobStatus::from(word)),
            ms_path: Set(format!("/ms/{number:05}.ms")),
            created_at: Set(UnixTime(1.7e9 + f64::from(u32::try_from(number).unwrap()))),
            ..Default::default()
        };
        jobs.insert(row).await.unwrap();
    }
}

async fn a_database_that_is_missing_costs_only_its_part(engine: Engine) {
    let world = World::with_images(engine, 12, 2).await;
    add_jobs(&world).await;
    let response = world
        .respond(
            "{ dashboardStats { measurementSets images { total lastDay } photometry sources caltables
                 jobs { status count } newestImages { path } measurementSetsByStage { name count }
                 queue { name count } activeEseCandidates imageQa { total good } noiseJyOfLastDay { median } }
               groupCompleteness { indexed { day } ingested { day } }
               throughput(from: \"2023-11-14T22:00:00Z\", to: \"2023-11-15T00:00:00Z\") {
                 hour images groupsReceived } }",
        )
        .await;
    let stats = &response["data"]["dashboardStats"];
    let counts = json!([
        stats["measurementSets"],
        stats["photometry"],
        stats["sources"],
        stats["caltables"]
    ]);
    assert_eq!(counts, json!([12, 24, 2, 36]));
    assert_eq!(stats["images"], json!({"total": 12, "lastDay": 0}));
    assert_eq!(stats["newestImages"].as_array().unwrap().len(), 10);
    assert_eq!(stats["newestImages"][0]["path"], "/images/00011.fits");
    assert_eq!(stats["measurementSetsByStage"], json!([{"name": "pending", "count": 12}]));
    let jobs = stats["jobs"].as_array().unwrap();
    let of = |status| jobs.iter().find(|row| row["status"] == status).unwrap()["count"].clone();
    assert_eq!(
        [of("PENDING"), of("RUNNING"), of("COMPLETED"), of("CANCELLED")]
            .map(|count| count.as_u64().unwrap()),
        [1, 1, 1, 0]
    );
    // 1.7e9 is 2023-11-14T22:13:20.
    let throughput = &response["data"]["throughput"];
    assert_eq!(throughput["images"], json!([12, 0]));
    assert_eq!(throughput["hour"].as_array().unwrap().len(), 2);

    // The ingest queue and the index of raw files are not among the databases of this world.
    assert_eq!((&stats["queue"], &throughput["groupsReceived"]), (&json!(null), &json!(null)));
    // Where nothing of an object can be read, nor is there an object.
    assert_eq!(response["data"]["groupCompleteness"], json!(null));
    let mut failed: Vec<String> = response["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["path"].as_array().unwrap().last().unwrap().to_string())
        .collect();
    failed.sort();
    assert_eq!(failed, ["\"groupsReceived\"", "\"indexed\"", "\"ingested\"", "\"queue\""]);
}

async fn derived_fields_of_a_page_are_one_statement(engine: Engine) {
    let world = World::with_images(engine, 30, 1).await;
    let products = world.sessions.writer(Database::Products).await.unwrap();
    let qa = Repository::<_, image_qa::Entity>::new(&products);
    for (at, grade) in [(1.0, QualityGrade::Poor), (2.0, QualityGrade::Good)] {
        let row = image_qa::ActiveModel {
            ms_path: Set("/ms/00001.ms".to_owned()),
            job_id: Set(1),
            image_path: Set("/images/00001.fits".to_owned()),
            overall_quality: Set(Some(grade)),
            thumbnail_path: Set(Some("/thumbnails/00001.png".to_owned())),
            timestamp: Set(UnixTime(at)),
            ..Default::default()
        };
        qa.insert(row).await.unwrap();
    }
    let query = |first: i32| {
        format!(
            "{{ images(first: {first}, orderBy: [{{field: PATH}}]) {{ nodes {{ path qaGrade qaVerdict
                 qaSummary runId thumbnailPath calTable {{ path }} measurementSet {{ qaVerdict runId }} }} }} }}"
        )
    };
    let (_, few) = world.count_statements(&query(2)).await;
    let (data, many) = world.count_statements(&query(30)).await;
    assert_eq!(few, many);
    assert_eq!(
        data["images"]["nodes"][1],
        json!({
            "path": "/images/00001.fits", "qaGrade": "good", "qaVerdict": "GOOD",
            "qaSummary": "RMS 0.10 mJy", "runId": "job-00001",
            "thumbnailPath": "/thumbnails/00001.png", "calTable": null,
            "measurementSet": {"qaVerdict": "FAIL", "runId": "job-00001"},
        })
    );
    assert_eq!(data["images"]["nodes"][0]["qaGrade"], json!(null));
}

async fn a_run_is_asked_for_by_its_name(engine: Engine) {
    let world = World::with_images(engine, 3, 1).await;
    let run = |name: &str| {
        format!(
            "{{ run(runId: \"{name}\") {{ job {{ statusGroup }} measurementSet {{ path }} }} }}"
        )
    };
    let data = world.ask(&run("job-00002")).await;
    assert_eq!(data["run"], json!({"job": null, "measurementSet": {"path": "/ms/00002.ms"}}));
    add_jobs(&world).await;
    let data = world.ask(&run("job-00002")).await;
    assert_eq!(data["run"], json!({"job": {"statusGroup": "COMPLETED"}, "measurementSet": null}));
    assert_eq!(world.ask(&run("job-00009")).await["run"], json!(null));
    let waiting =
        world.ask("{ jobsByStatus(status: PENDING) { status statusText statusGroup } }").await;
    assert_eq!(
        waiting["jobsByStatus"],
        json!([{"status": "OTHER", "statusText": "queued", "statusGroup": "PENDING"}])
    );
    let unknown = world.ask("{ task(taskId: \"nonsense\") { taskId status job { rowId } } }").await;
    assert_eq!(unknown["task"]["status"], "not_found");
}

async fn ranges_have_limits(engine: Engine) {
    let world = World::new(engine).await;
    let long = "from: \"2023-01-01T00:00:00Z\", to: \"2025-01-01T00:00:00Z\"";
    for query in [
        format!("{{ throughput({long}) {{ hour }} }}"),
        format!("{{ imageQualityByDay({long}) {{ noiseJy {{ day }} }} }}"),
        format!("{{ stageTimes({long}) {{ stage }} }}"),
        format!("{{ groupCompleteness({long}) {{ indexed {{ day }} }} }}"),
        format!("{{ calibrationCoverage({long}) {{ tableType }} }}"),
        "{ jobsByStatus(limit: 1001) { rowId } }".to_owned(),
        "{ pointingHistory(maxPoints: 1) { raDeg } }".to_owned(),
        "{ declinationSummary(days: 400) { decDeg } }".to_owned(),
    ] {
        let (code, message) = world.refusal(&query).await;
        assert_eq!(code, "BAD_USER_INPUT", "{query}: {message}");
    }
}
