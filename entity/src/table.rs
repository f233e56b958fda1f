//! What all tables have in common.

use sea_orm::EntityTrait;

use crate::{
    Database, astrid, cal_registry, calibrators, data_registry, hdf5, ingest, master_sources,
    products,
};

/// A table or view of one of the databases.
pub trait Table: EntityTrait {
    /// Where it lives.
    const DATABASE: Database;
    /// What one of its rows is called, as a type: `MeasurementSet`.
    const NAME: &'static str;
    /// Whether it is a view, which can only be read.
    const IS_VIEW: bool;

    /// What a row is: the doc comment of the model.
    #[cfg(feature = "graphql")]
    fn description() -> &'static str;

    /// What each column holds: the doc comments of the model's fields, in the columns' order.
    #[cfg(feature = "graphql")]
    fn column_descriptions() -> &'static [&'static str];
}

/// Something to be done with tables, whichever they are.
pub trait Visitor {
    /// Takes note of one table.
    fn visit<T: Table>(&mut self);
}

/// Shows every table and view of `database` to `visitor`, in the order in which they were added.
pub fn visit(database: Database, visitor: &mut impl Visitor) {
    match database {
        Database::Ingest => ingest::visit(visitor),
        Database::CalRegistry => cal_registry::visit(visitor),
        Database::Products => products::visit(visitor),
        Database::MasterSources => master_sources::visit(visitor),
        Database::Calibrators => calibrators::visit(visitor),
        Database::Hdf5 => hdf5::visit(visitor),
        Database::DataRegistry => data_registry::visit(visitor),
        Database::Astrid => astrid::visit(visitor),
    }
}

/// Shows every table and view of every database to `visitor`.
pub fn visit_all(visitor: &mut impl Visitor) {
    for database in Database::ALL {
        visit(database, visitor);
    }
}

/// The tables of one database: a line each, the module and what a row is called. `legacy` is for a table that a
/// revision takes away: it has an entity, and is none of the database's tables.
macro_rules! tables {
    ($database:ident: $( $module:ident => $name:literal $($view:ident)?, )+) => {
        $( tables!(@table $database: $module => $name $($view)?); )+

        pub(crate) fn visit(visitor: &mut impl $crate::Visitor) {
            $( visitor.visit::<$module::Entity>(); )+
        }
    };
    (legacy $database:ident: $module:ident => $name:literal) => {
        tables!(@table $database: $module => $name);
    };
    (@table $database:ident: $module:ident => $name:literal $($view:ident)?) => {
        impl $crate::Table for $module::Entity {
            const DATABASE: $crate::Database = $crate::Database::$database;
            const NAME: &'static str = $name;
            const IS_VIEW: bool = tables!(@view $($view)?);

            #[cfg(feature = "graphql")]
            fn description() -> &'static str {
                <$module::Model as documented::Documented>::DOCS
            }

            #[cfg(feature = "graphql")]
            fn column_descriptions() -> &'static [&'static str] {
                <$module::Model as documented::DocumentedFields>::FIELD_DOCS
            }
        }
    };
    (@view view) => { true };
    (@view) => { false };
}
