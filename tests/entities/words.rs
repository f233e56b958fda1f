//! Every word of every vocabulary is written and read; what is not one of them is readable where old
//! files may hold it, and refused elsewhere.

use almanac_database::Database;
use almanac_entity::{Kind, Vocabulary};
use almanac_service::Writer;
use sea_orm::{ConnectionTrait, Statement};

use super::{
    sample::{Extent, Sampler, settle, word},
    table::{AnyTable, Cells, tables},
};
use crate::support::{Engine, Schema, TestDatabase, databases};

databases!(words_are_written_and_read);

/// A word that is in no vocabulary.
const STRANGE: &str = "no such word";

async fn words_are_written_and_read(engine: Engine, database: Database) {
    let test = TestDatabase::migrated(database, engine).await;
    let writer = test.writer().await;
    let schema = Schema::read(&writer).await;
    let tables = tables(database);
    let mut sampler = Sampler { schema: &schema, tables: &tables, writer: &writer, made: 0 };
    for table in tables.iter().filter(|table| !table.is_view()) {
        for column in table.columns() {
            if let Kind::Word(vocabulary) = column.kind {
                words(&mut sampler, &**table, column.name, vocabulary, &writer).await;
            }
        }
    }
}

async fn words(
    sampler: &mut Sampler<'_>,
    table: &dyn AnyTable,
    column: &'static str,
    vocabulary: &Vocabulary,
    writer: &Writer,
) {
    let place = format!("{}.{column}", table.name());
    let mut cells = Cells::new();
    for term in vocabulary.terms {
        cells = sampler.cells(table, Extent::Full).await;
        cells.insert(column, word(term.label));
        settle(table.name(), &mut cells);
        let row = table.insert(writer, &cells).await.unwrap();
        assert_eq!(row.cells[column], word(term.label), "{place}");
        assert!(row.shown.contains(term.variant), "{place}: {}", row.shown);
        assert!(!row.shown.contains(&format!("Other({:?})", term.label)), "{place}: {}", row.shown);
    }
    let outcome = write_strange(table, column, &cells, writer).await;
    if !vocabulary.open {
        outcome.expect_err("a closed vocabulary takes no other word");
        return;
    }
    outcome.unwrap();
    let row = table.find(writer, &cells).await.unwrap().expect("the row is still there");
    assert_eq!(row.cells[column], word(STRANGE), "{place}");
    assert!(row.shown.contains(&format!("Other({STRANGE:?})")), "{place}: {}", row.shown);
}

/// Writes a word past the entity, as another program would.
async fn write_strange(
    table: &dyn AnyTable,
    column: &str,
    cells: &Cells,
    writer: &Writer,
) -> Result<(), sea_orm::DbErr> {
    let backend = writer.get_database_backend();
    let keys = table.key();
    let conditions: Vec<String> =
        (1..).zip(&keys).map(|(n, key)| format!("\"{key}\" = ${n}")).collect();
    let sql = format!(
        "UPDATE \"{}\" SET \"{column}\" = '{STRANGE}' WHERE {}",
        table.name(),
        conditions.join(" AND ")
    );
    let values = keys.iter().map(|key| cells[key].clone());
    writer.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.map(|_| ())
}
