//! Long columns of numbers and words.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field,
    registry::Registry,
};

use super::field::float;

/// A list of plain values, shown at once: async-graphql's own lists make a future of every item, which is
/// most of the cost of a light curve.
#[derive(Clone, Debug)]
pub struct Series<T>(pub Vec<T>);

/// A plain value.
pub trait Leaf: Send + Sync {
    /// Its type.
    type Graph: OutputType;
    /// Whether there may be none.
    const NULLABLE: bool;

    /// The value as the graph shows it.
    fn show(&self) -> Value;
}

impl<T: Leaf> OutputType for Series<T> {
    fn type_name() -> Cow<'static, str> {
        let mark = if T::NULLABLE { "" } else { "!" };
        Cow::Owned(format!("[{}{mark}]", <T::Graph as OutputType>::type_name()))
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <T::Graph as OutputType>::create_type_info(registry);
        Self::qualified_type_name()
    }

    async fn resolve(
        &self,
        _ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        Ok(Value::List(self.0.iter().map(Leaf::show).collect()))
    }
}

impl Leaf for f64 {
    type Graph = Self;
    const NULLABLE: bool = false;

    fn show(&self) -> Value {
        float(*self)
    }
}

impl Leaf for bool {
    type Graph = Self;
    const NULLABLE: bool = false;

    fn show(&self) -> Value {
        Value::Boolean(*self)
    }
}

impl Leaf for i32 {
    type Graph = Self;
    const NULLABLE: bool = false;

    fn show(&self) -> Value {
        (*self).into()
    }
}

impl Leaf for String {
    type Graph = Self;
    const NULLABLE: bool = false;

    fn show(&self) -> Value {
        Value::String(self.clone())
    }
}

impl<T: Leaf> Leaf for Option<T> {
    type Graph = T::Graph;
    const NULLABLE: bool = true;

    fn show(&self) -> Value {
        self.as_ref().map_or(Value::Null, Leaf::show)
    }
}
