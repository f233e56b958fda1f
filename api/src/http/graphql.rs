//! `/graphql`.

use std::{sync::Arc, time::Instant};

use almanac_service::{Budget, access::Access};
use async_graphql::{Executor, Request, Response as GraphQlResponse, parser::types::OperationType};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{self, Extensions, Method},
    response::Response,
    routing,
};
use tokio::sync::Semaphore;
use tower_http::limit::RequestBodyLimitLayer;

use super::{
    AdHoc, Server,
    accept::Media,
    answer,
    client::{self, Client},
    failure::Failure,
    live::{self, Connections},
    persisted,
    read::{self, Asked},
    request_id,
    turns::Turns,
};

/// What every request to `/graphql` shares.
pub(super) struct Endpoint<E> {
    pub(super) server: Server<E>,
    pub(super) turns: Turns,
    pub(super) connections: Connections,
    /// One permit for each operation that runs or waits.
    places: Semaphore,
    /// One permit for each operation that runs.
    running: Semaphore,
}

/// Who asks, and how.
struct Asker {
    access: Access,
    client: Client,
    may_change: bool,
}

pub(super) fn routes<E: Executor>(server: Server<E>) -> Router {
    let settings = &server.settings;
    let places = Semaphore::new(settings.in_flight + settings.queue);
    let running = Semaphore::new(settings.in_flight);
    let limit = RequestBodyLimitLayer::new(settings.body_bytes);
    let turns = Turns::new(settings);
    let endpoint =
        Arc::new(Endpoint { server, turns, connections: Connections::default(), places, running });
    Router::new()
        .route("/graphql", routing::get(serve::<E>).post(serve::<E>).layer(limit))
        .with_state(endpoint)
}

async fn serve<E: Executor>(
    State(endpoint): State<Arc<Endpoint<E>>>,
    request: http::Request<Body>,
) -> Response {
    if live::wants_socket(&request) {
        let upgraded = live::upgrade(endpoint, request).await;
        return upgraded.unwrap_or_else(|failure| failure.respond(Media::Json));
    }
    if live::wants_events(&request) {
        let answered = live::event_stream(endpoint, request).await;
        return answered.unwrap_or_else(|failure| failure.respond(Media::Json));
    }
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
        let settings = &self.server.settings;
        let (parts, body) = request.into_parts();
        let is_post = parts.method == Method::POST;
        let (access, client) = self.admit(&parts).await?;
        let caller = client::caller(&parts, settings);
        let asker = Asker { access, client, may_change: is_post };
        // What outer layers learned of the request is there for the resolvers.
        let learned = parts.extensions.clone();
        let asked = if is_post {
            read::body(http::Request::from_parts(parts, body), settings).await?
        } else {
            read::uri(&parts.uri)?
        };
        let request = self.document(asked, &asker.access)?.data(caller);
        let response = self.run(with_data(request, learned, &asker.access), &asker).await?;
        answer::executed(media, response, settings)
    }

    /// Finds out who asks, and counts the request.
    pub(super) async fn admit(
        &self,
        request: &http::request::Parts,
    ) -> Result<(Access, Client), Failure> {
        let address = client::address(&request.extensions, &request.headers, &self.server.settings);
        match self.server.gate.authenticate(&request.headers).await {
            Ok(access) => {
                let client = self.turns.ask(&access, address)?;
                Ok((access, client))
            }
            Err(failure) => {
                self.turns.ask_as_stranger(address)?;
                Err(failure)
            }
        }
    }

    /// The document that was sent or named, if this asker may run it.
    pub(super) fn document(&self, asked: Asked, access: &Access) -> Result<Request, Failure> {
        let documents = &self.server.documents;
        let Asked { mut request, document_id } = asked;
        if let Some(id) = document_id {
            let found = documents.find(&id).ok_or_else(Failure::unknown_document)?;
            if request.query.is_empty() {
                found.clone_into(&mut request.query);
            } else if request.query != found {
                return Err(Failure::bad_request("the document is not the one that is named"));
            }
            return Ok(request);
        }
        let may_send = match self.server.settings.ad_hoc {
            AdHoc::Everyone => true,
            AdHoc::Known => access.principal().is_some(),
            AdHoc::Nobody => false,
        };
        if may_send || documents.holds(&request.query) {
            Ok(request)
        } else {
            Err(Failure::only_listed_documents())
        }
    }

    async fn run(&self, mut request: Request, asker: &Asker) -> Result<GraphQlResponse, Failure> {
        let Server { checker, settings, metrics, .. } = &self.server;
        let checked = checker.check(&request)?;
        let statements = match checked.operation_type {
            OperationType::Query => settings.query_statements,
            _ if !asker.may_change => return Err(Failure::only_queries()),
            OperationType::Mutation => settings.mutation_statements,
            OperationType::Subscription => return Err(Failure::needs_stream()),
        };
        let is_stranger = asker.access.principal().is_none();
        let is_open = settings.anonymous_introspection.unwrap_or(true);
        if checked.introspects && is_stranger && !is_open {
            return Err(Failure::no_introspection());
        }
        self.turns.pay(&asker.client, checked.cost)?;
        let name = request.operation_name.clone();
        let document = persisted::sha256(&request.query);
        request.set_parsed_query(checked.document.clone());

        let started = Instant::now();
        let _running = metrics.run();
        let budget = Budget::new(statements);
        let mut response = budget.scope(self.execute(request, &asker.client)).await?;
        if response.is_err() {
            checker.complete(&checked.document, name.as_deref(), &mut response);
        }
        let (cost, limit) = (checked.cost, checker.limits().cost);
        response.extensions.insert("cost".into(), answer::cost(cost, limit));
        metrics.operation(&checked.operation_type.to_string(), cost, started.elapsed());
        tracing::info!(
            operation = name,
            document,
            kind = %checked.operation_type,
            cost,
            statements = budget.spent(),
            errors = response.errors.len(),
            milliseconds = started.elapsed().as_millis(),
            "graphql"
        );
        Ok(response)
    }

    /// Runs the operation when its turn comes. On timeout it is dropped, and its statements with it.
    async fn execute(&self, request: Request, client: &Client) -> Result<GraphQlResponse, Failure> {
        let _own = self.turns.enter(client)?;
        let _place = self.places.try_acquire().map_err(|_| Failure::overloaded())?;
        let run = async {
            let _turn = self.running.acquire().await;
            self.server.schema.execute(request).await
        };
        let time = self.server.settings.operation_time;
        tokio::time::timeout(time, run).await.map_err(|_| Failure::timeout(time.as_secs_f64()))
    }
}

/// What resolvers find beside the schema's own: for whom they read, who changes, and what the request is called.
pub(super) fn with_data(request: Request, learned: Extensions, access: &Access) -> Request {
    let mut request = request.data(learned).data(access.clone());
    if let Some(principal) = access.principal() {
        request = request.data(principal.clone());
    }
    match request_id::current() {
        Some(id) => request.data(id),
        None => request,
    }
}
