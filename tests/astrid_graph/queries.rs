//! Every query about AstrID, as it is answered and as it is refused.

use std::collections::BTreeSet;

use almanac_service::access::Role::{self, Admin, Analyst, Operator, Viewer};
use serde_json::{Value as Json, json};

use crate::{
    server::Server,
    support::{Engine, engines},
    world::{World, access, first_error},
};

engines! {
    ast_x_01_each_list_answers_and_refuses,
    ast_x_01_each_query_answers_and_refuses,
    ast_x_01_rows_as_they_were,
    ast_x_01_revisions_are_told,
    ast_x_01_cones_that_cannot_be_are_refused,
}

/// Lists, with conditions on all that the specification's §5.1 names, and how many rows fulfil them.
const LISTS: [(&str, &str, usize); 13] = [
    ("astridSurveys", r#"name: {contains: "alph"}, isActive: {eq: true}"#, 1),
    (
        "astridObservations",
        r#"surveyId: {eq: @101}, status: {in: [INGESTED, FAILED]}, filterBand: {eq: "g"}, ra: {gte: 9, lte: 11},
           dec: {gte: 19, lte: 21}, observationTime: {gte: "2025-10-09T00:00:00Z", lt: "2025-10-10T00:00:00Z"},
           position: {cone: {raDeg: 10.01, decDeg: 20, radiusDeg: 0.1}}"#,
        2,
    ),
    (
        "astridPreprocessRuns",
        "observationId: {eq: @206}, status: {in: [RUNNING]}, createdAt: {gte: \"2025-10-09T00:00:00Z\"}",
        1,
    ),
    (
        "astridDifferenceRuns",
        "observationId: {eq: @203}, status: {in: [COMPLETED]}, algorithm: {eq: \"zogy\"}, createdAt: {lt: \"2025-10-10T00:00:00Z\"}",
        1,
    ),
    (
        "astridCandidates",
        r"differenceRunId: {eq: @301}, observationId: {eq: @203}, status: {in: [DUPLICATE, REJECTED]}, isEdge: {eq: false},
           significance: {isNull: true}, snr: {isNull: true}, position: {cone: {raDeg: 10, decDeg: 20.01, radiusDeg: 0.1}}",
        3,
    ),
    (
        "astridProcessingJobs",
        r#"jobType: {in: ["notify", "preprocess"]}, status: {in: [PENDING, RUNNING]}, entityType: {eq: "observation"},
           entityId: {eq: @206}, claimedBy: {eq: "worker"}, workflowId: {isNull: true},
           scheduledAt: {gte: "2025-10-09T00:00:00Z"}"#,
        1,
    ),
    ("astridModels", "modelType: {eq: CLASSIFIER}, isActive: {eq: true}", 1),
    (
        "astridModelRuns",
        "modelId: {eq: @601}, observationId: {eq: @203}, status: {in: [COMPLETED]}, createdAt: {gte: \"2025-10-09T00:00:00Z\"}",
        1,
    ),
    (
        "astridDetections",
        r#"observationId: {eq: @203}, modelRunId: {eq: @701}, status: {in: [VALIDATED]}, detectionType: {in: [TRANSIENT]},
           confidenceScore: {gte: 0.8, lte: 0.95}, modelVersion: {eq: "1"}, isValidated: {eq: true},
           createdAt: {lt: "2025-10-10T00:00:00Z"}, position: {cone: {raDeg: 10, decDeg: 20.01, radiusDeg: 0.1}}"#,
        2,
    ),
    (
        "astridValidationEvents",
        "detectionId: {eq: @803}, validatorId: {eq: \"ada\"}, isValid: {eq: true}, createdAt: {lt: \"2025-10-10T00:00:00Z\"}",
        1,
    ),
    (
        "astridAlerts",
        r#"status: {in: [PENDING]}, priority: {in: [HIGH]}, alertType: {eq: "dashboard"}, detectionId: {eq: @801},
           createdAt: {lt: "2025-10-10T00:00:00Z"}"#,
        1,
    ),
    ("astridSystemConfig", "key: {startsWith: \"jobs.\"}, isActive: {eq: true}", 1),
    (
        "astridAuditRecords",
        r#"entityType: {eq: "detection"}, entityId: {eq: "00000000-0000-0000-0000-000000000001"},
           action: {eq: "detection.update"}, userId: {eq: "eve"}, createdAt: {gte: "2025-10-02T00:00:00Z"}"#,
        1,
    ),
];

/// A query that is no list.
struct Example {
    name: &'static str,
    /// Who is answered, and the whole answer.
    answered: (Role, &'static str, fn() -> Json),
    /// Who is refused, the code, and what the message begins with: the argument at fault.
    refused: (Option<Role>, &'static str, &'static str, &'static str),
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "astridObservationVerdict",
        answered: (
            Viewer,
            "(observation: {surveyId: @101, observationId: \"new\", ra: 361}) { isValid code field rule }",
            || json!({ "isValid": false, "code": "BAD_USER_INPUT", "field": "dec", "rule": "required" }),
        ),
        refused: (None, "(observation: {surveyId: @101}) { isValid }", "UNAUTHENTICATED", ""),
    },
    Example {
        name: "astridReviewQueue",
        answered: (Analyst, "(limit: 2) { pixelX confidenceScore status }", || {
            let waiting = json!({ "pixelX": 1, "confidenceScore": 0.9, "status": "PENDING" });
            json!([waiting, waiting])
        }),
        refused: (Some(Analyst), "(limit: 501) { rowId }", "BAD_USER_INPUT", "limit"),
    },
    Example {
        name: "astridActiveModel",
        answered: (
            Operator,
            "(name: \"hunter\") { version isActive }",
            || json!({ "version": "1", "isActive": true }),
        ),
        refused: (Some(Analyst), "(name: \"hunter\") { version }", "FORBIDDEN", ""),
    },
    Example {
        name: "astridSystemConfigByKey",
        answered: (
            Admin,
            "(key: \"jobs.policy\") { key isActive }",
            || json!({ "key": "jobs.policy", "isActive": true }),
        ),
        refused: (Some(Operator), "(key: \"jobs.policy\") { value }", "FORBIDDEN", ""),
    },
    Example {
        name: "astridSystemConfigsByPrefix",
        answered: (Admin, "(prefix: \"jobs.\") { key }", || json!([{ "key": "jobs.policy" }])),
        refused: (Some(Operator), "(prefix: \"\") { value }", "FORBIDDEN", ""),
    },
    Example {
        name: "astridObservationStats",
        answered: (
            Viewer,
            "{ total pending processing processed failed archived bySurvey { survey { name } count } \
               byFilter { name count } perDay { count } }",
            || {
                json!({
                    "total": 5, "pending": 1, "processing": 2, "processed": 1, "failed": 1, "archived": 0,
                    "bySurvey": [{ "survey": { "name": "Alpha" }, "count": 5 }],
                    "byFilter": [{ "name": "g", "count": 5 }], "perDay": [],
                })
            },
        ),
        refused: (None, "{ total }", "UNAUTHENTICATED", ""),
    },
    Example {
        name: "astridDetectionStats",
        answered: (
            Viewer,
            "(filter: {status: [PENDING, VALIDATED]}) { total byStatus { name count } byType { name count } \
               pendingReview validated rejected highConfidence meanConfidence histogram { from to count } }",
            || {
                let bin = |from: f64, to: f64, count: u32| json!({ "from": from, "to": to, "count": count });
                let empty = [(0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8)];
                let mut histogram = empty.map(|(from, to)| bin(from, to, 0)).to_vec();
                histogram.push(bin(0.8, 1.0, 5));
                json!({
                    "total": 5,
                    "byStatus": [{ "name": "pending", "count": 3 }, { "name": "validated", "count": 2 }],
                    "byType": [{ "name": "transient", "count": 5 }],
                    "pendingReview": 3, "validated": 2, "rejected": 0, "highConfidence": 5,
                    "meanConfidence": 0.9, "histogram": histogram,
                })
            },
        ),
        refused: (
            Some(Viewer),
            "(filter: {observationId: \"one\"}) { total }",
            "BAD_USER_INPUT",
            "observationId",
        ),
    },
    Example {
        name: "astridPipelineStats",
        answered: (Viewer, "{ stages { stage started completed failed retried } }", || {
            let stage = |stage: &str| json!({ "stage": stage, "started": 0, "completed": 0, "failed": 0, "retried": 0 });
            json!({ "stages": [stage("preprocess"), stage("difference"), stage("inference")] })
        }),
        refused: (
            Some(Viewer),
            "(windowHours: 0) { stages { stage } }",
            "BAD_USER_INPUT",
            "windowHours",
        ),
    },
    Example {
        name: "astridJobStats",
        answered: (Viewer, "{ types { jobType depth running live completed } }", || {
            let of = |job_type: &str, depth: u32, running: u32| json!({ "jobType": job_type, "depth": depth, "running": running, "live": 0, "completed": 0 });
            json!({ "types": [
                of("ingest", 0, 0), of("preprocess", 0, 1), of("difference", 0, 0),
                of("inference", 0, 0), of("validate", 0, 0), of("notify", 1, 0),
            ] })
        }),
        refused: (
            Some(Viewer),
            "(windowHours: 745) { types { depth } }",
            "BAD_USER_INPUT",
            "windowHours",
        ),
    },
    Example {
        name: "astridWorkerHealth",
        // One job runs, and the lease on it has long expired.
        answered: (
            Viewer,
            "{ health liveShare failureRate backlog }",
            || json!({ "health": "UNHEALTHY", "liveShare": 0.0, "failureRate": 0.0, "backlog": [] }),
        ),
        refused: (None, "{ health }", "UNAUTHENTICATED", ""),
    },
    Example {
        name: "astridRowAt",
        // Nobody wrote down that anything was changed of it.
        answered: (
            Operator,
            "(entityType: \"model\", entityId: @601, at: \"2030-01-01T00:00:00Z\") { presence }",
            || json!({ "presence": "PRESENT" }),
        ),
        refused: (
            Some(Analyst),
            "(entityType: \"model\", entityId: @601, at: \"2030-01-01T00:00:00Z\") { presence }",
            "FORBIDDEN",
            "",
        ),
    },
];

#[test]
fn ast_x_01_every_query_has_an_example() {
    let sdl = almanac_api::sdl();
    let queries = sdl.split("\ntype Query {").nth(1).unwrap().split("\n}").next().unwrap();
    let fields = queries.lines().filter_map(|line| line.strip_prefix("\tastrid"));
    let known: BTreeSet<String> =
        fields.map(|field| format!("astrid{}", field.split(['(', ':']).next().unwrap())).collect();
    let lists = LISTS.iter().map(|(name, ..)| *name);
    let others = EXAMPLES.iter().map(|example| example.name);
    let shown: BTreeSet<String> = lists.chain(others).map(str::to_owned).collect();
    assert_eq!(shown, known);
}

async fn ast_x_01_each_list_answers_and_refuses(engine: Engine) {
    let world = World::filled(engine).await;
    let admin = || access(Some(Admin));
    for (list, conditions, count) in LISTS {
        let query = format!(
            "{{ {list}(first: 1, where: {{{conditions}}}) {{ totalCount nodes {{ rowId }} pageInfo {{ hasNextPage }} }} }}"
        );
        let data = world.ask(&query, admin()).await;
        let page = &data[list];
        assert_eq!(page["totalCount"], count, "{query}");
        assert_eq!(page["nodes"].as_array().unwrap().len(), 1, "{query}");
        assert_eq!(page["pageInfo"]["hasNextPage"], count > 1, "{query}");

        for (arguments, argument) in [("first: 1001", "first"), ("after: \"nonsense\"", "cursor")] {
            let query = format!("{{ {list}({arguments}) {{ nodes {{ rowId }} }} }}");
            let refusal = world.refusal(&query, admin()).await;
            assert_eq!(refusal.code, "BAD_USER_INPUT", "{query}");
            assert!(refusal.message.starts_with(argument), "{query}: {}", refusal.message);
        }
    }
    let refusal = world.refusal("{ node(id: \"nonsense\") { id } }", admin()).await;
    assert_eq!(refusal.code, "BAD_USER_INPUT");
}

async fn ast_x_01_each_query_answers_and_refuses(engine: Engine) {
    let world = World::filled(engine).await;
    for Example { name, answered: (role, call, answer), refused } in EXAMPLES {
        let query = format!("{{ {name}{call} }}");
        let data = world.ask(&query, access(Some(*role))).await;
        assert_eq!(data[*name], answer(), "{query}");

        let (role, call, code, argument) = refused;
        let query = format!("{{ {name}{call} }}");
        let response = world.respond(&query, access(*role)).await;
        let refusal = first_error(&response).unwrap_or_else(|| panic!("{query}: {response}"));
        assert_eq!(refusal.code, *code, "{query}");
        assert!(refusal.message.starts_with(argument), "{query}: {}", refusal.message);
    }
    let none = "{ astridActiveModel(name: \"none\") { version } astridSystemConfigByKey(key: \"none\") { key } }";
    let none = world.ask(none, access(Some(Admin))).await;
    assert_eq!(none, json!({ "astridActiveModel": null, "astridSystemConfigByKey": null }));
    // What the verdict refuses, ingesting it refuses with the field and the rule.
    let ingest = "mutation { ingestAstridObservation(input: {observation: {
        surveyId: @101, observationId: \"new\", ra: 361, dec: 0, observationTime: \"2025-10-02T03:04:05Z\",
        filterBand: \"g\", exposureTime: 1, fitsUrl: \"s3://raw/new\"
    }}) { auditRecordIds } }";
    let refusal = world.refusal(ingest, access(Some(Operator))).await;
    let at_fault = (refusal.field.as_deref(), refusal.rule.as_deref());
    assert_eq!((refusal.code.as_str(), at_fault), ("BAD_USER_INPUT", (Some("ra"), Some("range"))));
}

async fn ast_x_01_rows_as_they_were(engine: Engine) {
    let world = World::filled(engine).await;
    let made = world
        .ask(
            "mutation { createAstridSurvey(input: {name: \"Gamma\"}) { survey { rowId createdAt } } }",
            access(Some(Operator)),
        )
        .await;
    let survey = &made["createAstridSurvey"]["survey"];
    let changed = format!(
        "mutation {{ updateAstridSurvey(input: {{surveyId: {}, name: \"Delta\"}}) {{ survey {{ updatedAt }} }} }}",
        survey["rowId"]
    );
    let changed = world.ask(&changed, access(Some(Operator))).await;
    let at = async |instant: &Json| {
        let query = format!(
            "{{ astridRowAt(entityType: \"survey\", entityId: {}, at: {instant}) {{ presence values }} }}",
            survey["rowId"]
        );
        let row = world.ask(&query, access(Some(Analyst))).await["astridRowAt"].clone();
        (row["presence"].clone(), row["values"]["name"].clone())
    };
    assert_eq!(at(&json!("2025-01-01T00:00:00Z")).await, (json!("ABSENT"), Json::Null));
    assert_eq!(at(&survey["createdAt"]).await, (json!("PRESENT"), json!("Gamma")));
    let updated = &changed["updateAstridSurvey"]["survey"]["updatedAt"];
    assert_eq!(at(updated).await, (json!("PRESENT"), json!("Delta")));
    for (call, code) in [
        ("entityType: \"survey\", entityId: \"one\"", "BAD_USER_INPUT"),
        ("entityType: \"galaxy\", entityId: @101", "BAD_USER_INPUT"),
        ("entityType: \"system_config\", entityId: @101", "FORBIDDEN"),
    ] {
        let query =
            format!("{{ astridRowAt({call}, at: \"2025-01-01T00:00:00Z\") {{ presence }} }}");
        let refusal = world.refusal(&query, access(Some(Analyst))).await;
        assert_eq!(refusal.code, code, "{query}");
    }
}

/// Only the command knows of revisions.
async fn ast_x_01_revisions_are_told(engine: Engine) {
    let world = World::filled(engine).await;
    let server = Server::start(&world.test, Viewer);
    let query = "{ migrationStatus { database engine isReadable applied pending unknown } }";
    let told = server.ask(query).await;
    let told = told["migrationStatus"].as_array().unwrap();
    let astrid = told.iter().find(|of| of["database"] == "astrid").unwrap();
    let word = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
    let revisions = crate::support::revisions(almanac_database::Database::Astrid).all();
    assert_eq!(
        *astrid,
        json!({
            "database": "astrid", "engine": word, "isReadable": true, "applied": revisions,
            "pending": [], "unknown": [],
        })
    );
    let refused = server.respond(query, None).await;
    assert_eq!(first_error(&refused).unwrap().code, "UNAUTHENTICATED");
}

/// What is wrong with the form of an argument gets its code from the server.
async fn ast_x_01_cones_that_cannot_be_are_refused(engine: Engine) {
    let world = World::filled(engine).await;
    let server = Server::start(&world.test, Analyst);
    for list in ["astridObservations", "astridCandidates", "astridDetections"] {
        let cone = |cone: &str| {
            format!(
                "{{ {list}(where: {{position: {{cone: {{{cone}}}}}}}) {{ totalCount nodes {{ separationDeg }} }} }}"
            )
        };
        for wrong in [
            "raDeg: 1, decDeg: 91, radiusDeg: 1",
            "raDeg: 1, decDeg: 1, radiusDeg: 0",
            "raDeg: 1, radiusDeg: 1",
        ] {
            let refused = server.respond(&cone(wrong), Some(server.token())).await;
            let refusal = first_error(&refused).unwrap_or_else(|| panic!("{list}: {wrong}"));
            assert_eq!(refusal.code, "BAD_USER_INPUT", "{list}: {wrong}");
        }
        let found = server.ask(&cone("raDeg: 10, decDeg: 20.01, radiusDeg: 0.1")).await;
        let nearest = &found[list]["nodes"][0]["separationDeg"];
        assert!((nearest.as_f64().unwrap() - 0.01).abs() < 1e-9, "{list}: {nearest}");
    }
}
