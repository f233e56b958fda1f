//! Rows to lose.

use std::collections::BTreeMap;

use almanac_database::Database;
use almanac_migration::stated;
use sea_orm_migration::{
    prelude::ColumnDef,
    sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement},
};

use super::Edit;

/// Puts rows into the tables that edits are tried on.
pub(super) async fn fill(connection: &DatabaseConnection, database: Database) {
    let rows: &[&str] = match database {
        Database::Hdf5 => &[
            "INSERT INTO storage_locations (name, path, description) \
             VALUES ('raw', '/data/raw', 'subband files'), ('O''Neil', '/stage/é', NULL)",
            "INSERT INTO hdf5_file_index \
             (path, filename, group_id, subband_code, timestamp_iso, timestamp_mjd, stored, subband_num) \
             VALUES ('/a', 'a', 'g', 'sb00', '2025-10-24', 60972.25, {no}, 0), \
             ('/b', 'b', 'g', 'sb01', '2025-10-24', 60972.25, {yes}, NULL)",
            "INSERT INTO pointing_history (timestamp, ra_deg, dec_deg) \
             VALUES (60972.25, 83.625, 22.5), (60972.75, 0.125, NULL)",
        ],
        Database::DataRegistry => &[
            "INSERT INTO data_registry \
             (data_type, data_id, base_path, status, stage_path, created_at, staged_at) \
             VALUES ('image', 'i1', '/stage', 'staging', '/stage/i1', 1.5, 2.5), \
             ('image', 'i2', '/stage', 'published', '/stage/i2', 3.5, 4.5)",
            "INSERT INTO data_relationships (parent_data_id, child_data_id, relationship_type) \
             VALUES ('i1', 'i2', 'derived_from')",
            // Each tag is the name of a product too, so that a reference may be made of it.
            "INSERT INTO data_tags (data_id, tag) VALUES ('i1', 'i1'), ('i1', 'i2'), ('i2', 'i2')",
        ],
        Database::Astrid => &["INSERT INTO observations \
             (id, survey_id, observation_id, ra, dec, observation_time, filter_band, exposure_time, fits_url) \
             SELECT id, id, name, 10.5, -20.25, '2025-09-10T01:02:03.000004+00:00', 'r', 30.5, 'https://host/f' \
             FROM surveys"],
        other => panic!("no rows of {other} are known"),
    };
    let [yes, no] = match connection.get_database_backend() {
        DbBackend::Postgres => ["TRUE", "FALSE"],
        _ => ["1", "0"],
    };
    for sql in rows {
        let sql = sql.replace("{yes}", yes).replace("{no}", no);
        connection.execute_unprepared(&sql).await.unwrap();
    }
}

/// When cells are read: names and values differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Before,
    Edited,
}

/// The rows of every table as text, without what the edit takes from them.
pub(super) async fn cells(
    connection: &DatabaseConnection,
    edit: &Edit,
    when: When,
) -> BTreeMap<String, Vec<Vec<Option<String>>>> {
    let backend = connection.get_database_backend();
    let mut cells = BTreeMap::new();
    for table in stated(edit.database) {
        let name = table.name();
        let loses = |column: &str| edit.loses.contains(&&*format!("{name}.{column}"));
        if edit.loses.contains(&&*name) {
            continue;
        }
        let columns = table.table.get_columns().iter().map(ColumnDef::get_column_name);
        let columns: Vec<String> = columns
            .filter(|column| !loses(column))
            .map(|column| expression(backend, edit, &name, &column, when))
            .collect();
        // The remark keeps PostgreSQL from a plan for columns of other types.
        let (columns_sql, table) = (columns.join(", "), edit.table(&name, when));
        let select = format!("SELECT {columns_sql} FROM \"{table}\" /* {when:?} */");
        let rows = connection.query_all_raw(Statement::from_string(backend, select)).await.unwrap();
        let read = |row: &sea_orm_migration::sea_orm::QueryResult| {
            (0..columns.len()).map(|index| row.try_get_by_index(index).unwrap()).collect()
        };
        let mut rows: Vec<Vec<Option<String>>> = rows.iter().map(read).collect();
        rows.sort();
        cells.insert(name, rows);
    }
    cells
}

fn expression(backend: DbBackend, edit: &Edit, table: &str, column: &str, when: When) -> String {
    let quoted = format!("\"{}\"", edit.column(table, column, when));
    let filled = edit.hints.fills.iter().find(|fill| fill.table == table && fill.column == column);
    let value = match filled {
        Some(fill) => format!("COALESCE({quoted}, {})", fill.value),
        None => quoted,
    };
    match backend {
        DbBackend::Postgres => format!("CAST({value} AS TEXT)"),
        _ => format!("IIF(typeof({value}) = 'blob', hex({value}), CAST({value} AS TEXT))"),
    }
}

impl Edit {
    fn table<'a>(&'a self, name: &'a str, when: When) -> &'a str {
        let renamed = self.hints.tables.iter().find(|one| one.from == name);
        renamed.filter(|_| when == When::Edited).map_or(name, |one| &one.to)
    }

    fn column<'a>(&'a self, table: &str, name: &'a str, when: When) -> &'a str {
        let is = |one: &&migration_schema::ColumnRename| one.table == table && one.from == name;
        let renamed = self.hints.columns.iter().find(is);
        renamed.filter(|_| when == When::Edited).map_or(name, |one| &one.to)
    }
}
