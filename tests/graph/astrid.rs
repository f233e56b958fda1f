//! What the graph works out of AstrID's rows, for all rows of a page at once.

use almanac_database::Database;
use serde_json::json;

use super::{astrid_rows::fill, world::World};
use crate::support::{Engine, engines};

engines!(
    what_follows_of_astrids_rows_is_told,
    it_takes_a_statement_for_all_rows,
    astrids_rows_are_counted,
    astrids_settings_and_models_are_found_by_name,
);

async fn filled(engine: Engine) -> World {
    let world = World::of(engine, &[Database::Astrid]).await;
    fill(&world.sessions).await;
    world
}

async fn what_follows_of_astrids_rows_is_told(engine: Engine) {
    let world = filled(engine).await;
    let surveys = r#"{ astridSurveys(where: {name: {eq: "Alpha"}}) { nodes {
        capabilities { canIngest hasApi hasBaseUrl configurationScore }
        summary { total ready inProgress completed failed archived byStatus { name count } }
    } } }"#;
    let expected = json!({
        "capabilities":
            {"canIngest": false, "hasApi": false, "hasBaseUrl": false, "configurationScore": 0.6},
        "summary": {
            "total": 5, "ready": 1, "inProgress": 2, "completed": 1, "failed": 1, "archived": 0,
            "byStatus": [
                {"name": "ingested", "count": 1}, {"name": "preprocessing", "count": 1},
                {"name": "preprocessed", "count": 1}, {"name": "differencing", "count": 0},
                {"name": "differenced", "count": 1}, {"name": "failed", "count": 1},
                {"name": "archived", "count": 0},
            ],
        },
    });
    assert_eq!(world.ask(surveys).await["astridSurveys"]["nodes"][0], expected);

    let observations = r"{ astridObservations(orderBy: [{field: OBSERVATION_ID}], first: 3) { nodes {
        nextStage canProcess hasFitsFile hasThumbnail estimatedAirmass(latitudeDeg: 80.0)
    } } }";
    let row = |stage: &str, can: bool| {
        json!({
            "nextStage": stage, "canProcess": can, "hasFitsFile": false, "hasThumbnail": false,
            "estimatedAirmass": 2.0,
        })
    };
    let expected =
        json!([row("preprocessing", true), row("differencing", true), row("detection", false)]);
    assert_eq!(world.ask(observations).await["astridObservations"]["nodes"], expected);
    let (code, message) = world
        .refusal("{ astridObservations(first: 1) { nodes { estimatedAirmass(latitudeDeg: 91) } } }")
        .await;
    assert!(code == "BAD_USER_INPUT" && message.contains("latitude"), "{message}");

    let models = r"{ astridModels(orderBy: [{field: VERSION}]) { nodes { performance(windowDays: 3653) {
        detections validated rejected precision meanConfidence runs meanInferenceTimeMs
        confusion { detectionType humanLabel count }
    } } } }";
    let models = world.ask(models).await;
    let expected = json!({
        "detections": 6, "validated": 2, "rejected": 0, "precision": 1.0, "meanConfidence": 0.9,
        "runs": 1, "meanInferenceTimeMs": null,
        "confusion": [{"detectionType": "transient", "humanLabel": null, "count": 2}],
    });
    assert_eq!(models["astridModels"]["nodes"][0]["performance"], expected);
    assert_eq!(models["astridModels"]["nodes"][1]["performance"]["detections"], json!(0));
    let days = "{ astridModels { nodes { performance(windowDays: 0) { runs } } } }";
    let refused = world.respond(days).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], json!("BAD_USER_INPUT"));

    let detections = r"{ astridDetections(orderBy: [{field: ID}]) { nodes {
        consensus { status votes validShare confidence label }
    } } }";
    let detections = world.ask(detections).await;
    let consensus = |row: usize| &detections["astridDetections"]["nodes"][row]["consensus"];
    let none = json!({"status": "PENDING", "votes": 0, "validShare": null, "confidence": null, "label": null});
    assert_eq!(consensus(0), &none);
    let agreed = json!({"status": "VALIDATED", "votes": 2, "validShare": 1.0, "confidence": 1.0, "label": null});
    assert_eq!(consensus(2), &agreed);
}

async fn it_takes_a_statement_for_all_rows(engine: Engine) {
    let world = filled(engine).await;
    let few = "(first: 1)";
    for (query, most) in [
        ("astridSurveys# { nodes { capabilities { canIngest } summary { total } } }", 2),
        (
            "astridObservations# { nodes { nextStage canProcess estimatedAirmass(latitudeDeg: 37) } }",
            1,
        ),
        ("astridModels# { nodes { performance(windowDays: 3653) { precision } } }", 3),
        ("astridDetections# { nodes { consensus { status votes } } }", 3),
    ] {
        for page in [few, ""] {
            let (_, statements) =
                world.count_statements(&format!("{{ {} }}", query.replace('#', page))).await;
            assert_eq!(statements, most, "{query} {page}");
        }
    }
}

async fn astrids_rows_are_counted(engine: Engine) {
    let world = filled(engine).await;
    let counted = world
        .ask(
            "{
                astridObservationStats {
                    total pending processing processed failed archived
                    bySurvey { survey { name } count } byFilter { name count }
                }
                astridDetectionStats(filter: {status: [VALIDATED, PENDING], minConfidence: 0.85}) {
                    total pendingReview validated rejected highConfidence meanConfidence
                    byStatus { name count } byType { name count } histogram { from to count }
                }
                astridPipelineStats(windowHours: 744) { stages { stage started } }
                astridJobStats { types { jobType depth running live } workers { name } }
                astridWorkerHealth { health liveShare failureRate backlog }
            }",
        )
        .await;
    let expected = json!({
        "total": 5, "pending": 1, "processing": 2, "processed": 1, "failed": 1, "archived": 0,
        "bySurvey": [{"survey": {"name": "Alpha"}, "count": 5}],
        "byFilter": [{"name": "g", "count": 5}],
    });
    assert_eq!(counted["astridObservationStats"], expected);
    let bin = |from: f64, to: f64, count: u64| json!({"from": from, "to": to, "count": count});
    let expected = json!({
        "total": 5, "pendingReview": 3, "validated": 2, "rejected": 0, "highConfidence": 5,
        "meanConfidence": 0.9,
        "byStatus": [{"name": "pending", "count": 3}, {"name": "validated", "count": 2}],
        "byType": [{"name": "transient", "count": 5}],
        "histogram": [
            bin(0.0, 0.2, 0), bin(0.2, 0.4, 0), bin(0.4, 0.6, 0), bin(0.6, 0.8, 0), bin(0.8, 1.0, 5)
        ],
    });
    assert_eq!(counted["astridDetectionStats"], expected);
    let stage = |name: &str| json!({"stage": name, "started": 0});
    let stages = json!([stage("preprocess"), stage("difference"), stage("inference")]);
    assert_eq!(counted["astridPipelineStats"]["stages"], stages, "all runs are older");
    let types = counted["astridJobStats"]["types"].as_array().unwrap();
    assert_eq!(types.len(), 6);
    assert_eq!(types[1], json!({"jobType": "preprocess", "depth": 0, "running": 1, "live": 0}));
    assert_eq!(types[5], json!({"jobType": "notify", "depth": 1, "running": 0, "live": 0}));
    let expected =
        json!({"health": "UNHEALTHY", "liveShare": 0.0, "failureRate": 0.0, "backlog": []});
    assert_eq!(counted["astridWorkerHealth"], expected, "its lease expired long ago");

    for (query, argument) in [
        ("astridPipelineStats(windowHours: 0) { stages { stage } }", "windowHours"),
        ("astridJobStats(windowHours: 745) { workers { name } }", "windowHours"),
        ("astridDetectionStats(filter: {observationId: \"x\"}) { total }", "observationId"),
        (
            "astridDetectionStats(filter: {minConfidence: 2.0, maxConfidence: 1.0}) { total }",
            "confidence",
        ),
    ] {
        let (code, message) = world.refusal(&format!("{{ {query} }}")).await;
        assert!(code == "BAD_USER_INPUT" && message.contains(argument), "{query}: {message}");
    }
}

async fn astrids_settings_and_models_are_found_by_name(engine: Engine) {
    let world = filled(engine).await;
    let found = world
        .ask(
            r#"{
                astridActiveModel(name: "hunter") { version }
                none: astridActiveModel(name: "gatherer") { version }
                astridSystemConfigByKey(key: "jobs.policy") { key isActive }
                nothing: astridSystemConfigByKey(key: "JOBS.policy") { key }
                astridSystemConfigsByPrefix(prefix: "jobs.") { key }
                astridReviewQueue(limit: 2) { status confidenceScore }
            }"#,
        )
        .await;
    let pending = json!({"status": "PENDING", "confidenceScore": 0.9});
    let expected = json!({
        "astridActiveModel": {"version": "1"},
        "none": null,
        "astridSystemConfigByKey": {"key": "jobs.policy", "isActive": true},
        "nothing": null,
        "astridSystemConfigsByPrefix": [{"key": "jobs.policy"}],
        "astridReviewQueue": [pending, pending],
    });
    assert_eq!(found, expected);
    let (code, message) = world.refusal("{ astridReviewQueue(limit: 501) { status } }").await;
    assert!(code == "BAD_USER_INPUT" && message.contains("limit"), "{message}");

    let past = |entity: &str, id: &str, at: &str| {
        format!(
            r#"{{ astridRowAt(entityType: "{entity}", entityId: "{id}", at: "{at}") {{ presence values }} }}"#
        )
    };
    let id = "00000000-0000-7000-8000-000000000203";
    let row = world.ask(&past("observation", id, "2026-01-01T00:00:00Z")).await;
    let row = &row["astridRowAt"];
    assert_eq!(
        (&row["presence"], &row["values"]["status"]),
        (&json!("PRESENT"), &json!("differenced"))
    );
    for (query, argument) in [
        (past("image", id, "2026-01-01T00:00:00Z"), "entity_type"),
        (past("observation", "x", "2026-01-01T00:00:00Z"), "entityId"),
    ] {
        let (code, message) = world.refusal(&query).await;
        assert!(code == "BAD_USER_INPUT" && message.contains(argument), "{message}");
    }
}
