//! How changes come into the graph.

use almanac_entity::UnixTime;
use almanac_service::{Work, access::Operation};
use async_graphql::ID;
use sea_orm::prelude::Uuid;

use super::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
};

/// Declares mutations: each is the [`Operation`] it carries out, its name, its input and its payload, and a
/// block that makes the change through the repositories of `work` and answers with the payload or an error
/// of the services. Whoever asks must have the operation's role; the changes are recorded and become
/// lasting together, or not at all.
macro_rules! mutations {
    (
        $(#[doc = $about:literal])+
        $object:ident {
            $(
                $(#[doc = $doc:literal])+
                $operation:ident: $name:ident($input:ident: $input_type:ty, $work:ident) -> $payload:ty
                $body:block
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Default)]
        pub struct $object;

        #[async_graphql::Object]
        impl $object {
            $(
                $(#[doc = $doc])+
                async fn $name(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "What is to change, and how.")] $input: $input_type,
                ) -> async_graphql::Result<$payload> {
                    let work = crate::graphql::mutation::begin(
                        ctx,
                        almanac_service::access::Operation::$operation,
                    )?;
                    let outcome: almanac_service::Result<$payload> = {
                        let $work = &work;
                        Box::pin(async move { $body }).await
                    };
                    crate::graphql::mutation::end(work, outcome).await
                }
            )+
        }
    };
}

/// Begins work of whoever asks.
pub(crate) fn begin(ctx: &Context<'_>, operation: Operation) -> Result<Work> {
    let now = UnixTime::from(chrono::Utc::now());
    let principal = ctx.access().principal();
    let work = ctx.sessions().work(principal, operation, ctx.caller(), now);
    work.map_err(|error| graph_error(&error))
}

/// Makes the changes last where they succeeded; otherwise nothing has changed.
pub(crate) async fn end<T>(work: Work, outcome: almanac_service::Result<T>) -> Result<T> {
    let ended = match outcome {
        Ok(payload) => work.commit().await.map(|()| payload),
        Err(refusal) => {
            work.undo().await;
            Err(refusal)
        }
    };
    ended.map_err(|error| graph_error(&error))
}

/// What `look` finds where it waits for the disk, meanwhile others are answered.
pub(crate) async fn blocking<T: Send + 'static>(
    look: impl FnOnce() -> almanac_service::Result<T> + Send + 'static,
) -> almanac_service::Result<T> {
    match tokio::task::spawn_blocking(look).await {
        Ok(found) => found,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// A 64-bit id out of an input; `argument` names it.
///
/// # Errors
/// It is no whole number.
pub(crate) fn big_id(id: &ID, argument: &str) -> almanac_service::Result<i64> {
    id.parse().map_err(|_| {
        let message = format!("{:?} is no number; give the row's `rowId`", id.as_str());
        almanac_service::Error::invalid(argument, message)
    })
}

/// The key of a row of AstrID out of an input; `argument` names it.
///
/// # Errors
/// It is no UUID.
pub(crate) fn uuid(id: &ID, argument: &str) -> almanac_service::Result<Uuid> {
    id.parse().map_err(|_| {
        let message = format!("{:?} is no UUID; give the row's `rowId`", id.as_str());
        almanac_service::Error::invalid(argument, message)
    })
}

/// The lines of AstrID's audit log that say what `work` has changed: their `rowId`s.
pub(crate) fn audit_record_ids(work: &Work) -> Vec<ID> {
    work.audit_record_ids().into_iter().map(ID::from).collect()
}
