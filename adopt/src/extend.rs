//! What is added to a file: tables, columns, indexes, views and triggers that it has not.

use migration_schema::{Column, Engine, Index, Over, Part, Schema, Table, add_column, statements};
use sea_orm::DatabaseTransaction;

use crate::{
    Result,
    canonical::{Canonical, is_mandatory},
    findings::duplicates,
    fit::{Fit, broken},
    report::{AddedColumns, AddedIndex, Report},
    sql::execute,
};

/// Columns that stay as they are though they should be unique: the pipeline writes an image of the same path again.
const NOT_FORCED: [(&str, &str); 1] = [("images", "path")];

/// Adds to a table that stays what it lacks. `file` is the schema as it is now.
pub(crate) async fn extend(
    transaction: &DatabaseTransaction,
    (wanted, fit): (&Table, &Fit),
    file: &Schema,
    report: &mut Report,
) -> Result<()> {
    let name = &wanted.name;
    for column in &fit.missing {
        // A row that is there has no value in it.
        let column = Column { nullable: column.nullable || is_mandatory(column), ..column.clone() };
        execute(transaction, &add_column(wanted, &column)).await?;
    }
    if !fit.missing.is_empty() {
        let columns = fit.missing.iter().map(|column| column.name.clone()).collect();
        report.added_columns.push(AddedColumns { table: name.clone(), columns });
    }
    let mut indexes = fit.indexes.clone();
    for key in &fit.uniques {
        let is_free = !NOT_FORCED.iter().any(|(table, column)| name == table && key == &[*column])
            && duplicates(transaction, name, key).await?.is_empty();
        let served = |index: &Index| columns_of(index).as_ref() == Some(key);
        let is_served = file.table(name).is_some_and(|table| table.indexes.iter().any(served));
        if is_free || !is_served {
            indexes.push(over(wanted, key, is_free));
        }
    }
    for index in indexes {
        let index =
            Index { name: free_name(&index.name, |name| has_index(file, name, None)), ..index };
        let added = AddedIndex { table: name.clone(), index: index.name.clone() };
        let table = Table { indexes: vec![index], ..Table::new(name) };
        let schema = Schema { tables: vec![table], ..Schema::empty(Engine::Sqlite) };
        // The table itself is there.
        for sql in statements(&schema).iter().skip(1) {
            execute(transaction, sql).await?;
        }
        report.added_indexes.push(added);
    }
    Ok(())
}

/// The index that finds rows by a key; where `unique`, it keeps them apart too.
fn over(wanted: &Table, key: &[String], unique: bool) -> Index {
    let named = wanted.indexes.iter().find(|index| index.plain_unique().as_deref() == Some(key));
    let name = named.map_or_else(
        || format!("{}_{}_{}", if unique { "uq" } else { "idx" }, wanted.name, key.join("_")),
        |index| index.name.clone(),
    );
    let part = |column: &String| Part {
        over: Over::Column(column.clone()),
        descending: false,
        nulls_first: false,
        collation: None,
        opclass: None,
    };
    Index {
        name,
        unique,
        method: None,
        parts: key.iter().map(part).collect(),
        predicate: None,
        include: Vec::new(),
        nulls_not_distinct: false,
        options: Vec::new(),
    }
}

fn columns_of(index: &Index) -> Option<Vec<String>> {
    Index { unique: true, ..index.clone() }.plain_unique()
}

/// Makes the tables that a file has not, parents first.
pub(crate) async fn add_tables(
    transaction: &DatabaseTransaction,
    file: &Schema,
    canonical: &Canonical,
    report: &mut Report,
) -> Result<()> {
    for table in canonical.in_order() {
        if file.table(&table.name).is_none() {
            create(transaction, &fitting(table, file, canonical)).await?;
            report.added_tables.push(table.name.clone());
        }
    }
    Ok(())
}

/// Makes a table with its indexes.
pub(crate) async fn create(transaction: &DatabaseTransaction, table: &Table) -> Result<()> {
    let schema = Schema { tables: vec![table.clone()], ..Schema::empty(Engine::Sqlite) };
    for sql in statements(&schema) {
        execute(transaction, &sql).await?;
    }
    Ok(())
}

/// A table as it can be among those of a file: no foreign key to what is not unique there, no name of an index that
/// another table's has.
pub(crate) fn fitting(table: &Table, file: &Schema, canonical: &Canonical) -> Table {
    let mut fitting = table.clone();
    let broken = broken(table, file, canonical.head());
    fitting.foreign_keys.retain(|key| !broken.iter().any(|(one, _)| *one == key));
    for index in &mut fitting.indexes {
        index.name = free_name(&index.name, |name| has_index(file, name, Some(&table.name)));
    }
    fitting
}

/// Adds the views and triggers of the revisions that a file has not.
pub(crate) async fn add_definitions(
    transaction: &DatabaseTransaction,
    file: &Schema,
    canonical: &Canonical,
) -> Result<()> {
    let head = canonical.head();
    let is_view = |name: &str| file.views.iter().any(|view| view.name.eq_ignore_ascii_case(name));
    for view in &head.views {
        if !is_view(&view.name) && file.table(&view.name).is_none() {
            execute(transaction, &view.definition.sql).await?;
        }
    }
    let has = |name: &str| file.triggers.iter().any(|one| one.name.eq_ignore_ascii_case(name));
    for trigger in head.triggers.iter().filter(|trigger| !has(&trigger.name)) {
        execute(transaction, &trigger.definition.sql).await?;
    }
    Ok(())
}

fn has_index(file: &Schema, name: &str, but: Option<&str>) -> bool {
    let others = file.tables.iter().filter(|table| Some(table.name.as_str()) != but);
    others.flat_map(|table| &table.indexes).any(|index| index.name.eq_ignore_ascii_case(name))
        || file.table(name).is_some()
}

/// A name that is not taken: this one, or one with a number behind it.
pub(crate) fn free_name(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while taken(&free) {
        number += 1;
        free = format!("{name}_{number}");
    }
    free
}
