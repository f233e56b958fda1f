//! The nulls of fields that failed.
//!
//! The specification has a failed field answered with null, and if it may not be null, then the nearest thing around it
//! that may. The executor leaves the field out instead, and makes an object null when all its fields failed. Clients
//! with typed code trip over both, so the response is put right here.

use async_graphql::{
    Name, PathSegment, ServerError, Value,
    parser::types::{
        BaseType, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type,
    },
};

use super::sdl::{Shape, Types};

/// The selections made on a type.
type Place<'a> = (&'a str, &'a SelectionSet);

pub(super) struct Nulls<'a> {
    pub(super) types: &'a Types,
    pub(super) document: &'a ExecutableDocument,
    pub(super) operation: &'a OperationDefinition,
}

impl<'a> Nulls<'a> {
    pub(super) fn complete(&self, data: &mut Value, errors: &[ServerError]) {
        let failed = errors.iter().map(|error| &error.path[..]).filter(|path| !path.is_empty());
        let mut nulls: Vec<_> = failed.map(|path| &path[..self.nullable(path)]).collect();
        // The outer ones last: they overrule what is in them.
        nulls.sort_by_key(|path| std::cmp::Reverse(path.len()));
        for path in nulls {
            set_null(data, path);
        }
    }

    /// How much of the path of a failed field leads to the innermost place that may be null.
    fn nullable(&self, path: &[PathSegment]) -> usize {
        let mut nullable = 0;
        let mut places =
            vec![(self.types.root(self.operation.ty), &self.operation.selection_set.node)];
        let mut ty: Option<&Type> = None;
        for (index, segment) in path.iter().enumerate() {
            ty = match segment {
                PathSegment::Field(key) => {
                    let mut found = Vec::new();
                    for place in places {
                        self.find(place, key, &mut found);
                    }
                    places = found
                        .iter()
                        .map(|(shape, field)| (&*shape.result, &field.selection_set.node))
                        .collect();
                    found.first().map(|(shape, _)| &shape.ty)
                }
                PathSegment::Index(_) => ty.and_then(item),
            };
            match ty {
                Some(ty) if ty.nullable => nullable = index + 1,
                Some(_) => {}
                None => break,
            }
        }
        nullable
    }

    /// All selections of a response key: there may be several, which have to agree.
    fn find(&self, (on, set): Place<'a>, key: &str, found: &mut Vec<(&'a Shape, &'a Field)>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) if field.node.response_key().node == key => {
                    let shape = self.types.field(on, &field.node.name.node);
                    found.extend(shape.map(|shape| (shape, &field.node)));
                }
                Selection::Field(_) => {}
                Selection::InlineFragment(fragment) => {
                    let on = fragment
                        .node
                        .type_condition
                        .as_ref()
                        .map_or(on, |condition| &condition.node.on.node);
                    self.find((on, &fragment.node.selection_set.node), key, found);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) =
                        self.document.fragments.get(&spread.node.fragment_name.node)
                    {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.find((on, &fragment.node.selection_set.node), key, found);
                    }
                }
            }
        }
    }
}

fn item(list: &Type) -> Option<&Type> {
    match &list.base {
        BaseType::List(item) => Some(item),
        BaseType::Named(_) => None,
    }
}

/// Makes what the path leads to null. A null on the way is an object all of whose fields failed.
fn set_null(value: &mut Value, path: &[PathSegment]) {
    let Some((segment, rest)) = path.split_first() else {
        *value = Value::Null;
        return;
    };
    if let (Value::Null, PathSegment::Field(_)) = (&*value, segment) {
        *value = Value::Object(async_graphql::indexmap::IndexMap::new());
    }
    match (value, segment) {
        (Value::Object(fields), PathSegment::Field(key)) => {
            set_null(fields.entry(Name::new(key)).or_default(), rest);
        }
        (Value::List(items), PathSegment::Index(index)) => {
            if let Some(item) = items.get_mut(*index) {
                set_null(item, rest);
            }
        }
        _ => {}
    }
}
