//! Words with a meaning: the values a text column may hold.

use crate::{astrid, cal_registry, calibrators, data_registry, ingest, products};

/// The values of an enumeration column.
#[derive(Debug)]
pub struct Vocabulary {
    /// The enumeration's name as a type.
    pub name: &'static str,
    /// What the column says of itself by `ColumnTrait::enum_type_name`.
    pub column: &'static str,
    /// What the words are about.
    pub description: &'static str,
    /// Whether a column may hold other words, which old files do. They are readable, and shown as
    /// `OTHER` with their text.
    pub open: bool,
    /// The words, in order.
    pub terms: &'static [Term],
}

/// One word of a [`Vocabulary`].
#[derive(Debug)]
pub struct Term {
    /// The word as stored.
    pub label: &'static str,
    /// The enumeration's variant.
    pub variant: &'static str,
    /// What it means; may be empty.
    pub description: &'static str,
}

/// All vocabularies of all databases.
pub fn vocabularies() -> impl Iterator<Item = &'static Vocabulary> {
    [
        ingest::VOCABULARIES,
        cal_registry::VOCABULARIES,
        products::VOCABULARIES,
        calibrators::VOCABULARIES,
        data_registry::VOCABULARIES,
        astrid::VOCABULARIES,
    ]
    .into_iter()
    .flatten()
}

/// Implements what SeaORM asks of a column's type for one that is stored as another; the name is what
/// the column then answers to `enum_type_name`. What a program stored as text in spite of the column is read by
/// the function after `or`.
macro_rules! stored_as {
    ($type:ty, $stored:ty, $name:expr $(, or $parse:path)?) => {
        impl From<$type> for sea_orm::Value {
            fn from(value: $type) -> Self {
                <$stored>::from(value).into()
            }
        }

        impl sea_orm::TryGetable for $type {
            fn try_get_by<I: sea_orm::ColIdx>(
                row: &sea_orm::QueryResult,
                index: I,
            ) -> Result<Self, sea_orm::TryGetError> {
                let read = <$stored as sea_orm::TryGetable>::try_get_by(row, index);
                $(
                    let is_null = matches!(read, Err(sea_orm::TryGetError::Null(_)));
                    if read.is_err() && !is_null
                        && let Ok(text) = <String as sea_orm::TryGetable>::try_get_by(row, index)
                        && let Some(parsed) = $parse(&text)
                    {
                        return Ok(parsed);
                    }
                )?
                read.map(Self::from)
            }
        }

        impl sea_orm::sea_query::ValueType for $type {
            fn try_from(value: sea_orm::Value) -> Result<Self, sea_orm::sea_query::ValueTypeErr> {
                <$stored as sea_orm::sea_query::ValueType>::try_from(value).map(Self::from)
            }

            fn type_name() -> String {
                $name.to_owned()
            }

            fn array_type() -> sea_orm::sea_query::ArrayType {
                <$stored as sea_orm::sea_query::ValueType>::array_type()
            }

            fn column_type() -> sea_orm::sea_query::ColumnType {
                match <$stored as sea_orm::sea_query::ValueType>::column_type() {
                    sea_orm::sea_query::ColumnType::String(_) => {
                        sea_orm::sea_query::ColumnType::Text
                    }
                    other => other,
                }
            }

            fn enum_type_name() -> Option<&'static str> {
                Some($name)
            }
        }

        impl sea_orm::sea_query::Nullable for $type {
            fn null() -> sea_orm::Value {
                <$stored as sea_orm::sea_query::Nullable>::null()
            }
        }

        impl sea_orm::IntoActiveValue<$type> for $type {
            fn into_active_value(self) -> sea_orm::ActiveValue<$type> {
                sea_orm::ActiveValue::Set(self)
            }
        }
    };
}

/// Open vocabularies: an enumeration each whose last variant holds any other word.
macro_rules! vocabularies {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident {
            $( $(#[doc = $term_doc:literal])* $label:literal => $variant:ident, )+
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
            #[serde(from = "String", into = "String")]
            pub enum $name {
                $(
                    #[doc = concat!("`", $label, "`.", $($term_doc),*)]
                    $variant,
                )+
                /// A word from outside the vocabulary, as an old file holds it.
                Other(String),
            }

            impl $name {
                /// The word as stored.
                pub fn as_str(&self) -> &str {
                    match self {
                        $( Self::$variant => $label, )+
                        Self::Other(word) => word,
                    }
                }
            }

            impl From<&str> for $name {
                fn from(word: &str) -> Self {
                    match word {
                        $( $label => Self::$variant, )+
                        other => Self::Other(other.to_owned()),
                    }
                }
            }

            impl From<String> for $name {
                fn from(word: String) -> Self {
                    Self::from(word.as_str())
                }
            }

            impl From<$name> for String {
                fn from(value: $name) -> Self {
                    value.as_str().to_owned()
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.pad(self.as_str())
                }
            }

            stored_as!($name, String, stringify!($name));
        )+

        /// The vocabularies of this database.
        pub(crate) const VOCABULARIES: &[$crate::Vocabulary] = &[$(
            $crate::Vocabulary {
                name: stringify!($name),
                column: stringify!($name),
                description: concat!($($doc),+),
                open: true,
                terms: &[$(
                    $crate::Term {
                        label: $label,
                        variant: stringify!($variant),
                        description: concat!($($term_doc),*),
                    },
                )+],
            },
        )+];
    };
}

/// Closed vocabularies, which the database itself holds a column to: enumeration types on PostgreSQL,
/// checked text on SQLite. `Prefix` goes before the name in the graph, where all databases meet.
macro_rules! closed_vocabularies {
    ($prefix:literal $(
        $(#[doc = $doc:literal])+
        $name:ident $type_name:literal {
            $( $(#[doc = $term_doc:literal])* $label:literal => $variant:ident, )+
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(
                Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
                sea_orm::EnumIter, sea_orm::DeriveActiveEnum,
            )]
            #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = $type_name)]
            pub enum $name {
                $(
                    #[doc = concat!("`", $label, "`.", $($term_doc),*)]
                    #[sea_orm(string_value = $label)]
                    #[serde(rename = $label)]
                    $variant,
                )+
            }

            impl $name {
                /// The word as stored.
                pub fn as_str(self) -> &'static str {
                    match self {
                        $( Self::$variant => $label, )+
                    }
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(self.as_str())
                }
            }
        )+

        /// The vocabularies of this database.
        pub(crate) const VOCABULARIES: &[$crate::Vocabulary] = &[$(
            $crate::Vocabulary {
                name: concat!($prefix, stringify!($name)),
                column: $type_name,
                description: concat!($($doc),+),
                open: false,
                terms: &[$(
                    $crate::Term {
                        label: $label,
                        variant: stringify!($variant),
                        description: concat!($($term_doc),*),
                    },
                )+],
            },
        )+];
    };
}
