use std::sync::{Arc, Mutex};

use almanac_entity::astrid::ModelType;
use axum::{
    Json, Router,
    extract::{Request, State},
    http::{StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
};
use sea_orm::prelude::Uuid;
use tokio::net::TcpListener;

use super::*;

/// A call that a stub heard: its method and path, its token, and its document.
type Heard = (String, Option<String>, Value);

/// A tracker that answers as its documentation has it.
#[derive(Clone, Default)]
struct Stub {
    heard: Arc<Mutex<Vec<Heard>>>,
    /// Whether the experiment is there from the start.
    knows: bool,
    /// A call that is refused.
    refuses: &'static str,
}

impl Stub {
    async fn serve(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(self);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        format!("http://{address}/tracking")
    }

    fn calls(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

async fn answer(State(stub): State<Stub>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1_000_000).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let token = parts.headers.get(AUTHORIZATION).map(|token| token.to_str().unwrap().to_owned());
    let path = parts.uri.path_and_query().unwrap().as_str();
    let call = path.strip_prefix("/tracking/api/2.0/mlflow/").unwrap_or(path).to_owned();
    stub.heard.lock().unwrap().push((format!("{} {call}", parts.method), token, body));
    if !stub.refuses.is_empty() && call.starts_with(stub.refuses) {
        let refusal = json!({ "error_code": "PERMISSION_DENIED", "message": "no" });
        return (StatusCode::FORBIDDEN, Json(refusal)).into_response();
    }
    let answer = match call.split('?').next().unwrap() {
        "experiments/get-by-name" if stub.knows => {
            json!({ "experiment": { "experiment_id": "7", "name": "nightly models" } })
        }
        "experiments/get-by-name" => {
            let missing = json!({ "error_code": "RESOURCE_DOES_NOT_EXIST" });
            return (StatusCode::NOT_FOUND, Json(missing)).into_response();
        }
        "experiments/create" => json!({ "experiment_id": "8" }),
        "runs/create" => json!({ "run": { "info": { "run_id": "9f2c", "status": "RUNNING" } } }),
        _ => json!({}),
    };
    Json(answer).into_response()
}

fn model() -> ml_model::Model {
    let now = now();
    ml_model::Model {
        id: Uuid::nil(),
        name: "net".to_owned(),
        version: "2.1".to_owned(),
        model_type: ModelType::Unet,
        architecture: None,
        hyperparameters: Some(json!({ "depth": 4, "loss": "dice", "name": "hidden" })),
        training_dataset: Some("pilot".to_owned()),
        training_metrics: Some(json!({ "val_loss": 0.25, "precision": 0.1, "notes": "good" })),
        precision: Some(Decimal::new(9123, 4)),
        recall: None,
        f1_score: None,
        accuracy: Some(Decimal::ONE),
        is_active: false,
        deployment_date: None,
        model_path: None,
        mlflow_run_id: None,
        created_at: now,
        updated_at: now,
        training_energy_wh: Some(Decimal::new(15_005, 1)),
        training_avg_power_w: None,
        training_peak_power_w: None,
        training_duration_seconds: Some(3600),
        training_carbon_footprint_kg: None,
    }
}

fn now() -> DateTime<Utc> {
    "2025-10-02T12:00:00.123Z".parse().unwrap()
}

#[tokio::test]
async fn ast_p3_07_a_tracker_hears_of_a_model_in_the_documented_calls() {
    let stub = Stub { knows: true, ..Stub::default() };
    let address = stub.clone().serve().await;
    let tracker = Tracker::new(&address, Some("s3cret".to_owned()), "nightly models").unwrap();
    assert_eq!(tracker.register(&model(), now()).await.as_deref(), Some("9f2c"));
    let calls = stub.calls();
    let names: Vec<&str> = calls.iter().map(|(name, ..)| name.as_str()).collect();
    let expected = [
        "GET experiments/get-by-name?experiment_name=nightly+models",
        "POST runs/create",
        "POST runs/log-batch",
        "POST runs/update",
    ];
    assert_eq!(names, expected);
    assert!(calls.iter().all(|(_, token, _)| token.as_deref() == Some("Bearer s3cret")));
    let at = 1_759_406_400_123_i64;
    let created = json!({
        "experiment_id": "7",
        "run_name": "net 2.1",
        "start_time": at,
        "tags": [
            { "key": "mlflow.runName", "value": "net 2.1" },
            { "key": "almanac.model_id", "value": Uuid::nil().to_string() },
        ],
    });
    assert_eq!(calls[1].2, created);
    let metric =
        |key: &str, value: f64| json!({ "key": key, "value": value, "timestamp": at, "step": 0 });
    let logged = json!({
        "run_id": "9f2c",
        "metrics": [
            metric("precision", 0.9123),
            metric("accuracy", 1.0),
            metric("training_energy_wh", 1500.5),
            metric("training_duration_seconds", 3600.0),
            metric("val_loss", 0.25),
        ],
        "params": [
            { "key": "name", "value": "net" },
            { "key": "version", "value": "2.1" },
            { "key": "model_type", "value": "unet" },
            { "key": "training_dataset", "value": "pilot" },
            { "key": "depth", "value": "4" },
            { "key": "loss", "value": "dice" },
        ],
    });
    assert_eq!(calls[2].2, logged);
    assert_eq!(calls[3].2, json!({ "run_id": "9f2c", "status": "FINISHED", "end_time": at }));
}

#[tokio::test]
async fn an_experiment_that_is_not_there_is_made() {
    let stub = Stub::default();
    let tracker = Tracker::new(&stub.clone().serve().await, None, "new").unwrap();
    tracker.register(&model(), now()).await.unwrap();
    let calls = stub.calls();
    assert_eq!(calls[1], ("POST experiments/create".to_owned(), None, json!({ "name": "new" })));
    assert_eq!(calls[2].2["experiment_id"], json!("8"));
}

#[tokio::test]
async fn without_a_tracker_models_have_no_run() {
    assert_eq!(Tracker::disabled().register(&model(), now()).await, None);
    // A port where nobody listens.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let tracker = Tracker::new(&address, Some("s3cret".to_owned()), "x").unwrap();
    assert_eq!(tracker.register(&model(), now()).await, None);
    let error = tracker.try_register(&model(), now()).await.unwrap_err();
    let told = format!("{error} {error:?} {tracker:?}");
    assert!(!told.contains("s3cret"), "{told}");
}

#[tokio::test]
async fn a_run_that_is_refused_its_numbers_has_failed() {
    let stub = Stub { knows: true, refuses: "runs/log-batch", ..Stub::default() };
    let tracker = Tracker::new(&stub.clone().serve().await, None, "x").unwrap();
    let error = tracker.try_register(&model(), now()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tracker refuses runs/log-batch: 403 Forbidden PERMISSION_DENIED"
    );
    assert_eq!(stub.calls().last().unwrap().2["status"], json!("FAILED"));
}

#[tokio::test]
async fn a_model_that_has_a_run_keeps_it() {
    let stub = Stub::default();
    let tracker = Tracker::new(&stub.clone().serve().await, None, "x").unwrap();
    let known = ml_model::Model { mlflow_run_id: Some("old".to_owned()), ..model() };
    assert_eq!(tracker.register(&known, now()).await.as_deref(), Some("old"));
    assert!(stub.calls().is_empty());
}

#[test]
fn an_address_is_of_http() {
    for address in ["ftp://example.org", "nothing", "file:///etc"] {
        assert!(matches!(Tracker::new(address, None, "x"), Err(TrackerError::Address(_))));
    }
}
