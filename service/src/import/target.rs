//! The table that rows are written to, told without its type: what an import needs to know of it.

use almanac_entity::{Database, Kind, Position, Table, Visitor, kind};
use sea_orm::{
    ColumnTrait, DbBackend, IdenStatic, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait,
    RelationTrait, Schema, Value,
    sea_query::{ColumnType, Expr, SimpleExpr, TableRef},
};

use super::list;
use crate::{Error, Result, validate};

/// A table.
pub(super) struct Target {
    pub(super) table: &'static str,
    pub(super) table_ref: TableRef,
    pub(super) columns: Vec<Column>,
    /// The columns of each key that no two rows share; the primary key comes first.
    pub(super) keys: Vec<Vec<usize>>,
    pub(super) parents: Vec<Parent>,
    /// The column that the engine numbers.
    pub(super) numbered: Option<usize>,
    /// The columns that say where a row lies on the sky, and the one of the cell that follows from them.
    pub(super) place: Option<Position<usize>>,
}

/// One of its columns.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    /// Digits in all and behind the point, of a decimal.
    pub(super) digits: Option<(u32, u32)>,
    /// What fills the column where the file does not.
    pub(super) otherwise: Otherwise,
    check: Check,
    bind: Bind,
}

type Check = Box<dyn Fn(&Value) -> std::result::Result<(), String> + Send + Sync>;
type Bind = Box<dyn Fn(Value) -> SimpleExpr + Send + Sync>;

/// What fills a column that the file does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// Its default, null or the next number: the engine knows.
    Engine,
    /// A new UUID.
    Uuid,
    /// Nothing: the file must.
    Nothing,
}

/// A table that rows refer to.
pub(super) struct Parent {
    /// The column that refers to it.
    pub(super) column: usize,
    pub(super) table: TableRef,
    pub(super) table_name: String,
    pub(super) key: String,
}

impl Column {
    /// Checks a value that is not null, whatever its kind.
    pub(super) fn check(&self, value: &Value) -> std::result::Result<(), String> {
        (self.check)(value)
    }

    /// The value as a statement states it.
    pub(super) fn bind(&self, value: Value) -> SimpleExpr {
        (self.bind)(value)
    }
}

impl Target {
    /// The table of `database` that is called `table`.
    pub(super) fn find(database: Database, table: &str) -> Result<Self> {
        let mut search = Search { table, found: None, tables: Vec::new() };
        almanac_entity::visit(database, &mut search);
        match search.found {
            Some(Found::Table(target)) => Ok(*target),
            Some(Found::View) => Err(Error::invalid(
                "table",
                format!("`{table}` is a view: its rows come from other tables"),
            )),
            None => {
                let tables = list(search.tables);
                Err(Error::invalid("table", format!("{database} has no `{table}`, but {tables}")))
            }
        }
    }

    fn of<T: Table>() -> Self {
        let columns: Vec<_> = T::Column::iter().collect();
        let position = |name: &str| columns.iter().position(|column| column.as_str() == name);
        let primary: Vec<_> =
            T::PrimaryKey::iter().filter_map(|key| position(key.into_column().as_str())).collect();
        let numbered =
            if T::PrimaryKey::auto_increment() { primary.first().copied() } else { None };
        let unique = columns.iter().enumerate();
        let unique =
            unique.filter(|(_, column)| column.def().is_unique()).map(|(index, _)| vec![index]);
        // What a definition says of a key of several columns can only be had by way of its index.
        let indexes = Schema::new(DbBackend::Sqlite).create_index_from_entity(T::default());
        let combined = indexes.iter().filter(|index| index.is_unique_key()).map(|index| {
            let names = index.get_index_spec().get_column_names();
            names.iter().filter_map(|name| position(name)).collect()
        });
        Self {
            table: T::default().table_name(),
            table_ref: T::default().table_ref(),
            keys: std::iter::once(primary.clone()).chain(unique).chain(combined).collect(),
            parents: T::Relation::iter()
                .filter_map(|relation| parent(&relation.def(), position))
                .collect(),
            columns: columns
                .iter()
                .enumerate()
                .map(|(index, column)| {
                    describe(T::DATABASE, *column, primary == [index], numbered == Some(index))
                })
                .collect(),
            numbered,
            place: almanac_entity::position::<T>().and_then(|place| {
                let index = |column: T::Column| position(column.as_str());
                Some(Position {
                    ra: index(place.ra)?,
                    dec: index(place.dec)?,
                    cell: index(place.cell)?,
                })
            }),
        }
    }

    /// Where the column called `name` is.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The names of its columns, to be read by a person.
    pub(super) fn column_names(&self) -> String {
        let columns = self.columns.iter().enumerate();
        let is_cell = |index| self.place.is_some_and(|place| place.cell == index);
        list(columns.filter(|(index, _)| !is_cell(*index)).map(|(_, column)| column.name))
    }
}

fn describe<C: ColumnTrait>(
    database: Database,
    column: C,
    is_key: bool,
    is_numbered: bool,
) -> Column {
    let (def, kind, name) = (column.def(), kind(&column), column.as_str());
    // The engine sets these two; SeaORM cannot be told.
    let is_stamped = database == Database::Astrid
        && matches!(kind, Kind::DateTime)
        && matches!(name, "created_at" | "updated_at");
    let has_default = def.is_null() || def.get_column_default().is_some();
    let otherwise = match kind {
        Kind::Uuid if is_key => Otherwise::Uuid,
        _ if has_default || is_numbered || is_stamped => Otherwise::Engine,
        _ => Otherwise::Nothing,
    };
    let digits = match def.get_column_type() {
        ColumnType::Decimal(digits) => *digits,
        _ => None,
    };
    Column {
        name,
        kind,
        nullable: def.is_null(),
        digits,
        otherwise,
        check: Box::new(move |value| validate::value(column, value)),
        bind: Box::new(move |value| column.save_as(Expr::val(value))),
    }
}

fn parent(
    relation: &sea_orm::RelationDef,
    position: impl Fn(&str) -> Option<usize>,
) -> Option<Parent> {
    // A table that refers to itself is left to the engine: the parent may stand in the same batch.
    let is_parent = !relation.is_owner
        && !relation.skip_fk
        && relation.from_col.arity() == 1
        && relation.from_tbl != relation.to_tbl;
    let column = relation.from_col.iter().next()?;
    let key = relation.to_col.iter().next()?;
    let table_name = relation.to_tbl.sea_orm_table().to_string();
    let table = relation.to_tbl.clone();
    is_parent.then(|| position(&column.to_string()))?.map(|column| Parent {
        column,
        table,
        table_name,
        key: key.to_string(),
    })
}

struct Search<'a> {
    table: &'a str,
    found: Option<Found>,
    tables: Vec<&'static str>,
}

enum Found {
    Table(Box<Target>),
    View,
}

impl Visitor for Search<'_> {
    fn visit<T: Table>(&mut self) {
        let name = T::default().table_name();
        if name == self.table {
            self.found = Some(if T::IS_VIEW {
                Found::View
            } else {
                Found::Table(Box::new(Target::of::<T>()))
            });
        }
        if !T::IS_VIEW {
            self.tables.push(name);
        }
    }
}
