//! What resolvers find in their context.

use almanac_entity::Table;
use almanac_service::{Caller, Reader, Sessions, access::Access, live::Live};
pub(crate) use async_graphql::Context;

/// The request's own name, as the log and the change logs know it.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The one place that takes things out of async-graphql's untyped context. A request brings an
/// [`Access`], a [`RequestId`] and a [`Caller`]; one without asks from this machine itself.
pub(crate) trait ContextExt {
    /// The sessions of this server.
    fn sessions(&self) -> &Sessions;

    /// The topics of this server.
    fn live(&self) -> &Live;

    /// For whom this request is answered.
    fn access(&self) -> &Access;

    /// The request's own name.
    fn request_id(&self) -> Option<&str>;

    /// Where this request comes from, as the logs keep it.
    fn caller(&self) -> Caller;

    /// A session to read a table through, where the request may.
    async fn reader_of<E: Table>(&self) -> almanac_service::Result<Reader>;
}

impl ContextExt for Context<'_> {
    fn sessions(&self) -> &Sessions {
        self.data_unchecked()
    }

    fn live(&self) -> &Live {
        self.data_unchecked()
    }

    fn access(&self) -> &Access {
        self.data_opt().unwrap_or(&Access::Local)
    }

    fn request_id(&self) -> Option<&str> {
        self.data_opt::<RequestId>().map(|id| id.0.as_str())
    }

    fn caller(&self) -> Caller {
        let caller = self.data_opt::<Caller>().cloned().unwrap_or_default();
        Caller { request_id: self.request_id().map(str::to_owned), ..caller }
    }

    async fn reader_of<E: Table>(&self) -> almanac_service::Result<Reader> {
        self.access().check_read::<E>()?;
        self.sessions().reader_of::<E>().await
    }
}
