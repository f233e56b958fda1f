//! Where the databases stand among their revisions.

use std::sync::Arc;

use almanac_service::{Error, access::Role};
use async_graphql::{Object, SimpleObject};
use futures::future::BoxFuture;

use super::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
};

/// Where a database stands among its revisions.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct DatabaseRevisions {
    /// The database, such as `products`.
    pub database: String,
    /// Its engine: `sqlite` or `postgres`.
    pub engine: String,
    /// Whether it can be read; the lists are empty where it cannot.
    pub is_readable: bool,
    /// The newest of its revisions.
    pub current: Option<String>,
    /// Those that are applied, the oldest first.
    pub applied: Vec<String>,
    /// Those that are not, the oldest first.
    pub pending: Vec<String>,
    /// Those that are applied and that this program does not know.
    pub unknown: Vec<String>,
}

/// Who knows where the databases stand: the graph itself sees no revision.
#[derive(Clone)]
pub struct MigrationStatus(
    /// Looks at all databases.
    pub Arc<dyn Fn() -> BoxFuture<'static, Vec<DatabaseRevisions>> + Send + Sync>,
);

/// Where the databases stand, at the root of the graph.
#[derive(Debug, Default)]
pub(super) struct MigrationQueries;

#[Object]
impl MigrationQueries {
    /// Where each database stands among its revisions, for anybody with a token; `almanac migrate` changes it.
    async fn migration_status(&self, ctx: &Context<'_>) -> Result<Option<Vec<DatabaseRevisions>>> {
        let check = ctx.access().check_role(Role::Viewer, "reading the revisions of databases");
        check.map_err(|error| graph_error(&error))?;
        let unknown = || Error::not_found("who knows the revisions of this server's databases");
        let status = ctx.data_opt::<MigrationStatus>().ok_or_else(|| graph_error(&unknown()))?;
        Ok(Some((status.0)().await))
    }
}
