//! A row as an object of the graph, for every table alike.

use std::{borrow::Cow, sync::Arc};

use almanac_entity::{Table, position};
use almanac_service::Row;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ID, ObjectType, OutputType, Positioned,
    ServerResult, Value,
    parser::types::Field as QueryField,
    registry::{MetaField, MetaTypeId, Registry},
    resolver_utils::resolve_container,
};

use super::{
    error::Result,
    field::{fields, float},
    loader::Siblings,
    meta::{object, output_field, register_vocabulary},
    node::global_id,
    scalar::BigInt,
};

/// The field that tells how far a row is from where it was looked for.
pub(crate) const SEPARATION: &str = "separationDeg";
const SEPARATION_MEANING: &str = "Great-circle distance from the centre of the cone that the list was asked for, \
                                  degrees; null where none was.";

/// A table that the graph shows: what `table!` says of it.
pub trait Shown: Table {
    /// The columns through which edges lead to other rows.
    fn links() -> Vec<Self::Column>;

    /// The edges, as the schema tells of them.
    fn edges(registry: &mut Registry) -> Vec<(String, MetaField)>;

    /// Follows an edge; none where there is no edge of that name.
    fn follow(
        object: &Object<Self>,
        ctx: &Context<'_>,
    ) -> impl Future<Output = ServerResult<Option<Value>>> + Send;
}

/// A row as the graph shows it: its columns, and the edges that `table!` gives it. The row stands among
/// its siblings, the rows that were read with it: what one of them asks for is looked up for all.
#[derive(Debug)]
pub struct Object<E: Table> {
    siblings: Arc<Siblings<E>>,
    index: usize,
}

impl<E: Table> Clone for Object<E> {
    fn clone(&self) -> Self {
        Self { siblings: self.siblings.clone(), index: self.index }
    }
}

impl<E: Table> Object<E> {
    pub(crate) fn new(siblings: Arc<Siblings<E>>, index: usize) -> Self {
        Self { siblings, index }
    }

    /// The row; it holds the columns that the query asks for, and those its edges need.
    pub(crate) fn row(&self) -> &Row<E> {
        &self.siblings.rows[self.index]
    }

    /// Where the row stands among its siblings.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    pub(crate) fn siblings(&self) -> &Siblings<E> {
        &self.siblings
    }

    /// The row's name in the whole graph, as the interface of all rows asks for it.
    pub(crate) async fn node_id(&self, _ctx: &Context<'_>) -> Result<ID> {
        Ok(global_id::<E>(self.row()))
    }
}

impl<E: Shown> OutputType for Object<E> {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(E::NAME)
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
            if position::<E>().is_some() {
                shown.push(output_field(SEPARATION, "Float".to_owned(), SEPARATION_MEANING));
            }
            shown.extend(E::edges(registry).into_iter().map(|(_, edge)| edge));
            registry.add_implements(E::NAME, "Node");
            object(E::NAME, E::description(), shown, std::any::type_name::<Self>())
        })
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<QueryField>,
    ) -> ServerResult<Value> {
        Box::pin(resolve_container(ctx, self)).await
    }
}

impl<E: Shown> ContainerType for Object<E> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let name = ctx.item.node.name.node.as_str();
        if name == "id" {
            return Ok(Some(Value::String(global_id::<E>(self.row()).to_string())));
        }
        if name == SEPARATION {
            return Ok(Some(self.row().separation_deg().map_or(Value::Null, float)));
        }
        match fields::<E>().iter().find(|field| field.name == name) {
            Some(field) => Ok(Some(
                self.row().value(field.column).map_or(Value::Null, |cell| field.show(cell)),
            )),
            // On the heap: an edge's future holds those of the edges behind it.
            None => Box::pin(E::follow(self, ctx)).await,
        }
    }
}

impl<E: Shown> ObjectType for Object<E> {}
