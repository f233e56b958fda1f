//! How types that are made from entities are told to the schema.

use almanac_entity::{Vocabulary, vocabularies};
use async_graphql::{
    indexmap::IndexMap,
    registry::{Deprecation, MetaEnumValue, MetaField, MetaInputValue, MetaType, Registry},
};
use heck::ToShoutySnakeCase;

fn described(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.trim().to_owned())
}

/// A field without arguments.
pub(crate) fn output_field(name: &str, ty: String, description: &str) -> MetaField {
    MetaField {
        name: name.to_owned(),
        description: described(description),
        args: IndexMap::new(),
        ty,
        deprecation: Deprecation::default(),
        cache_control: async_graphql::CacheControl::default(),
        external: false,
        requires: None,
        provides: None,
        visible: None,
        shareable: false,
        inaccessible: false,
        tags: Vec::new(),
        override_from: None,
        compute_complexity: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// An object with these fields.
pub(crate) fn object(
    name: &str,
    description: &str,
    fields: impl IntoIterator<Item = MetaField>,
    rust_type: &'static str,
) -> MetaType {
    MetaType::Object {
        name: name.to_owned(),
        description: described(description),
        fields: fields.into_iter().map(|field| (field.name.clone(), field)).collect(),
        cache_control: async_graphql::CacheControl::default(),
        extends: false,
        shareable: false,
        resolvable: true,
        keys: None,
        visible: None,
        inaccessible: false,
        interface_object: false,
        tags: Vec::new(),
        is_subscription: false,
        rust_typename: Some(rust_type),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// A field of an input object; nullable unless `ty` ends in an exclamation mark.
pub(crate) fn input_field(name: &str, ty: impl Into<String>, description: &str) -> MetaInputValue {
    MetaInputValue {
        name: name.to_owned(),
        description: described(description),
        ty: ty.into(),
        deprecation: Deprecation::default(),
        default_value: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        is_secret: false,
        directive_invocations: Vec::new(),
    }
}

/// An input object.
pub(crate) fn input_object(
    name: &str,
    description: &str,
    fields: impl IntoIterator<Item = MetaInputValue>,
) -> MetaType {
    MetaType::InputObject {
        name: name.to_owned(),
        description: described(description),
        input_fields: fields.into_iter().map(|field| (field.name.clone(), field)).collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        oneof: false,
        directive_invocations: Vec::new(),
    }
}

/// An enumeration of (value, description).
pub(crate) fn enumeration(
    name: &str,
    description: &str,
    values: impl IntoIterator<Item = (String, String)>,
) -> MetaType {
    let value = |(name, description): (String, String)| {
        let value = MetaEnumValue {
            name: name.clone(),
            description: described(&description),
            deprecation: Deprecation::default(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            directive_invocations: Vec::new(),
        };
        (name, value)
    };
    MetaType::Enum {
        name: name.to_owned(),
        description: described(description),
        enum_values: values.into_iter().map(value).collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// Tells the schema of a type that has no Rust type of its own, once.
pub(crate) fn register(
    registry: &mut Registry,
    name: &str,
    make: impl FnOnce(&mut Registry) -> MetaType,
) {
    if !registry.types.contains_key(name) {
        let made = make(registry);
        registry.types.insert(name.to_owned(), made);
    }
}

/// Tells the schema of a vocabulary by its name; other names are types the schema knows by itself.
pub(crate) fn register_vocabulary(registry: &mut Registry, name: &str) {
    if let Some(vocabulary) = vocabularies().find(|vocabulary| vocabulary.name == name) {
        register(registry, name, |_| words(vocabulary));
    }
}

fn words(vocabulary: &Vocabulary) -> MetaType {
    let word = |term: &almanac_entity::Term| {
        (term.variant.to_shouty_snake_case(), term.description.trim().to_owned())
    };
    let other = vocabulary.open.then(|| {
        (
            "OTHER".to_owned(),
            "A word from outside the vocabulary; its text stands beside it.".to_owned(),
        )
    });
    let values = vocabulary.terms.iter().map(word).chain(other);
    enumeration(vocabulary.name, vocabulary.description, values)
}
