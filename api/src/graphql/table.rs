//! How a table comes into the graph: its edges.

/// Declares the object that shows a table's rows. Its fields are the entity's columns; each edge is a
/// line: `one` follows a column to a row's unique column, `many` a column to the rows that name it. Edges
/// of another kind stand behind them as methods, and behind `through` the columns that those read. An edge
/// is nullable, so that a database that is down costs no more than the edges into it.
macro_rules! table {
    // No edges at all.
    ($name:ident shows $database:ident::$module:ident;) => {
        table!(@object $name $database $module []
            _registry => Vec::new(), (_object, _ctx) => Ok(None));
    };

    ($name:ident shows $database:ident::$module:ident; $($rest:tt)*) => {
        table!(@edges $name $database $module [] [] $($rest)*);
    };

    (@edges $name:ident $database:ident $module:ident [$($link:ident)*] [$($method:tt)*]
        through $($column:ident),+;
        $($rest:tt)*
    ) => {
        table!(@edges $name $database $module [$($link)* $($column)+] [$($method)*] $($rest)*);
    };

    (@edges $name:ident $database:ident $module:ident [$($link:ident)*] [$($method:tt)*]
        $(#[doc = $doc:literal])+
        one $edge:ident: $target:ident, $from:ident => $to:ident;
        $($rest:tt)*
    ) => {
        table!(@edges $name $database $module [$($link)* $from] [$($method)*
            $(#[doc = $doc])+
            async fn $edge(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> async_graphql::Result<Option<$target>> {
                use almanac_entity::$database::$module::Column as From;
                type To = crate::graphql::table::ColumnOf<$target>;
                Box::pin(self.one(ctx, From::$from, To::$to)).await
            }
        ] $($rest)*);
    };

    (@edges $name:ident $database:ident $module:ident [$($link:ident)*] [$($method:tt)*]
        $(#[doc = $doc:literal])+
        many $edge:ident: $target:ident, $from:ident => $to:ident
            $(where $word_column:ident = $word:literal)?;
        $($rest:tt)*
    ) => {
        table!(@edges $name $database $module [$($link)* $from] [$($method)*
            $(#[doc = $doc])+
            async fn $edge(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Rows of the page, at most 100; 20 unless said.")] first: Option<i32>,
                #[graphql(desc = "The page begins behind this cursor.")] after: Option<String>,
                #[graphql(desc = "The page is taken from the list's end: its rows, at most 100.")]
                last: Option<i32>,
                #[graphql(desc = "The page ends before this cursor.")] before: Option<String>,
                #[graphql(name = "where", desc = "Conditions on the rows.")]
                filter: Option<crate::graphql::table::WhereOf<$target>>,
                #[graphql(desc = "What the list is sorted by; ties by the primary key.")]
                order_by: Option<Vec<crate::graphql::table::OrderOf<$target>>>,
            ) -> async_graphql::Result<Option<crate::graphql::table::ConnectionOf<$target>>> {
                use almanac_entity::$database::$module::Column as From;
                type To = crate::graphql::table::ColumnOf<$target>;
                let arguments = crate::graphql::connection::ListArguments {
                    first, after, last, before, filter, order_by,
                };
                $(let arguments = arguments.with(To::$word_column, $word);)?
                Box::pin(self.many(ctx, From::$from, To::$to, arguments)).await.map(Some)
            }
        ] $($rest)*);
    };

    (@edges $name:ident $database:ident $module:ident [$($link:ident)*] [$($method:tt)*]
        $(#[doc = $doc:literal])+
        near $edge:ident: $target:ident;
        $($rest:tt)*
    ) => {
        table!(@edges $name $database $module [$($link)*] [$($method)*
            $(#[doc = $doc])+
            async fn $edge(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(default = 5.0, desc = "How far around it, arcseconds, above 0 and at most 3,600.")]
                radius_arcsec: f64,
                #[graphql(default = 10, desc = "How many, at most 100.")] limit: i32,
            ) -> async_graphql::Result<Option<Vec<crate::graphql::table::NearbyOf<$target>>>> {
                Box::pin(crate::graphql::nearby::nearby(self, ctx, radius_arcsec, limit)).await
            }
        ] $($rest)*);
    };

    (@edges $name:ident $database:ident $module:ident [$($link:ident)*] [$($method:tt)*]
        $($more:tt)*
    ) => {
        table!(@object $name $database $module [$($link)*]
            registry => <$name as async_graphql::ComplexObject>::fields(registry),
            (object, ctx) => async_graphql::ComplexObject::resolve_field(object, ctx).await);

        #[async_graphql::ComplexObject]
        impl $name {
            $($method)*
            $($more)*
        }
    };

    (@object $name:ident $database:ident $module:ident [$($link:ident)*]
        $registry:ident => $fields:expr, ($object:ident, $ctx:ident) => $follow:expr
    ) => {
        #[doc = concat!("A row of `", stringify!($module), "` as the graph shows it.")]
        pub type $name = crate::graphql::object::Object<almanac_entity::$database::$module::Entity>;

        impl crate::graphql::object::Shown for almanac_entity::$database::$module::Entity {
            fn links() -> Vec<almanac_entity::$database::$module::Column> {
                vec![$(almanac_entity::$database::$module::Column::$link),*]
            }

            fn edges(
                $registry: &mut async_graphql::registry::Registry,
            ) -> Vec<(String, async_graphql::registry::MetaField)> {
                $fields
            }

            async fn follow(
                $object: &$name,
                $ctx: &async_graphql::Context<'_>,
            ) -> async_graphql::ServerResult<Option<async_graphql::Value>> {
                $follow
            }
        }
    };
}

/// The lists at the root of the graph: a line each, with what one shows.
macro_rules! lists {
    ($(#[doc = $doc:literal] $list:ident: $target:ident,)+) => {
        /// The lists at the root of the graph.
        #[derive(Debug, Default)]
        pub struct Lists;

        #[async_graphql::Object]
        impl Lists {
            $(
                #[doc = $doc]
                async fn $list(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "Rows of the page, at most 1,000; 50 unless said.")]
                    first: Option<i32>,
                    #[graphql(desc = "The page begins behind this cursor.")] after: Option<String>,
                    #[graphql(desc = "The page is taken from the list's end: its rows, at most 1,000.")]
                    last: Option<i32>,
                    #[graphql(desc = "The page ends before this cursor.")] before: Option<String>,
                    #[graphql(name = "where", desc = "Conditions on the rows.")]
                    filter: Option<crate::graphql::table::WhereOf<$target>>,
                    #[graphql(desc = "What the list is sorted by; ties by the primary key.")]
                    order_by: Option<Vec<crate::graphql::table::OrderOf<$target>>>,
                ) -> async_graphql::Result<Option<crate::graphql::table::ConnectionOf<$target>>> {
                    let arguments = crate::graphql::connection::ListArguments {
                        first, after, last, before, filter, order_by,
                    };
                    Box::pin(crate::graphql::connection::root_list(ctx, arguments)).await.map(Some)
                }
            )+
        }

        /// A row that can be asked for again by its name in the whole graph.
        #[derive(Clone, Debug, async_graphql::Interface)]
        #[graphql(field(name = "id", ty = "async_graphql::ID", method = "node_id", desc = "The row's name in the whole graph."))]
        pub enum Node {
            $(
                #[doc = $doc]
                $target($target),
            )+
        }

        /// The row that a global id names, with all of its columns; none where there is none.
        pub(crate) async fn find_node(
            ctx: &async_graphql::Context<'_>,
            type_name: &str,
            key: &[String],
        ) -> async_graphql::Result<Option<Node>> {
            $(
                if type_name == <$target as crate::graphql::table::OfTable>::NAME {
                    let found = Box::pin(crate::graphql::node::find(ctx, key)).await?;
                    return Ok(found.map(Node::$target));
                }
            )+
            Ok(None)
        }
    };
}

use almanac_entity::Table;
use sea_orm::EntityTrait;

use super::{
    connection::Connection, filter::Where, nearby::Nearby, object::Object, order::OrderBy,
};

/// The table behind an object.
pub(crate) trait OfTable {
    type Entity: Table;
    const NAME: &'static str;
}

impl<E: Table> OfTable for Object<E> {
    type Entity = E;
    const NAME: &'static str = E::NAME;
}

/// The columns of the table behind an object.
pub(crate) type ColumnOf<T> = <<T as OfTable>::Entity as EntityTrait>::Column;
/// Objects that lie near another one.
pub(crate) type NearbyOf<T> = Nearby<<T as OfTable>::Entity>;
/// Pages of an object.
pub(crate) type ConnectionOf<T> = Connection<<T as OfTable>::Entity>;
/// Conditions on an object.
pub(crate) type WhereOf<T> = Where<<T as OfTable>::Entity>;
/// The order of a list of an object.
pub(crate) type OrderOf<T> = OrderBy<<T as OfTable>::Entity>;
