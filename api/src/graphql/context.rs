//! What resolvers find in their context.

use almanac_service::Sessions;
pub(crate) use async_graphql::Context;

/// The one place that takes things out of async-graphql's untyped context.
pub(crate) trait ContextExt {
    /// The sessions of this server.
    fn sessions(&self) -> &Sessions;
}

impl ContextExt for Context<'_> {
    fn sessions(&self) -> &Sessions {
        self.data_unchecked()
    }
}
