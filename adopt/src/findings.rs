//! What is strange about the rows of a file. It is told, and nothing is changed by it.

use almanac_entity::Kind;
use migration_schema::{Engine, ForeignKey, Schema, Table, literal, quoted, quoted_list};
use sea_orm::ConnectionTrait;
use serde::Serialize;

use crate::{
    Result,
    canonical::{Canonical, keys},
    fit::is_unique,
    mapping::is_numbered,
    sql::{all, count},
};

/// All that is strange.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Findings {
    /// Rows that refer to others that are not there.
    pub orphans: Vec<Orphans>,
    /// Rows that are equal where none should be.
    pub duplicates: Vec<Duplicate>,
    /// Words that no vocabulary has.
    pub outside_vocabulary: Vec<Outside>,
    /// Values that are hardly what their column says.
    pub suspicious: Vec<Suspicion>,
}

/// Rows that refer to others that are not there.
#[derive(Clone, Debug, Serialize)]
pub struct Orphans {
    /// Their table.
    pub table: String,
    /// The column that refers.
    pub column: String,
    /// The table that it refers to.
    pub parent: String,
    /// How many rows.
    pub rows: u64,
}

/// Rows that are equal where none should be.
#[derive(Clone, Debug, Serialize)]
pub struct Duplicate {
    /// Their table.
    pub table: String,
    /// The columns in which they are equal.
    pub columns: Vec<String>,
    /// The values, as text.
    pub values: Vec<String>,
    /// How many rows.
    pub rows: u64,
}

/// Words of a column that its vocabulary does not have.
#[derive(Clone, Debug, Serialize)]
pub struct Outside {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The words.
    pub values: Vec<Word>,
}

/// A word.
#[derive(Clone, Debug, Serialize)]
pub struct Word {
    /// The word.
    pub value: String,
    /// How many rows hold it.
    pub rows: u64,
}

/// Values that are hardly what their column says.
#[derive(Clone, Debug, Serialize)]
pub struct Suspicion {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What is odd.
    pub what: String,
    /// How many rows.
    pub rows: u64,
}

impl Findings {
    /// Looks at the rows of those tables of a file that the database has.
    pub(crate) async fn of<C: ConnectionTrait>(
        connection: &C,
        file: &Schema,
        canonical: &Canonical,
    ) -> Result<Self> {
        let mut findings = Self::default();
        for wanted in canonical.in_order() {
            let Some(table) = file.table(&wanted.name) else { continue };
            findings.orphans(connection, table, wanted, file).await?;
            findings.duplicates(connection, table, wanted).await?;
            findings.words(connection, table, canonical).await?;
            findings.suspicious(connection, table, wanted, canonical).await?;
        }
        findings.swapped(connection, file).await?;
        Ok(findings)
    }

    async fn orphans<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        table: &Table,
        wanted: &Table,
        file: &Schema,
    ) -> Result<()> {
        let mut keys: Vec<&ForeignKey> = Vec::new();
        for key in wanted.foreign_keys.iter().chain(&table.foreign_keys) {
            let same =
                |other: &&ForeignKey| other.columns == key.columns && other.table == key.table;
            if !keys.iter().any(same) && key.columns.iter().all(|name| has(table, name)) {
                keys.push(key);
            }
        }
        for key in keys {
            let rows = orphans(connection, &table.name, key, file.table(&key.table)).await?;
            if rows > 0 {
                self.orphans.push(Orphans {
                    table: table.name.clone(),
                    column: key.columns.join(", "),
                    parent: key.table.clone(),
                    rows,
                });
            }
        }
        Ok(())
    }

    async fn duplicates<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        table: &Table,
        wanted: &Table,
    ) -> Result<()> {
        for key in keys(wanted) {
            if is_unique(table, &key) || !key.iter().all(|name| has(table, name)) {
                continue;
            }
            self.duplicates.extend(duplicates(connection, &table.name, &key).await?);
        }
        Ok(())
    }

    async fn words<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        table: &Table,
        canonical: &Canonical,
    ) -> Result<()> {
        for (column, known) in canonical.entities.get(&table.name).into_iter().flatten() {
            let Kind::Word(vocabulary) = known.kind else { continue };
            if !has(table, column) {
                continue;
            }
            let words: Vec<String> =
                vocabulary.terms.iter().map(|term| literal(term.label)).collect();
            let (name, column_sql, words) = (quoted(&table.name), quoted(column), words.join(", "));
            let select = format!(
                "SELECT CAST({column_sql} AS TEXT), COUNT(*) FROM {name} WHERE {column_sql} IS NOT NULL \
                 AND {column_sql} NOT IN ({words}) GROUP BY 1 ORDER BY 2 DESC, 1"
            );
            let mut values = Vec::new();
            for row in all(connection, &select).await? {
                let (value, rows): (String, i64) =
                    (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                values.push(Word { value, rows: rows.unsigned_abs() });
            }
            if !values.is_empty() {
                let (table, column) = (table.name.clone(), column.clone());
                self.outside_vocabulary.push(Outside { table, column, values });
            }
        }
        Ok(())
    }

    async fn suspicious<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        table: &Table,
        wanted: &Table,
        canonical: &Canonical,
    ) -> Result<()> {
        let known = canonical.entities.get(&table.name);
        let key = wanted.primary_key.iter().flat_map(|key| &key.columns);
        let empty =
            key.map(|name| (name.as_str(), "no value, though it is the key", "COL IS NULL"));
        let columns = table.columns.iter().map(|column| column.name.as_str());
        let kind = |name: &str| known.and_then(|known| known.get(name)).map(|known| known.kind);
        let odd = columns.flat_map(|name| oddities(&table.name, name, kind(name)));
        let checks: Vec<_> = empty.filter(|(name, ..)| has(table, name)).chain(odd).collect();
        if checks.is_empty() {
            return Ok(());
        }
        // One walk through the table for all of them.
        let counts = checks.iter().map(|(name, _, condition)| {
            format!("COUNT(*) FILTER (WHERE {})", condition.replace("COL", &quoted(name)))
        });
        let counts = counts.collect::<Vec<_>>().join(", ");
        let select = format!("SELECT {counts} FROM {}", quoted(&table.name));
        for row in all(connection, &select).await? {
            for (at, (column, what, _)) in checks.iter().enumerate() {
                let rows: i64 = row.try_get_by_index(at)?;
                if rows > 0 {
                    self.suspect(&table.name, column, what, rows.unsigned_abs());
                }
            }
        }
        Ok(())
    }

    /// The builder of numbered catalogues took matches of one survey for those of the other.
    async fn swapped<C: ConnectionTrait>(&mut self, connection: &C, file: &Schema) -> Result<()> {
        let sources =
            file.table("sources").filter(|table| is_numbered(file) && has(table, "s_vlass"));
        if sources.is_none() {
            return Ok(());
        }
        let rows = count(connection, "FROM sources WHERE s_vlass IS NOT NULL").await?;
        if rows > 0 {
            let what = "the old builder mixed up its matches: VLASS and FIRST values, alpha and both flags are \
                        not to be relied on where both surveys were given";
            self.suspect("sources", "s_vlass", what, rows);
        }
        Ok(())
    }

    fn suspect(&mut self, table: &str, column: &str, what: &str, rows: u64) {
        let (table, column, what) = (table.to_owned(), column.to_owned(), what.to_owned());
        self.suspicious.push(Suspicion { table, column, what, rows });
    }
}

/// What would be odd in a column: in words, and as a condition on `COL`.
fn oddities<'c>(
    table: &str,
    column: &'c str,
    kind: Option<Kind>,
) -> Vec<(&'c str, &'static str, &'static str)> {
    let mut odd = Vec::new();
    let mut add = |what, condition| odd.push((column, what, condition));
    match kind {
        Some(Kind::Int | Kind::BigInt | Kind::Float | Kind::UnixTime | Kind::Boolean) => {
            add("text where a number belongs", "typeof(COL) IN ('text', 'blob')");
        }
        Some(Kind::Word(_)) if table == "images" && column == "type" => {
            add("looks like a number", "COL GLOB '*[0-9]*' AND COL NOT GLOB '*[^0-9.eE+-]*'");
        }
        _ => {}
    }
    if let Some(Kind::UnixTime) = kind {
        add("looks like an MJD, not Unix seconds", "COL BETWEEN 30000 AND 100000");
        add("looks like milliseconds, not seconds", "COL > 100000000000 AND typeof(COL) <> 'text'");
    }
    if column == "mjd" || column.ends_with("_mjd") {
        add("looks like Unix seconds, not an MJD", "COL > 1000000 AND typeof(COL) <> 'text'");
    }
    if column.ends_with("ra_deg") {
        add("is no right ascension", "typeof(COL) <> 'text' AND (COL < 0 OR COL >= 360)");
    }
    if column.ends_with("dec_deg") {
        add("is no declination", "typeof(COL) <> 'text' AND abs(COL) > 90");
    }
    odd
}

/// How many rows refer by `key` to others that are not there; all that refer at all, where there is no such table.
pub(crate) async fn orphans<C: ConnectionTrait>(
    connection: &C,
    child: &str,
    key: &ForeignKey,
    parent: Option<&Table>,
) -> Result<u64> {
    let set: Vec<String> =
        key.columns.iter().map(|name| format!("{} IS NOT NULL", quoted(name))).collect();
    let set = set.join(" AND ");
    let (child, columns, target) =
        (quoted(child), quoted_list(&key.columns), quoted_list(&key.target));
    let known = parent.filter(|parent| key.target.iter().all(|name| has(parent, name)));
    let lost = match known.filter(|_| !key.target.is_empty()) {
        None => String::new(),
        Some(parent) => {
            let parent = quoted(&parent.name);
            let of: Vec<String> =
                key.target.iter().map(|name| format!("{} IS NOT NULL", quoted(name))).collect();
            let of = of.join(" AND ");
            // As a list it is sorted once, whatever indexes there are.
            format!("AND ({columns}) NOT IN (SELECT {target} FROM {parent} WHERE {of})")
        }
    };
    count(connection, &format!("FROM {child} WHERE {set} {lost}")).await
}

/// The groups of rows that are equal in `key`.
pub(crate) async fn duplicates<C: ConnectionTrait>(
    connection: &C,
    table: &str,
    key: &[String],
) -> Result<Vec<Duplicate>> {
    let texts: Vec<String> =
        key.iter().map(|name| format!("CAST({} AS TEXT)", quoted(name))).collect();
    let set: Vec<String> = key.iter().map(|name| format!("{} IS NOT NULL", quoted(name))).collect();
    let select = format!(
        "SELECT COUNT(*), {} FROM {} WHERE {} GROUP BY {} HAVING COUNT(*) > 1 ORDER BY 2",
        texts.join(", "),
        quoted(table),
        set.join(" AND "),
        quoted_list(key)
    );
    let mut found = Vec::new();
    for row in all(connection, &select).await? {
        let rows: i64 = row.try_get_by_index(0)?;
        let values = (1..=key.len()).map(|at| row.try_get_by_index(at));
        found.push(Duplicate {
            table: table.to_owned(),
            columns: key.to_vec(),
            values: values.collect::<std::result::Result<_, _>>()?,
            rows: rows.unsigned_abs(),
        });
    }
    Ok(found)
}

fn has(table: &Table, column: &str) -> bool {
    table.column(Engine::Sqlite, column).is_some()
}
