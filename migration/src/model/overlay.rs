//! What a schema has to be for the entities to be right: the one place that says what an entity can state.
//!
//! A schema that revisions made is taken as it is, and what the entities state is laid over it. Stated are:
//! tables, columns, what type of value a column holds, whether it may be null, its default, whether the engine
//! counts it up, primary keys, unique keys, foreign keys with what becomes of the row, plain indexes that an
//! entity asks for, and the labels of enumerations. All else stays as it was made, and so never differs:
//!
//! - CHECKs, but for those that hold a column of SQLite to its labels; triggers, views, comments, collations,
//!   generated columns; STRICT and WITHOUT ROWID; when a foreign key is checked; the order of columns.
//! - Indexes that no entity asks for, and the names of all. Unique is what a constraint or an index over whole
//!   rows says, whichever of the two, in whatever order of its columns.
//! - The spelling of a type on SQLite: `INTEGER` serves for yes or no.
//! - A default of "now", where the entity states none: the engines spell it apart, so no entity can.
//! - On SQLite, whether a column of a primary key is declared not null: to an entity it never is null.

use almanac_database::Database;
use migration_schema::{
    Column, Engine, ForeignKey, Index, Key, Over, Part, Schema, Table, Text, Trigger,
};

use super::{
    desired::enumeration_check,
    spelling::{new, serves},
};

/// `made` with what `desired` states laid over it.
pub(crate) fn wanted(database: Database, made: &Schema, desired: &Schema) -> Schema {
    let engine = made.engine;
    let over = Overlay { database, engine };
    let mut wanted = made.clone();
    wanted.enums.clone_from(&desired.enums);
    wanted.tables.retain(|table| desired.table(&table.name).is_some());
    for table in &mut wanted.tables {
        if let Some(stated) = desired.table(&table.name) {
            over.table(table, stated);
        }
    }
    for stated in &desired.tables {
        if made.table(&stated.name).is_none() {
            wanted.tables.push(over.new_table(stated));
        }
    }
    let stays = |trigger: &Trigger| {
        desired.table(&trigger.table).is_some() || made.table(&trigger.table).is_none()
    };
    wanted.triggers.retain(stays);
    wanted
}

struct Overlay {
    database: Database,
    engine: Engine,
}

impl Overlay {
    fn new_table(&self, stated: &Table) -> Table {
        let mut table = stated.clone();
        for column in &mut table.columns {
            *column = new(self.database, self.engine, column);
        }
        self.loosen_key(&mut table);
        for index in &mut table.indexes {
            index.name = name_of(if index.unique { "uq" } else { "idx" }, &table.name, index);
        }
        for key in &mut table.foreign_keys {
            key.name = self.foreign_key_name(&table.name, key);
        }
        table
    }

    /// Revisions declare a key of SQLite not null unless it is a number with a fraction.
    fn loosen_key(&self, table: &mut Table) {
        let [only] = table.primary_key.as_ref().map_or(&[][..], |key| &key.columns) else { return };
        let real = |column: &&mut Column| column.name == *only && column.ty.canonical == "REAL";
        if self.engine == Engine::Sqlite
            && let Some(column) = table.columns.iter_mut().find(real)
        {
            column.nullable = true;
        }
    }

    fn table(&self, table: &mut Table, stated: &Table) {
        let gone: Vec<String> = table
            .columns
            .iter()
            .filter(|column| stated.column(self.engine, &column.name).is_none())
            .map(|column| column.name.clone())
            .collect();
        self.columns(table, stated);
        let columns = |key: &Option<Key>| key.as_ref().map(|key| self.fold(&key.columns));
        if columns(&table.primary_key) != columns(&stated.primary_key) {
            table.primary_key.clone_from(&stated.primary_key);
        }
        without(table, &gone);
        self.checks(table, stated);
        self.unique(table, stated);
        self.indexes(table, stated);
        self.foreign_keys(table, stated);
    }

    fn columns(&self, table: &mut Table, stated: &Table) {
        table.columns.retain(|column| stated.column(self.engine, &column.name).is_some());
        let keyed = |name: &str| {
            let key = stated.primary_key.iter().flat_map(|key| &key.columns);
            key.into_iter().any(|column| self.engine.same(column, name))
        };
        for column in &stated.columns {
            let engine = self.engine;
            let there = table.columns.iter_mut().find(|one| engine.same(&one.name, &column.name));
            match there {
                Some(made) => self.column(made, column, keyed(&column.name)),
                None => table.columns.push(new(self.database, engine, column)),
            }
        }
    }

    fn column(&self, made: &mut Column, stated: &Column, keyed: bool) {
        if !serves(self.engine, made, stated) {
            let column = new(self.database, self.engine, stated);
            (made.ty, made.collation) = (column.ty, column.collation);
        }
        if !(keyed && self.engine == Engine::Sqlite) {
            made.nullable = stated.nullable;
        }
        made.counter = stated.counter;
        let now = |default: &Option<Text>| default.as_ref().is_some_and(is_now);
        let by_engine = now(&made.default) && (stated.default.is_none() || now(&stated.default));
        if made.generated.is_none() && !by_engine && made.default != stated.default {
            made.default.clone_from(&stated.default);
        }
    }

    fn checks(&self, table: &mut Table, stated: &Table) {
        let states = |text: &Text| stated.checks.iter().any(|one| one.expression == *text);
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| enumeration_check(&table.name, &column.name))
            .collect();
        let ours = |name: &Option<String>| {
            name.as_ref().is_some_and(|name| names.iter().any(|one| self.engine.same(one, name)))
        };
        table.checks.retain(|check| !ours(&check.name) || states(&check.expression));
        for check in &stated.checks {
            if !table.checks.iter().any(|one| one.expression == check.expression) {
                table.checks.push(check.clone());
            }
        }
    }

    fn unique(&self, table: &mut Table, stated: &Table) {
        let of_indexes = stated.indexes.iter().filter_map(whole_unique);
        let wanted: Vec<Vec<String>> =
            stated.uniques.iter().map(|key| key.columns.clone()).chain(of_indexes).collect();
        let is_wanted = |columns: &[String]| wanted.iter().any(|one| self.same_set(one, columns));
        table.uniques.retain(|key| is_wanted(&key.columns));
        table.indexes.retain(|index| whole_unique(index).is_none_or(|columns| is_wanted(&columns)));
        for columns in &wanted {
            let of_keys = table.uniques.iter().map(|key| key.columns.clone());
            let mut there = of_keys.chain(table.indexes.iter().filter_map(whole_unique));
            if !there.any(|one| self.same_set(&one, columns)) {
                let mut index = plain_index(columns, true);
                index.name = name_of("uq", &table.name, &index);
                table.indexes.push(index);
            }
        }
    }

    fn indexes(&self, table: &mut Table, stated: &Table) {
        for index in stated.indexes.iter().filter(|index| !index.unique) {
            let Some(columns) = whole_columns(index) else { continue };
            let same = |one: &Index| {
                whole_columns(one).is_some_and(|there| self.fold(&there) == self.fold(&columns))
            };
            if !table.indexes.iter().any(same) {
                let mut index = plain_index(&columns, false);
                index.name = name_of("idx", &table.name, &index);
                table.indexes.push(index);
            }
        }
    }

    fn foreign_keys(&self, table: &mut Table, stated: &Table) {
        let refers = |one: &ForeignKey, other: &ForeignKey| {
            self.fold(&one.columns) == self.fold(&other.columns)
                && self.engine.same(&one.table, &other.table)
                && self.fold(&one.target) == self.fold(&other.target)
        };
        let name = table.name.clone();
        let keys = stated.foreign_keys.iter().map(|key| {
            let made = table.foreign_keys.iter().find(|made| refers(made, key)).cloned();
            let made = made.unwrap_or_else(|| ForeignKey {
                name: self.foreign_key_name(&name, key),
                ..key.clone()
            });
            ForeignKey { on_delete: key.on_delete, on_update: key.on_update, ..made }
        });
        table.foreign_keys = keys.collect();
    }

    /// PostgreSQL's own way to name a foreign key; SQLite needs none.
    fn foreign_key_name(&self, table: &str, key: &ForeignKey) -> Option<String> {
        (self.engine == Engine::Postgres).then(|| format!("{table}_{}_fkey", key.columns.join("_")))
    }

    fn fold(&self, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.engine.fold(name)).collect()
    }

    fn same_set(&self, one: &[String], other: &[String]) -> bool {
        let sorted = |names: &[String]| {
            let mut names = self.fold(names);
            names.sort();
            names
        };
        sorted(one) == sorted(other)
    }
}

/// Takes away what speaks of columns that are no more.
fn without(table: &mut Table, gone: &[String]) {
    let says = |text: &Text| {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        let mut words = text.canonical.split(|letter| !is_part(letter));
        words.any(|word| gone.iter().any(|name| name.eq_ignore_ascii_case(word)))
    };
    let over_gone = |part: &Part| match &part.over {
        Over::Column(name) => gone.contains(name),
        Over::Expression(text) => says(text),
    };
    table.checks.retain(|check| !says(&check.expression));
    table.indexes.retain(|index| {
        !index.parts.iter().any(over_gone)
            && !index.predicate.as_ref().is_some_and(says)
            && !index.include.iter().any(|name| gone.contains(name))
    });
}

fn is_now(default: &Text) -> bool {
    let spelled = default.canonical.to_ascii_lowercase();
    spelled == "current_timestamp" || spelled.starts_with("strftime")
}

/// The columns of an index that says of whole rows that they are unique.
fn whole_unique(index: &Index) -> Option<Vec<String>> {
    if index.unique { whole_columns(index) } else { None }
}

/// The columns of an index over all rows, if it is over nothing else.
fn whole_columns(index: &Index) -> Option<Vec<String>> {
    if index.predicate.is_some() {
        return None;
    }
    let column = |part: &Part| match &part.over {
        Over::Column(name) => Some(name.clone()),
        Over::Expression(_) => None,
    };
    index.parts.iter().map(column).collect()
}

fn plain_index(columns: &[String], unique: bool) -> Index {
    let part = |name: &String| Part {
        over: Over::Column(name.clone()),
        descending: false,
        nulls_first: false,
        collation: None,
        opclass: None,
    };
    Index {
        name: String::new(),
        unique,
        method: None,
        parts: columns.iter().map(part).collect(),
        predicate: None,
        include: Vec::new(),
        nulls_not_distinct: false,
        options: Vec::new(),
    }
}

/// The name that revisions give to an index; PostgreSQL keeps 63 characters of it.
fn name_of(prefix: &str, table: &str, index: &Index) -> String {
    let columns = whole_columns(index).unwrap_or_default().join("_");
    let mut name = format!("{prefix}_{table}_{columns}");
    name.truncate(name.floor_char_boundary(63));
    name
}
