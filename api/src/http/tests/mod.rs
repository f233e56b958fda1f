mod access;
mod limits;
mod requests;
mod responses;
mod server;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use almanac_service::access::Principal;
use async_graphql::{
    Context, EmptySubscription, Error, ErrorExtensions, ID, Object, Result, Schema,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header, request::Builder},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{DatabaseReadiness, Documents, Gate, Rates, Readiness, Server, Settings, router};
use crate::document::{Checker, Limits};

/// How often the counter of a graph was changed.
type Changes = Arc<AtomicUsize>;

struct Query;

#[Object]
impl Query {
    async fn greeting(
        &self,
        #[graphql(default_with = "String::from(\"world\")")] name: String,
    ) -> String {
        format!("hello {name}")
    }

    async fn small(&self, #[graphql(validator(maximum = 9))] number: i32) -> i32 {
        number
    }

    async fn broken(&self) -> Result<Option<i32>> {
        Err(std::io::Error::other("no such table: secrets"))?
    }

    async fn secretive(&self) -> Result<i32> {
        Err(Error::new("a plain message without a code"))
    }

    async fn missing(&self) -> Result<Option<i32>> {
        Err(Error::new("no such image")
            .extend_with(|_, extensions| extensions.set("code", "NOT_FOUND")))
    }

    async fn panics(&self) -> i32 {
        std::hint::black_box(None).expect("a secret of the house")
    }

    async fn slow(&self) -> i32 {
        tokio::time::sleep(Duration::from_mins(1)).await;
        1
    }

    async fn large(&self) -> String {
        "x".repeat(11 * 1024 * 1024)
    }

    async fn who(&self, context: &Context<'_>) -> Option<&'static str> {
        context.data_opt::<axum::http::Extensions>()?.get::<&'static str>().copied()
    }

    async fn principal(&self, context: &Context<'_>) -> Option<String> {
        context.data_opt::<Principal>().map(|known| format!("{} {}", known.name, known.role))
    }

    async fn things(&self, first: Option<i32>) -> Vec<ID> {
        (0..first.unwrap_or(50)).map(ID::from).collect()
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn change(&self, context: &Context<'_>) -> usize {
        context.data_unchecked::<Changes>().fetch_add(1, Ordering::SeqCst) + 1
    }
}

fn server_with(settings: Settings, changes: &Changes) -> Router {
    server_of(settings, changes, Gate::of_this_machine(), Documents::default())
}

fn server_of(settings: Settings, changes: &Changes, gate: Gate, documents: Documents) -> Router {
    let schema =
        Schema::build(Query, Mutation, EmptySubscription).data(Arc::clone(changes)).finish();
    let checker =
        Checker::new(&schema.sdl(), Limits { leaf_points: 1, ..Limits::default() }).unwrap();
    let database =
        |name: &str, ready| DatabaseReadiness { name: name.into(), ready, ..Default::default() };
    let server =
        Server { documents: Arc::new(documents), ..Server::new(schema, checker, settings, gate) };
    router(server, move || async move {
        Readiness {
            ready: false,
            databases: vec![database("products", true), database("hdf5", false)],
            pools: Vec::new(),
        }
    })
}

/// The default settings, with GraphiQL and without limits of rate.
fn settings() -> Settings {
    Settings { graphiql: true, rate: Rates::NONE, ..Settings::default() }
}

fn server() -> Router {
    server_with(settings(), &Changes::default())
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    text: String,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    #[track_caller]
    fn code(&self) -> String {
        let body = self.json();
        assert!(body.get("data").is_none(), "{body}");
        body["errors"][0]["extensions"]["code"].as_str().unwrap().into()
    }

    fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(server: Router, request: Request<Body>) -> Answer {
    let response = server.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into(),
    }
}

fn request(method: &str, path: &str) -> Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "localhost:8110")
}

async fn get(path: &str) -> Answer {
    ask(server(), request("GET", path).body(Body::empty()).unwrap()).await
}

fn posting(body: impl Into<Body>) -> Request<Body> {
    request("POST", "/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

async fn post(query: &str) -> Answer {
    ask(server(), posting(json!({ "query": query }).to_string())).await
}

async fn post_strict(query: &str) -> Answer {
    let mut request = posting(json!({ "query": query }).to_string());
    request
        .headers_mut()
        .insert(header::ACCEPT, "application/graphql-response+json".parse().unwrap());
    ask(server(), request).await
}
