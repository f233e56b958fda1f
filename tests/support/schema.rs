//! A database's schema as it is, read from the engine, to be compared and to be shown.

mod postgres;
mod sqlite;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write},
};

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

/// Everything in a database but the migrators' books.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) tables: BTreeMap<String, Table>,
    pub(crate) views: BTreeMap<String, View>,
    pub(crate) triggers: BTreeMap<String, String>,
    /// Enumeration types with their labels. PostgreSQL.
    pub(crate) enumerations: BTreeMap<String, Vec<String>>,
    /// PostgreSQL.
    pub(crate) functions: BTreeMap<String, String>,
    /// Each with the column that owns it. PostgreSQL.
    pub(crate) sequences: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// `autoincrement`, `strict` and the like. SQLite.
    pub(crate) options: BTreeSet<&'static str>,
    pub(crate) columns: Vec<Column>,
    /// In the key's order.
    pub(crate) primary_key: Vec<String>,
    /// The columns of each, with the constraint's name where the engine keeps one.
    pub(crate) unique: BTreeSet<(Vec<String>, Option<String>)>,
    pub(crate) foreign_keys: BTreeSet<ForeignKey>,
    /// Each with its name, where it has one.
    pub(crate) checks: BTreeSet<String>,
    pub(crate) indexes: BTreeMap<String, Index>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// As declared, in lower case.
    pub(crate) ty: String,
    pub(crate) not_null: bool,
    pub(crate) default: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<String>,
    pub(crate) table: String,
    pub(crate) targets: Vec<String>,
    pub(crate) on_delete: String,
    pub(crate) on_update: String,
    pub(crate) name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    /// Columns or expressions, those that sort downwards with ` desc`.
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
    /// Which rows are in it, unless all are.
    pub(crate) predicate: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) columns: Vec<Column>,
    pub(crate) definition: String,
}

impl Schema {
    /// Reads the schema of an SQLite database, or on PostgreSQL the first of the search path, which is
    /// the one named after the database.
    pub(crate) async fn read<C: ConnectionTrait>(connection: &C) -> Self {
        match connection.get_database_backend() {
            DbBackend::Sqlite => sqlite::read(connection).await,
            _ => postgres::read(connection).await,
        }
    }

    /// The columns of the table or view called `name`.
    pub(crate) fn columns(&self, name: &str) -> Option<&[Column]> {
        let of_table = self.tables.get(name).map(|table| &table.columns[..]);
        of_table.or_else(|| self.views.get(name).map(|view| &view.columns[..]))
    }

    /// What there is: a heading each, and the lines below it.
    fn sections(&self) -> Vec<(String, Vec<String>)> {
        let tables = self.tables.iter().map(|(name, table)| {
            let heading = format!("table {name}");
            (
                table.options.iter().fold(heading, |heading, option| heading + " " + option),
                table.lines(),
            )
        });
        let views = self.views.iter().map(|(name, view)| {
            let columns = view.columns.iter().map(Column::to_string);
            let definition = view.definition.lines().map(|line| format!("| {line}"));
            (format!("view {name}"), columns.chain(definition).collect())
        });
        let enumerations = self
            .enumerations
            .iter()
            .map(|(name, labels)| (format!("enumeration {name}"), labels.clone()));
        let texts = [("trigger", &self.triggers), ("function", &self.functions)];
        let texts = texts.into_iter().flat_map(|(what, texts)| {
            texts.iter().map(move |(name, text)| {
                (format!("{what} {name}"), text.lines().map(|line| format!("| {line}")).collect())
            })
        });
        let sequences = self
            .sequences
            .iter()
            .map(|(name, of)| (format!("sequence {name} of {of}"), Vec::new()));
        tables.chain(views).chain(enumerations).chain(texts).chain(sequences).collect()
    }
}

impl Table {
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.columns.iter().map(Column::to_string).collect();
        if !self.primary_key.is_empty() {
            lines.push(format!("primary key ({})", self.primary_key.join(", ")));
        }
        let named = |name: &Option<String>| {
            name.as_ref().map(|name| format!(" {name}")).unwrap_or_default()
        };
        lines.extend(
            self.unique
                .iter()
                .map(|(columns, name)| format!("unique{} ({})", named(name), columns.join(", "))),
        );
        lines.extend(self.foreign_keys.iter().map(|key| {
            format!(
                "foreign key{} ({}) -> {} ({}) on delete {} on update {}",
                named(&key.name),
                key.columns.join(", "),
                key.table,
                key.targets.join(", "),
                key.on_delete,
                key.on_update
            )
        }));
        lines.extend(self.checks.iter().map(|check| format!("check {check}")));
        lines.extend(self.indexes.iter().map(|(name, index)| {
            let unique = if index.unique { "unique " } else { "" };
            let columns = index.columns.join(", ");
            let predicate = index.predicate.iter().map(|text| format!(" where {text}"));
            format!("{unique}index {name} ({columns}){}", predicate.collect::<String>())
        }));
        lines
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.ty)?;
        if self.not_null {
            f.write_str(" not null")?;
        }
        self.default.iter().try_for_each(|default| write!(f, " default {default}"))
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (heading, lines) in self.sections() {
            writeln!(f, "{heading}")?;
            lines.iter().try_for_each(|line| writeln!(f, "    {line}"))?;
        }
        Ok(())
    }
}

/// What `right` has and `left` has not (`+`), and the reverse (`-`); the order of columns aside.
pub(crate) fn differences(left: &Schema, right: &Schema) -> Vec<String> {
    let facts = |schema: &Schema| -> BTreeSet<String> {
        let sections = schema.sections().into_iter();
        sections
            .flat_map(|(heading, lines)| {
                let of: Vec<_> = lines.iter().map(|line| format!("{heading}: {line}")).collect();
                std::iter::once(heading).chain(of)
            })
            .collect()
    };
    let (left, right) = (facts(left), facts(right));
    let gone = left.difference(&right).map(|fact| format!("- {fact}"));
    gone.chain(right.difference(&left).map(|fact| format!("+ {fact}"))).collect()
}

/// Fails with what differs, unless the two are the same.
#[track_caller]
pub(crate) fn assert_same(left: &Schema, right: &Schema, what: &str) {
    if left == right {
        return;
    }
    let mut message = format!("{what}: the schemas differ\n");
    let differences = differences(left, right);
    if differences.is_empty() {
        let _ = write!(message, "in the order of columns:\n{left}\n---\n{right}");
    }
    panic!("{message}{}", differences.join("\n"));
}

/// The rows that `sql` selects.
async fn rows<T: FromQueryResult, C: ConnectionTrait>(
    connection: &C,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Vec<T> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    T::find_by_statement(statement).all(connection).await.expect("the catalogue can be read")
}
