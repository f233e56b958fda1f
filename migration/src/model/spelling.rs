//! What SQLite's names of types stand for.

use almanac_database::Database;
use migration_schema::{Column, Engine, Schema};

/// The schema with the types of SQLite compared by what their names stand for. SQLite itself treats many
/// alike (text, a UUID and a moment are all text to it), but rows are not written the same.
pub(crate) fn marked(schema: &Schema) -> Schema {
    let mut marked = schema.clone();
    if marked.engine == Engine::Sqlite {
        for column in marked.tables.iter_mut().flat_map(|table| &mut table.columns) {
            column.ty.canonical = kind(&column.ty.sql);
        }
    }
    marked
}

/// Whether a column that is there serves for what an entity states.
pub(super) fn serves(engine: Engine, made: &Column, stated: &Column) -> bool {
    if engine == Engine::Postgres {
        return made.ty == stated.ty;
    }
    let (made, stated) = (kind(&made.ty.sql), kind(&stated.ty.sql));
    // The pipeline's flags are numbers.
    made == stated || made == "integer" && stated == "boolean"
}

/// What a declared type stands for: sea-query and the revisions spell it apart.
fn kind(declared: &str) -> String {
    let name: String = declared.to_ascii_lowercase().split_whitespace().collect();
    match name.as_str() {
        "int" | "bigint" | "smallint" | "tinyint" => "integer".to_owned(),
        "double" | "doubleprecision" | "float" => "real".to_owned(),
        "bool" => "boolean".to_owned(),
        _ => name,
    }
}

/// A column that is new, as revisions of `database` spell it.
pub(super) fn new(database: Database, engine: Engine, stated: &Column) -> Column {
    let mut column = stated.clone();
    match engine {
        Engine::Sqlite => {
            let flag = database != Database::Astrid && kind(&column.ty.sql) == "boolean";
            if flag {
                "INTEGER".clone_into(&mut column.ty.sql);
                "INTEGER".clone_into(&mut column.ty.canonical);
            }
        }
        Engine::Postgres => column.collation = collation(&column).map(str::to_owned),
    }
    column
}

/// Text sorts by its bytes, as on SQLite.
fn collation(column: &Column) -> Option<&'static str> {
    let ty = &column.ty.sql;
    (ty == "text" || ty.starts_with("character varying")).then_some("C")
}
