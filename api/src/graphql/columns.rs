//! A row's columns as fields, for every table alike.

use std::{borrow::Cow, sync::Arc};

use almanac_entity::Table;
use almanac_service::Row;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ID, OutputType, Positioned, ServerResult, Value,
    parser::types::Field as QueryField,
    registry::{MetaTypeId, Registry},
    resolver_utils::resolve_container,
};

use super::{
    field::fields,
    loader::Siblings,
    meta::{object, output_field, register_vocabulary},
    node::global_id,
    scalar::BigInt,
};

/// The columns of one row, to be flattened into the row's object. The row stands among its siblings, the
/// rows that were read with it: what one of them asks for is looked up for all.
#[derive(Debug)]
pub struct Columns<E: Table> {
    siblings: Arc<Siblings<E>>,
    index: usize,
}

impl<E: Table> Clone for Columns<E> {
    fn clone(&self) -> Self {
        Self { siblings: self.siblings.clone(), index: self.index }
    }
}

impl<E: Table> Columns<E> {
    pub(crate) fn new(siblings: Arc<Siblings<E>>, index: usize) -> Self {
        Self { siblings, index }
    }

    /// The row; it holds the columns that the query asks for, and those its edges need.
    pub(crate) fn row(&self) -> &Row<E> {
        &self.siblings.rows[self.index]
    }

    pub(crate) fn siblings(&self) -> &Siblings<E> {
        &self.siblings
    }

    /// The row's name in the whole graph.
    pub(crate) fn global_id(&self) -> ID {
        global_id::<E>(self.row())
    }
}

impl<E: Table> OutputType for Columns<E> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Columns", E::NAME))
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            <chrono::DateTime<chrono::Utc> as OutputType>::create_type_info(registry);
            <async_graphql::Json<serde_json::Value> as OutputType>::create_type_info(registry);
            <BigInt as OutputType>::create_type_info(registry);
            let id = output_field("id", "ID!".to_owned(), "The row's name in the whole graph.");
            let mut shown = vec![id];
            for field in fields::<E>() {
                let mark = if field.nullable { "" } else { "!" };
                register_vocabulary(registry, field.type_name());
                let ty = format!("{}{mark}", field.type_name());
                shown.push(output_field(&field.name, ty, field.description));
            }
            object(Self::type_name().into_owned(), E::description(), shown, std::any::type_name::<Self>())
        })
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<QueryField>,
    ) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<E: Table> ContainerType for Columns<E> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let name = ctx.item.node.name.node.as_str();
        if name == "id" {
            return Ok(Some(Value::String(self.global_id().to_string())));
        }
        let field = fields::<E>().iter().find(|field| field.name == name);
        Ok(field.map(|field| self.row().value(field.column).map_or(Value::Null, |cell| field.show(cell))))
    }
}
