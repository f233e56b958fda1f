//! `/graphql`.

use std::{sync::Arc, time::Instant};

use async_graphql::{Executor, Request, Response as GraphQlResponse, parser::types::OperationType};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{self, Method},
    response::Response,
    routing,
};
use tokio::sync::Semaphore;
use tower_http::limit::RequestBodyLimitLayer;

use super::{Settings, accept::Media, answer, failure::Failure, read};
use crate::document::Checker;

/// What every request to `/graphql` shares.
struct Endpoint<E> {
    schema: E,
    checker: Arc<Checker>,
    settings: Arc<Settings>,
    /// One permit for each operation that runs or waits.
    places: Semaphore,
    /// One permit for each operation that runs.
    turns: Semaphore,
}

pub(super) fn routes<E: Executor>(
    schema: E,
    checker: Arc<Checker>,
    settings: Arc<Settings>,
) -> Router {
    let places = Semaphore::new(settings.in_flight + settings.queue);
    let turns = Semaphore::new(settings.in_flight);
    let limit = RequestBodyLimitLayer::new(settings.body_bytes);
    let endpoint = Arc::new(Endpoint { schema, checker, settings, places, turns });
    Router::new()
        .route("/graphql", routing::get(serve::<E>).post(serve::<E>).layer(limit))
        .with_state(endpoint)
}

async fn serve<E: Executor>(
    State(endpoint): State<Arc<Endpoint<E>>>,
    request: http::Request<Body>,
) -> Response {
    let Some(media) = Media::preferred(request.headers()) else {
        return Failure::not_acceptable().respond(Media::Json);
    };
    endpoint.answer(media, request).await.unwrap_or_else(|failure| failure.respond(media))
}

impl<E: Executor> Endpoint<E> {
    async fn answer(
        &self,
        media: Media,
        request: http::Request<Body>,
    ) -> Result<Response, Failure> {
        let is_post = request.method() == Method::POST;
        // What outer layers learned of the request, such as who sent it, is there for the resolvers.
        let learned = request.extensions().clone();
        let asked = if is_post {
            read::body(request, &self.settings).await?
        } else {
            read::uri(request.uri())?
        };
        let response = self.run(asked.data(learned), is_post).await?;
        answer::executed(media, response, &self.settings)
    }

    async fn run(
        &self,
        mut request: Request,
        may_change: bool,
    ) -> Result<GraphQlResponse, Failure> {
        let checked = self.checker.check(&request)?;
        match checked.operation_type {
            OperationType::Query => {}
            _ if !may_change => return Err(Failure::only_queries()),
            OperationType::Mutation => {}
            OperationType::Subscription => return Err(Failure::needs_stream()),
        }
        let name = request.operation_name.clone();
        request.set_parsed_query(checked.document.clone());

        let started = Instant::now();
        let mut response = self.execute(request).await?;
        if response.is_err() {
            self.checker.complete(&checked.document, name.as_deref(), &mut response);
        }
        let (cost, limit) = (checked.cost, self.checker.limits().cost);
        response.extensions.insert("cost".into(), answer::cost(cost, limit));
        tracing::debug!(
            operation = name,
            kind = %checked.operation_type,
            cost,
            errors = response.errors.len(),
            milliseconds = started.elapsed().as_millis(),
            "graphql"
        );
        Ok(response)
    }

    /// Runs the operation when its turn comes. On timeout it is dropped, and its statements with it.
    async fn execute(&self, request: Request) -> Result<GraphQlResponse, Failure> {
        let _place = self.places.try_acquire().map_err(|_| Failure::overloaded())?;
        let run = async {
            let _turn = self.turns.acquire().await;
            self.schema.execute(request).await
        };
        let time = self.settings.operation_time;
        tokio::time::timeout(time, run).await.map_err(|_| Failure::timeout(time.as_secs_f64()))
    }
}
