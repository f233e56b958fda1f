//! What a file holds, to be compared with what it held.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, types::Value};

/// The columns that may be filled where they were null.
const FILLED: [(&str, &str); 4] = [
    ("caltables", "active"),
    ("caltables", "status"),
    ("hdf5_file_index", "subband_num"),
    ("photometry", "mjd"),
];

/// All of a file.
#[derive(Debug, PartialEq)]
pub(crate) struct Content {
    pub(crate) tables: BTreeMap<String, Table>,
    /// Everything that has a definition: its type, name, table and definition.
    definitions: BTreeSet<[String; 4]>,
}

/// The rows of a table, in the order in which they lie.
#[derive(Debug, PartialEq)]
pub(crate) struct Table {
    columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
    /// The columns of each index; none for an expression.
    indexes: BTreeMap<String, Vec<Option<String>>>,
}

impl Content {
    pub(crate) fn read(connection: &Connection) -> Self {
        let definitions = rows(
            connection,
            "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
        );
        let definitions: BTreeSet<[String; 4]> =
            definitions.into_iter().map(|row| row.map(text)).collect();
        let tables = definitions.iter().filter(|[kind, ..]| kind == "table");
        let tables = tables.map(|[_, name, ..]| (name.clone(), Table::read(connection, name)));
        Self { tables: tables.collect(), definitions }
    }

    /// How many rows each table has.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        self.tables.iter().map(|(name, table)| (name.clone(), table.rows.len())).collect()
    }

    fn names(&self, kind: &str) -> impl Iterator<Item = &[String; 4]> {
        self.definitions.iter().filter(move |definition| definition[0] == kind)
    }

    /// Fails unless all that was in the file before is in it still: every value of every table, in a copy where
    /// the table was made anew, and all views, triggers and indexes.
    #[track_caller]
    pub(crate) fn assert_kept(&self, before: &Self, reshaped: &BTreeSet<String>) {
        for (name, table) in &before.tables {
            let copied = reshaped.contains(name);
            let place = if copied { format!("{name}__legacy") } else { name.clone() };
            let now = self.tables.get(&place).unwrap_or_else(|| panic!("{place} is not there"));
            table.assert_in(now, &place);
            for (index, columns) in &table.indexes {
                let gone = |column: &Option<String>| {
                    let now = self.tables.get(name);
                    column
                        .as_ref()
                        .is_some_and(|column| !now.is_some_and(|now| now.columns.contains(column)))
                };
                // An index of a column that the table no longer has cannot be.
                if copied && columns.iter().any(gone) {
                    continue;
                }
                let mut indexes = self.tables[name].indexes.values();
                assert!(indexes.any(|now| now == columns), "{name}: {index} is not there");
            }
        }
        for kind in ["view", "trigger"] {
            let now: Vec<_> = self.names(kind).collect();
            for definition in before.names(kind) {
                assert!(now.contains(&definition), "{definition:?} is not there");
            }
        }
    }
}

impl Table {
    fn read(connection: &Connection, name: &str) -> Self {
        let columns: Vec<String> =
            rows(connection, &format!("SELECT name FROM pragma_table_info('{name}')"))
                .into_iter()
                .map(|[name]| text(name))
                .collect();
        let without_rowid: bool = connection
            .query_row("SELECT wr FROM pragma_table_list WHERE name = ?1", [name], |row| row.get(0))
            .unwrap();
        let order = if without_rowid { "1" } else { "rowid" };
        let mut statement =
            connection.prepare(&format!("SELECT * FROM \"{name}\" ORDER BY {order}")).unwrap();
        let cells =
            statement.query_map([], |row| (0..columns.len()).map(|cell| row.get(cell)).collect());
        let cells = cells.unwrap().collect::<Result<_, _>>().unwrap();
        Self { columns, rows: cells, indexes: indexes(connection, name) }
    }

    /// Fails unless every row of this one is in `now` at the same place, with every value it had.
    #[track_caller]
    fn assert_in(&self, now: &Self, name: &str) {
        assert_eq!(self.rows.len(), now.rows.len(), "{name}: the number of rows");
        for (index, column) in self.columns.iter().enumerate() {
            let place = now.columns.iter().position(|other| other == column);
            let place = place.unwrap_or_else(|| panic!("{name}.{column} is not there"));
            let filled = FILLED.contains(&(name, column));
            for (old, new) in self.rows.iter().zip(&now.rows) {
                let (old, new) = (&old[index], &new[place]);
                assert!(
                    old == new || filled && *old == Value::Null,
                    "{name}.{column}: {old:?} became {new:?}"
                );
            }
        }
    }
}

/// The indexes of a table that have a name of their own.
fn indexes(connection: &Connection, table: &str) -> BTreeMap<String, Vec<Option<String>>> {
    let listed = rows(
        connection,
        &format!("SELECT name FROM pragma_index_list('{table}') WHERE origin = 'c'"),
    );
    let columns = |name: &str| {
        let columns = rows(connection, &format!("SELECT name FROM pragma_index_info('{name}')"));
        let column = |[column]: [Value; 1]| (column != Value::Null).then(|| text(column));
        columns.into_iter().map(column).collect()
    };
    listed
        .into_iter()
        .map(|[name]| {
            let name = text(name);
            let columns = columns(&name);
            (name, columns)
        })
        .collect()
}

fn rows<const N: usize>(connection: &Connection, sql: &str) -> Vec<[Value; N]> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| {
        let mut cells = [const { Value::Null }; N];
        for (index, cell) in cells.iter_mut().enumerate() {
            *cell = row.get(index)?;
        }
        Ok(cells)
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn text(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        other => panic!("{other:?} is no text"),
    }
}
