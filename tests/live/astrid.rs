//! Subscriptions to AstrID's tables: rows whose keys are UUIDs, told to those who may read them.

use almanac_database::Database;
use almanac_service::access::{Access, Principal, Role};
use futures::StreamExt;
use sea_orm::prelude::Uuid;
use serde_json::{Value as Json, json};

use crate::{
    elsewhere::{soon, write},
    subscriptions::{Client, next},
    support::{Engine, TestDatabase, engines},
};

engines!(
    detections_are_told_from_a_confidence_on,
    who_comes_back_gets_the_detections_that_changed,
    jobs_are_told_by_their_kind,
    alerts_are_told_as_they_change,
    only_who_may_read_is_told,
    what_cannot_be_wanted_is_refused_by_name,
);

/// A database, and the statements of another program that writes to it.
struct World {
    engine: Engine,
    test: TestDatabase,
}

impl World {
    /// A database with what a detection needs.
    async fn new(engine: Engine) -> Self {
        let world = Self { engine, test: TestDatabase::migrated(Database::Astrid, engine).await };
        let id = world.id(1);
        let parents = [
            format!("INSERT INTO surveys (id, name) VALUES ({id}, 'Sky')"),
            format!(
                "INSERT INTO observations (id, survey_id, observation_id, ra, dec, observation_time, \
                 filter_band, exposure_time, fits_url) VALUES ({id}, {id}, 'one', 10, 20, \
                 '2025-10-02T12:00:00+00:00', 'g', 30, 's3:a')"
            ),
            format!(
                "INSERT INTO models (id, name, version, model_type) VALUES ({id}, 'net', '1', 'unet')"
            ),
            format!(
                "INSERT INTO model_runs (id, model_id, observation_id) VALUES ({id}, {id}, {id})"
            ),
        ];
        write(&world.test, parents).await;
        world
    }

    fn client(&self) -> Client {
        Client::of(&[&self.test])
    }

    /// A key as SQL.
    fn id(&self, number: u128) -> String {
        match self.engine {
            Engine::Sqlite => format!("x'{number:032x}'"),
            Engine::Postgres => format!("'{}'", Uuid::from_u128(number)),
        }
    }

    fn detection(&self, number: u128, confidence: &str) -> String {
        let (key, id) = (self.id(number), self.id(1));
        format!(
            "INSERT INTO detections (id, model_run_id, observation_id, ra, dec, pixel_x, pixel_y, \
             confidence_score, detection_type, model_version) \
             VALUES ({key}, {id}, {id}, 10, 20, {number}, 0, {confidence}, 'unknown', '1')"
        )
    }

    fn job(&self, number: u128, job_type: &str) -> String {
        let (key, id) = (self.id(number), self.id(1));
        format!(
            "INSERT INTO processing_jobs (id, job_type, entity_id, entity_type) \
             VALUES ({key}, '{job_type}', {id}, 'observation')"
        )
    }

    fn set(&self, table: &str, number: u128, change: &str) -> String {
        format!("UPDATE {table} SET {change} WHERE id = {}", self.id(number))
    }
}

fn position(event: &Json) -> &str {
    event["position"].as_str().unwrap()
}

async fn detections_are_told_from_a_confidence_on(engine: Engine) {
    let world = World::new(engine).await;
    write(&world.test, [world.detection(2, "0.99")]).await;
    let client = world.client();
    let mut events = client
        .begun(
            "subscription { astridDetectionChanged(minConfidence: 0.8) {
                 detection { pixelX confidenceScore status observation { observationId } } } }",
        )
        .await;
    let found = [(3, "0.7999"), (4, "0.8"), (5, "0.95")];
    write(&world.test, found.map(|(number, confidence)| world.detection(number, confidence))).await;
    for (number, confidence) in [(4, 0.8), (5, 0.95)] {
        let event = next(&mut events).await;
        let detection = json!({
            "pixelX": number, "confidenceScore": confidence, "status": "PENDING",
            "observation": {"observationId": "one"},
        });
        assert_eq!(event["astridDetectionChanged"]["detection"], detection);
    }
    let validating = [3, 2].map(|number| world.set("detections", number, "status = 'validating'"));
    write(&world.test, validating).await;
    let event = next(&mut events).await;
    let detection = &event["astridDetectionChanged"]["detection"];
    assert_eq!(detection["pixelX"], 2, "that of which the model is not sure is passed over");
    assert_eq!(detection["status"], "VALIDATING");
}

async fn who_comes_back_gets_the_detections_that_changed(engine: Engine) {
    let world = World::new(engine).await;
    let told = async |client: &Client, arguments: &str, count: usize| {
        let document = format!(
            "subscription {{ astridDetectionChanged{arguments} {{ position detection {{ pixelX }} }} }}"
        );
        let mut events = client.subscribe(&document);
        let mut told = Vec::new();
        let mut last = String::new();
        while told.len() < count {
            let event = next(&mut events).await;
            let event = &event["astridDetectionChanged"];
            told.push(event["detection"]["pixelX"].as_i64().unwrap());
            position(event).clone_into(&mut last);
        }
        told.sort_unstable();
        (told, last)
    };
    let since = {
        let client = world.client();
        let mut events = client.begun("subscription { astridDetectionChanged { position } }").await;
        write(&world.test, [world.detection(2, "0.5")]).await;
        position(&next(&mut events).await["astridDetectionChanged"]).to_owned()
    };
    // No server runs.
    let changed = [
        world.detection(3, "0.9"),
        world.set("detections", 2, "human_label = 'a star'"),
        world.detection(4, "0.3"),
    ];
    write(&world.test, changed).await;
    let (one, other) = (world.client(), world.client());
    let (all, last) = told(&one, &format!("(since: \"{since}\")"), 3).await;
    assert_eq!(all, [2, 3, 4]);
    let some = format!("(minConfidence: 0.5, since: \"{since}\")");
    assert_eq!(told(&other, &some, 2).await.0, [2, 3]);
    write(&world.test, [world.detection(5, "1")]).await;
    assert_eq!(told(&other, &format!("(since: \"{last}\")"), 1).await.0, [5]);
}

async fn jobs_are_told_by_their_kind(engine: Engine) {
    let world = World::new(engine).await;
    let client = world.client();
    let document = |arguments: &str| {
        format!(
            "subscription {{ astridJobChanged{arguments} {{ position processingJob {{ jobType priority }} }} }}"
        )
    };
    let mut events = client.begun(&document("(jobType: \"difference\")")).await;
    write(&world.test, [world.job(2, "preprocess"), world.job(3, "difference")]).await;
    let event = next(&mut events).await;
    let job = |job_type: &str, priority: i32| json!({"jobType": job_type, "priority": priority});
    assert_eq!(event["astridJobChanged"]["processingJob"], job("difference", 0));
    let since = position(&event["astridJobChanged"]).to_owned();
    let urgent = [2, 3].map(|number| world.set("processing_jobs", number, "priority = 7"));
    write(&world.test, urgent).await;
    let event = next(&mut events).await;
    assert_eq!(event["astridJobChanged"]["processingJob"], job("difference", 7));

    let mut events = client.subscribe(&document(&format!("(since: \"{since}\")")));
    for job_type in ["preprocess", "difference"] {
        let event = next(&mut events).await;
        assert_eq!(event["astridJobChanged"]["processingJob"], job(job_type, 7));
    }
}

async fn alerts_are_told_as_they_change(engine: Engine) {
    let world = World::new(engine).await;
    write(&world.test, [world.detection(2, "0.9")]).await;
    let client = world.client();
    let mut events = client
        .begun(
            "subscription { astridAlertChanged { alert { title priority detection { pixelX } } } }",
        )
        .await;
    let alert = format!(
        "INSERT INTO alerts (id, detection_id, alert_type, title, message) \
         VALUES ({}, {}, 'email', 'New', 'Look')",
        world.id(3),
        world.id(2)
    );
    write(&world.test, [alert]).await;
    let shown = |title: &str, priority: &str| json!({ "title": title, "priority": priority, "detection": {"pixelX": 2} });
    let event = next(&mut events).await;
    assert_eq!(event["astridAlertChanged"]["alert"], shown("New", "MEDIUM"));
    write(&world.test, [world.set("alerts", 3, "priority = 'critical'")]).await;
    let event = next(&mut events).await;
    assert_eq!(event["astridAlertChanged"]["alert"], shown("New", "CRITICAL"));
}

async fn only_who_may_read_is_told(engine: Engine) {
    let world = World::new(engine).await;
    let client = world.client();
    let known = |role| Access::Known(Principal::new("vera", role));
    for (subscription, lesser, least) in [
        ("astridDetectionChanged", Role::Viewer, Role::Analyst),
        ("astridAlertChanged", Role::Viewer, Role::Analyst),
        ("astridJobChanged", Role::Analyst, Role::Operator),
    ] {
        let document = format!("subscription {{ {subscription} {{ position }} }}");
        for (access, code) in [(Access::Anonymous, "UNAUTHENTICATED"), (known(lesser), "FORBIDDEN")]
        {
            let mut events = client.subscribe_by(&document, access);
            let response = soon(events.next()).await.unwrap();
            assert_eq!(response["errors"][0]["extensions"]["code"], code, "{subscription}");
            assert!(soon(events.next()).await.is_none(), "{subscription}");
        }
        drop(client.begun_by(&document, known(least)).await);
    }
}

async fn what_cannot_be_wanted_is_refused_by_name(engine: Engine) {
    let world = World::new(engine).await;
    let client = world.client();
    for (subscription, argument) in [
        ("astridDetectionChanged(minConfidence: 1.0001)", "minConfidence: "),
        ("astridDetectionChanged(minConfidence: -0.1)", "minConfidence: "),
        ("astridJobChanged(jobType: \"dance\")", "jobType: \"dance\" is none of ingest, "),
        ("astridJobChanged(jobType: \"\")", "jobType: "),
    ] {
        let mut events =
            client.subscribe(&format!("subscription {{ {subscription} {{ position }} }}"));
        let response = soon(events.next()).await.unwrap();
        let error = &response["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{subscription}");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(argument), "{message}");
    }
}
