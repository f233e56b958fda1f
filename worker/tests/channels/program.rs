//! A program that alerts are sent to.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// A program that answers each call as it was told.
pub(crate) struct Program {
    pub(crate) url: String,
    state: Arc<Mutex<Calls>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Calls {
    /// What is answered, one after the other; the last one for good.
    answers: Vec<(u16, String)>,
    received: Vec<Call>,
}

/// A call that came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Program {
    pub(crate) async fn answering(answers: &[(u16, &str)]) -> Self {
        let answers = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let state = Arc::new(Mutex::new(Calls { answers, received: Vec::new() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(call)).with_state(state.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state, server }
    }

    pub(crate) fn received(&self) -> Vec<Call> {
        self.state.lock().unwrap().received.clone()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn call(
    State(state): State<Arc<Mutex<Calls>>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let mut calls = state.lock().unwrap();
    let number = calls.received.len().min(calls.answers.len() - 1);
    calls.received.push(Call { headers, body });
    let (status, text) = calls.answers[number].clone();
    (StatusCode::from_u16(status).unwrap(), text).into_response()
}
