//! What the entities say of columns.

use std::collections::BTreeMap;

use almanac_database::Database;
use almanac_entity::{Kind, Visitor, kind, visit};
use sea_orm::{ColumnTrait, IdenStatic, Iterable, sea_query::ColumnType};

/// What a column holds.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its kind.
    pub kind: Kind,
    /// Of a decimal, the digits behind the point.
    pub scale: Option<u32>,
}

/// The columns of the tables that entities of a database state, by name.
pub type Entities = BTreeMap<String, BTreeMap<String, Known>>;

/// The tables that entities of `database` state; no views.
pub fn entities(database: Database) -> Entities {
    struct Collect(Entities);

    impl Visitor for Collect {
        fn visit<T: almanac_entity::Table>(&mut self) {
            if T::IS_VIEW {
                return;
            }
            let columns = T::Column::iter().map(|column| {
                let scale = match column.def().get_column_type() {
                    ColumnType::Decimal(Some((_, scale))) => Some(*scale),
                    _ => None,
                };
                (column.as_str().to_owned(), Known { kind: kind(&column), scale })
            });
            self.0.insert(T::default().table_name().to_owned(), columns.collect());
        }
    }

    let mut collect = Collect(Entities::new());
    visit(database, &mut collect);
    collect.0
}
