//! Parts of a root, each resolved on the heap.

use std::borrow::Cow;

use async_graphql::{
    ContainerType, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
    parser::types::Field, registry::Registry,
};
use futures::FutureExt;

use super::context::Context;

/// A part of a root. A merged root's future holds those of all its parts, one within the other, and with them
/// the largest of all resolvers; boxed, a part costs a root two words of stack, whatever it resolves.
#[derive(Debug, Default)]
pub(crate) struct Apart<T>(T);

impl<T: ObjectType> OutputType for Apart<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        self.0.resolve(ctx, field).boxed().await
    }
}

impl<T: ObjectType> ContainerType for Apart<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(ctx).boxed().await
    }
}

impl<T: ObjectType> ObjectType for Apart<T> {}
