//! The operations of one connection.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use almanac_service::access::Access;
use async_graphql::{Executor, Response as GraphQlResponse, parser::types::OperationType};
use axum::http::Extensions;
use futures::{Stream, StreamExt, stream::BoxStream};
use serde_json::Value as Json;

use super::super::{
    answer,
    client::Client,
    failure::Failure,
    graphql::{Endpoint, with_data},
    metrics::{Metrics, Running as Counted},
    read::Asked,
};

/// Who subscribes.
#[derive(Clone)]
pub(super) struct Subscriber {
    pub(super) access: Access,
    pub(super) client: Client,
    /// What outer layers learned of the request that the connection began with.
    pub(super) learned: Extensions,
}

/// An operation that runs.
pub(super) struct Running {
    responses: BoxStream<'static, GraphQlResponse>,
    metrics: Metrics,
    _counted: Counted,
    began: bool,
}

/// What an operation has to say.
pub(super) enum Said {
    /// An event, as JSON.
    Next(String),
    /// It does not run, or not any more: the errors, as a JSON array.
    Failed(Json),
    /// There is no more.
    Complete,
}

impl<E: Executor> Endpoint<E> {
    /// Begins the subscription that somebody asks for.
    pub(super) fn subscribe(
        &self,
        asked: Asked,
        who: &Subscriber,
        transport: &str,
    ) -> Result<Running, Failure> {
        let server = &self.server;
        let mut request = self.document(asked, &who.access)?;
        let checked = server.checker.check(&request)?;
        if checked.operation_type != OperationType::Subscription {
            return Err(Failure::only_subscriptions());
        }
        let is_stranger = who.access.principal().is_none();
        if checked.introspects
            && is_stranger
            && !server.settings.anonymous_introspection.unwrap_or(true)
        {
            return Err(Failure::no_introspection());
        }
        self.turns.pay(&who.client, checked.cost)?;
        request.set_parsed_query(checked.document.clone());
        let request = with_data(request, who.learned.clone(), &who.access);
        tracing::info!(operation = request.operation_name, cost = checked.cost, "subscribed");
        Ok(Running {
            responses: server.schema.execute_stream(request, None),
            metrics: server.metrics.clone(),
            _counted: server.metrics.subscribe(transport),
            began: false,
        })
    }
}

impl Running {
    /// What it says next; it says nothing behind an end.
    pub(super) fn poll_said(
        &mut self,
        cx: &mut Context<'_>,
        limits: &super::super::Settings,
    ) -> Poll<Said> {
        let Poll::Ready(response) = self.responses.poll_next_unpin(cx) else {
            return Poll::Pending;
        };
        let Some(response) = response else { return Poll::Ready(Said::Complete) };
        // Nothing came before, and nothing with it: it was refused.
        let is_refusal = !self.began && response.data == async_graphql::Value::Null;
        self.began = true;
        if response.is_err() && is_refusal {
            return Poll::Ready(Said::Failed(answer::errors(response, limits)));
        }
        Poll::Ready(match answer::text(response, limits) {
            Ok(text) => {
                self.metrics.event();
                Said::Next(text)
            }
            Err(failure) => Said::Failed(failure.errors()),
        })
    }
}

/// The operations of a connection, by their ids; each in its turn.
pub(super) struct Operations {
    running: Vec<(Arc<str>, Running)>,
    /// Who is asked first, so that one that always has something does not keep the others from speaking.
    first: usize,
    settings: Arc<super::super::Settings>,
}

impl Operations {
    pub(super) fn new(settings: Arc<super::super::Settings>) -> Self {
        Self { running: Vec::new(), first: 0, settings }
    }

    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.running.iter().any(|(known, _)| &**known == id)
    }

    pub(super) fn add(&mut self, id: &str, running: Running) {
        self.running.push((id.into(), running));
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.running.retain(|(known, _)| &**known != id);
    }
}

/// It never ends: there may be operations again.
impl Stream for Operations {
    type Item = (Arc<str>, Said);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let count = this.running.len();
        for offset in 0..count {
            let place = (this.first + offset) % count;
            let (id, running) = &mut this.running[place];
            if let Poll::Ready(said) = running.poll_said(cx, &this.settings) {
                let id = id.clone();
                this.first = place + 1;
                if !matches!(said, Said::Next(_)) {
                    this.running.remove(place);
                }
                return Poll::Ready(Some((id, said)));
            }
        }
        Poll::Pending
    }
}
