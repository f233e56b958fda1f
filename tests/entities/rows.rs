//! Rows of every table are written, read, changed and deleted through its entity.

use almanac_database::Database;
use almanac_service::Writer;
use sea_orm::Value;

use super::{
    sample::{Extent, Sampler},
    table::{AnyTable, Cells, Row, tables},
};
use crate::support::{Engine, Schema, TestDatabase, databases};

databases!(written_read_changed_and_deleted);

/// Tables whose rows stay as they are, the database sees to it.
const APPEND_ONLY: [&str; 1] = ["audit_log"];

async fn written_read_changed_and_deleted(engine: Engine, database: Database) {
    let test = TestDatabase::migrated(database, engine).await;
    let writer = test.writer().await;
    let schema = Schema::read(&writer).await;
    let tables = tables(database);
    let mut sampler = Sampler { schema: &schema, tables: &tables, writer: &writer, made: 0 };
    for table in tables.iter().filter(|table| !table.is_view()) {
        for extent in [Extent::Full, Extent::Required] {
            one_row(&mut sampler, &**table, extent, &writer).await;
        }
    }
    for view in tables.iter().filter(|table| table.is_view()) {
        seen_through_a_view(&mut sampler, &**view, &writer).await;
    }
}

async fn one_row(sampler: &mut Sampler<'_>, table: &dyn AnyTable, extent: Extent, writer: &Writer) {
    let name = table.name();
    let cells = sampler.cells(table, extent).await;
    let row = match table.insert(writer, &cells).await {
        Ok(row) => row,
        Err(error) => panic!("{name}, {extent:?}: {error}\n{cells:?}"),
    };
    same(name, &cells, &row);
    // What was not written is null, or what the database puts there.
    for column in &sampler.schema.tables[name].columns {
        let (name_of, key) = (&*column.name, table.key());
        if !cells.contains_key(name_of) && !key.contains(&name_of) {
            assert_eq!(is_null(&row.cells[name_of]), column.default.is_none(), "{name}.{name_of}");
        }
    }

    let changed = sampler.changed(table, &row.cells);
    if APPEND_ONLY.contains(&name) {
        table.update(writer, &changed).await.unwrap_err();
        table.delete(writer, &row.cells).await.unwrap_err();
        same(name, &row.cells, &table.find(writer, &row.cells).await.unwrap().unwrap());
        return;
    }
    if changed != row.cells {
        table.update(writer, &changed).await.unwrap();
        same(name, &changed, &table.find(writer, &changed).await.unwrap().unwrap());
    }
    table.delete(writer, &row.cells).await.unwrap();
    assert!(
        table.find(writer, &row.cells).await.unwrap().is_none(),
        "{name}: the row is still there"
    );
}

/// Fails unless the row holds what was written.
#[track_caller]
fn same(table: &str, cells: &Cells, row: &Row) {
    for (column, value) in cells {
        assert_eq!(value, &row.cells[column], "{table}.{column}");
    }
}

fn is_null(value: &Value) -> bool {
    *value == value.as_null()
}

/// A view of the master catalogue shows a source that qualifies, and cannot be written.
async fn seen_through_a_view(sampler: &mut Sampler<'_>, view: &dyn AnyTable, writer: &Writer) {
    let sources = sampler.table("sources");
    let cells = sampler.cells(sources, Extent::Full).await;
    sources.insert(writer, &cells).await.unwrap();
    let row = view.find(writer, &cells).await.unwrap().expect("the source qualifies");
    same(view.name(), &cells, &row);
    sources.delete(writer, &cells).await.unwrap();
    assert!(view.find(writer, &cells).await.unwrap().is_none());
}
