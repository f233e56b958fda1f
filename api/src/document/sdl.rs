//! What the cost of a field depends on, read from the schema's SDL.

use std::collections::HashMap;

use async_graphql::{
    Value,
    parser::{
        self, parse_schema,
        types::{BaseType, FieldDefinition, OperationType, Type, TypeKind, TypeSystemDefinition},
    },
};

/// The fields of every object and interface type, and which types are the roots.
#[derive(Debug)]
pub(super) struct Types {
    fields: HashMap<String, HashMap<String, Shape>>,
    roots: [String; 3],
}

/// What a field yields and which of its arguments say how much.
#[derive(Debug)]
pub(super) struct Shape {
    /// The type as the schema writes it.
    pub(super) ty: Type,
    /// The name of the result's type, without list and non-null marks.
    pub(super) result: String,
    /// Whether the result is a list.
    pub(super) is_list: bool,
    /// Whether it takes `first` or `last`: it then yields a page.
    pub(super) is_page: bool,
    /// The size of that page as the schema declares it.
    pub(super) page: Option<u64>,
    /// What `limit` is where it is not given: it yields as many at the most.
    pub(super) limit: Option<u64>,
    /// Whether it takes a list `ids`: it then yields as many as are named.
    pub(super) by_ids: bool,
}

impl Types {
    pub(super) fn parse(sdl: &str) -> Result<Self, parser::Error> {
        let mut roots = ["Query", "Mutation", "Subscription"].map(String::from);
        let mut fields: HashMap<_, HashMap<_, _>> = HashMap::new();
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let named = [schema.node.query, schema.node.mutation, schema.node.subscription];
                    for (root, name) in roots.iter_mut().zip(named) {
                        if let Some(name) = name {
                            *root = name.node.to_string();
                        }
                    }
                }
                TypeSystemDefinition::Type(definition) => {
                    let members = match definition.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        _ => continue,
                    };
                    fields.entry(definition.node.name.node.to_string()).or_default().extend(
                        members.iter().map(|field| {
                            (field.node.name.node.to_string(), Shape::of(&field.node))
                        }),
                    );
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(Self { fields, roots })
    }

    pub(super) fn root(&self, operation: OperationType) -> &str {
        &self.roots[match operation {
            OperationType::Query => 0,
            OperationType::Mutation => 1,
            OperationType::Subscription => 2,
        }]
    }

    pub(super) fn field(&self, on: &str, name: &str) -> Option<&Shape> {
        self.fields.get(on)?.get(name)
    }
}

impl Shape {
    fn of(field: &FieldDefinition) -> Self {
        let argument = |name: &str| {
            field
                .arguments
                .iter()
                .map(|argument| &argument.node)
                .find(|argument| argument.name.node == name)
        };
        let declared = |name: &str| match &argument(name)?.default_value.as_ref()?.node {
            Value::Number(number) => number.as_u64(),
            _ => None,
        };
        Self {
            ty: field.ty.node.clone(),
            result: name_of(&field.ty.node).to_owned(),
            is_list: is_list(&field.ty.node),
            is_page: argument("first").or(argument("last")).is_some(),
            page: declared("first"),
            limit: declared("limit"),
            by_ids: argument("ids").is_some_and(|ids| is_list(&ids.ty.node)),
        }
    }
}

fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

fn name_of(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => name_of(item),
    }
}
