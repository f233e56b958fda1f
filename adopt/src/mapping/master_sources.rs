//! The catalogue as its old builder numbered it.

use std::collections::BTreeMap;

use almanac_service::sky::j_name;
use migration_schema::{Engine, Schema};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{AS_STORED, Old, Shape, Values};
use crate::{
    Result,
    sql::{all, execute},
};

pub(super) const SHAPES: [Shape; 2] = [
    Shape {
        from: "sources",
        into: "sources",
        is: |old| is_numbered(old.file),
        reason: "its sources have numbers, not names",
        values: Some(sources),
        order: AS_STORED,
    },
    Shape {
        from: "stable_ids",
        into: "stable_ids",
        is: |old| is_numbered(old.file),
        reason: "its sources have numbers, not names",
        values: Some(stable_ids),
        order: AS_STORED,
    },
];

/// Names in one statement: each takes two variables of SQLite.
const NAMES: usize = 500;
const NAME: &str = "(SELECT name FROM temp.designations WHERE id = old.source_id)";

fn sources(_: &Old<'_>) -> Values {
    vec![("source_id", NAME.to_owned()), ("legacy_id", "old.source_id".to_owned())]
}

fn stable_ids(_: &Old<'_>) -> Values {
    vec![("source_id", NAME.to_owned())]
}

/// Whether the sources of a file have numbers.
pub(crate) fn is_numbered(file: &Schema) -> bool {
    let column = file.table("sources").and_then(|table| table.column(Engine::Sqlite, "source_id"));
    column.is_some_and(|column| column.ty.canonical == "INTEGER")
}

/// The names that numbered sources get: NVSS designations, which those who share one are told apart in by a letter.
pub(crate) struct Designations;

impl Designations {
    /// Works them out into the temporary table `designations`, where a file has such sources.
    pub(crate) async fn prepare<C: ConnectionTrait>(connection: &C, file: &Schema) -> Result<()> {
        if !is_numbered(file) {
            return Ok(());
        }
        let select = "SELECT source_id, CAST(ra_deg AS REAL), CAST(dec_deg AS REAL) FROM sources \
                      WHERE source_id IS NOT NULL AND ra_deg IS NOT NULL AND dec_deg IS NOT NULL \
                      ORDER BY source_id";
        let mut sharing: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for row in all(connection, select).await? {
            let (ra, dec): (f64, f64) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let name = format!("NVSS {}", j_name(ra, dec, 1));
            sharing.entry(name).or_default().push(row.try_get_by_index(0)?);
        }
        execute(connection, "CREATE TEMP TABLE designations (id INTEGER PRIMARY KEY, name TEXT)")
            .await?;
        let names: Vec<(i64, String)> =
            sharing.into_iter().flat_map(|(name, ids)| told_apart(&name, &ids)).collect();
        for names in names.chunks(NAMES) {
            let places = vec!["(?, ?)"; names.len()].join(", ");
            let insert = format!("INSERT INTO temp.designations VALUES {places}");
            let values = names.iter().flat_map(|(id, name)| [(*id).into(), name.as_str().into()]);
            let insert = Statement::from_sql_and_values(DbBackend::Sqlite, insert, values);
            connection.execute_raw(insert).await?;
        }
        Ok(())
    }
}

/// A name for each of the sources at one place.
fn told_apart(name: &str, ids: &[i64]) -> Vec<(i64, String)> {
    match ids {
        [only] => vec![(*only, name.to_owned())],
        several => several
            .iter()
            .enumerate()
            .map(|(at, id)| (*id, format!("{name}{}", letters(at))))
            .collect(),
    }
}

/// `a` to `z`, then `aa` and so on.
fn letters(at: usize) -> String {
    let last = char::from(b"abcdefghijklmnopqrstuvwxyz"[at % 26]);
    match at / 26 {
        0 => last.to_string(),
        more => format!("{}{last}", letters(more - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_at_one_place_are_told_apart_by_letters() {
        let names = told_apart("NVSS J004000.0+000000", &[3, 5]);
        let expected = [(3, "NVSS J004000.0+000000a"), (5, "NVSS J004000.0+000000b")];
        assert_eq!(names, expected.map(|(id, name)| (id, name.to_owned())));
        assert_eq!([0, 25, 26, 27, 701, 702].map(letters), ["a", "z", "aa", "ab", "zz", "aaa"]);
    }
}
