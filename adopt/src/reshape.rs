//! Tables made anew, with every old row kept.
//!
//! The old table is copied to `<name>__legacy` and dropped, and not renamed: SQLite would have the views, triggers and
//! references of others follow the new name.

use almanac_entity::Kind;
use migration_schema::{
    Column, Engine, Index, Over, Schema, Table, Text, literal, quoted, quoted_list,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{
    Result,
    canonical::{Canonical, counter, is_mandatory, keys},
    extend::{create, fitting, free_name},
    findings::{duplicates, orphans},
    fit::serves,
    mapping::{Old, Values},
    recognise::{Reshape, Way, ddl},
    report::{Reshaped, Unmapped},
    sql::{all, count, execute, number},
};

/// Where the new rows are put together.
const STAGE: &str = "temp.adoption_stage";

/// Makes a table anew. `file` is the schema as it is now.
pub(crate) async fn reshape(
    transaction: &DatabaseTransaction,
    from: &Table,
    reshape: &Reshape,
    (file, canonical): (&Schema, &Canonical),
    now: f64,
) -> Result<(Reshaped, Vec<Unmapped>)> {
    let original = ddl(transaction, &from.name).await?;
    let is_same = Engine::Sqlite.same(&from.name, &reshape.into.name);
    let legacy =
        if reshape.replaces { keep(transaction, from, file).await? } else { from.name.clone() };
    let into = loosened(transaction, from, reshape).await?;
    let old = Old { table: from, file, now };
    let stage = Stage { old, way: &reshape.way, into: &into, legacy: &legacy };
    let legacy_rows = count(transaction, &format!("FROM {}", quoted(&legacy))).await?;
    let columns = stage.fill(transaction, canonical).await?;
    if !is_same {
        stage.leave_out_known(transaction).await?;
    }
    let mut unmapped = stage.sift(transaction, &columns).await?;
    let counter = number_given_out(transaction, &from.name).await?;
    if reshape.replaces {
        execute(transaction, &format!("DROP TABLE {}", quoted(&from.name))).await?;
    }
    if is_same {
        stage.make(transaction, canonical).await?;
    }
    stage.pour(transaction, &columns).await?;
    go_on_counting(transaction, &into, counter).await?;
    execute(transaction, &format!("DROP TABLE {STAGE}")).await?;
    unmapped.sort_by_key(|row| row.rowid);
    let unmapped_rows = unmapped.len() as u64;
    let reshaped = Reshaped {
        table: into.name.clone(),
        legacy,
        legacy_rows,
        mapped_rows: legacy_rows - unmapped_rows,
        unmapped_rows,
        ddl: original,
    };
    Ok((reshaped, unmapped))
}

/// Copies a table, all its rows and columns, to a table that bears no keys. Returns its name.
async fn keep(transaction: &DatabaseTransaction, from: &Table, file: &Schema) -> Result<String> {
    let taken = |name: &str| {
        file.table(name).is_some()
            || file.views.iter().any(|view| view.name.eq_ignore_ascii_case(name))
    };
    let legacy = free_name(&format!("{}__legacy", from.name), taken);
    let columns = from.columns.iter().map(|column| Column {
        counter: None,
        generated: None,
        default: column.default.as_ref().map(plain),
        ..column.clone()
    });
    let table = Table { columns: columns.collect(), ..Table::new(&legacy) };
    create(transaction, &table).await?;
    let names: Vec<&str> = from.columns.iter().map(|column| column.name.as_str()).collect();
    let (names, rowid) = (quoted_list(&names), if from.without_rowid { "NULL" } else { "rowid" });
    let copy = format!(
        "INSERT INTO {} (rowid, {names}) SELECT {rowid}, {names} FROM {}",
        quoted(&legacy),
        quoted(&from.name)
    );
    execute(transaction, &copy).await?;
    Ok(legacy)
}

/// A default in a spelling that means the same everywhere: a word in double quotes is a string only where it stands.
fn plain(default: &Text) -> Text {
    if default.canonical.starts_with('\'') {
        Text::new(default.canonical.clone(), default.canonical.clone())
    } else {
        default.clone()
    }
}

/// The new table, no stricter than the rows of the old one allow where they keep their columns, and with the indexes that
/// the old one had of its own.
async fn loosened<C: ConnectionTrait>(
    connection: &C,
    from: &Table,
    reshape: &Reshape,
) -> Result<Table> {
    let mut into = reshape.into.clone();
    let by_names = matches!(reshape.way, Way::Names);
    for key in keys(&into).into_iter().filter(|_| by_names) {
        let is_there = key.iter().all(|name| from.column(Engine::Sqlite, name).is_some());
        if is_there && !duplicates(connection, &from.name, &key).await?.is_empty() {
            into.uniques.retain(|unique| unique.columns != key);
            into.indexes.retain(|index| index.plain_unique() != Some(key.clone()));
        }
    }
    let own = from.indexes.iter().filter(|index| by_names || is_over(index, &reshape.into));
    for index in own {
        if into.indexes.iter().any(|other| serves(other, index)) {
            continue;
        }
        let taken =
            |name: &str| into.indexes.iter().any(|other| other.name.eq_ignore_ascii_case(name));
        let index = Index { name: free_name(&index.name, taken), ..index.clone() };
        into.indexes.push(index);
    }
    Ok(into)
}

/// Whether an index is over nothing but columns that a table has.
fn is_over(index: &Index, table: &Table) -> bool {
    let is_column = |over: &Over| match over {
        Over::Column(name) => table.column(Engine::Sqlite, name).is_some(),
        Over::Expression(_) => false,
    };
    index.predicate.is_none() && index.parts.iter().all(|part| is_column(&part.over))
}

/// The rows of the new table, before it is there.
struct Stage<'r> {
    old: Old<'r>,
    way: &'r Way,
    into: &'r Table,
    /// The table that keeps the old rows.
    legacy: &'r str,
}

impl Stage<'_> {
    /// Works out the new rows, each with the number of the old one. Returns the columns that they have.
    async fn fill(
        &self,
        transaction: &DatabaseTransaction,
        canonical: &Canonical,
    ) -> Result<Vec<String>> {
        let mut values = vec![("old row".to_owned(), "old.rowid".to_owned())];
        values.extend(self.values(canonical));
        let (mut columns, values): (Vec<String>, Vec<String>) = values.into_iter().unzip();
        let (names, values) = (quoted_list(&columns), values.join(", "));
        let order = match self.way {
            Way::Names => "old.rowid",
            Way::Shape(shape) => shape.order,
        };
        let create = format!(
            "CREATE TEMP TABLE adoption_stage (\"place in order\" INTEGER PRIMARY KEY, {names})"
        );
        execute(transaction, &create).await?;
        let columns = columns.split_off(1);
        let limit = if columns.is_empty() { " LIMIT 0" } else { "" };
        let fill = format!(
            "INSERT INTO {STAGE} ({names}) SELECT {values} FROM {} AS old ORDER BY {order}{limit}",
            quoted(self.legacy)
        );
        execute(transaction, &fill).await?;
        Ok(columns)
    }

    /// Each new column with its expression over the old row.
    fn values(&self, canonical: &Canonical) -> Vec<(String, String)> {
        let said: Values = match &self.way {
            Way::Names => Vec::new(),
            Way::Shape(shape) => match shape.values {
                Some(values) => values(&self.old),
                None => return Vec::new(),
            },
        };
        let into = self.into;
        let known = canonical.entities.get(&into.name);
        let is_time = |name: &str| {
            let known = known.and_then(|known| known.get(name));
            known.is_some_and(|known| matches!(known.kind, Kind::UnixTime))
        };
        let value = |column: &Column| {
            let name = &column.name;
            let found = said.iter().find(|(said, _)| said == name);
            let value = match found {
                Some((_, value)) => value.clone(),
                None if !self.old.has(name) => return None,
                None if self.old.is_text(name) && is_time(name) => self.old.time(name),
                None => self.old.at(name),
            };
            let default = column.default.as_ref().filter(|_| !column.nullable);
            let value = match default {
                Some(default) => format!("COALESCE({value}, {})", plain(default).sql),
                None => value,
            };
            Some((name.clone(), value))
        };
        into.columns.iter().filter_map(value).collect()
    }

    /// Takes those rows out of the stage that the table has already.
    async fn leave_out_known(&self, transaction: &DatabaseTransaction) -> Result<()> {
        for key in keys(self.into) {
            let (over, into) = (quoted_list(&key), quoted(&self.into.name));
            let known =
                format!("DELETE FROM {STAGE} WHERE ({over}) IN (SELECT {over} FROM {into})");
            execute(transaction, &known).await?;
        }
        Ok(())
    }

    /// Takes those rows out of the stage that the new table cannot hold, and says why.
    async fn sift(
        &self,
        transaction: &DatabaseTransaction,
        columns: &[String],
    ) -> Result<Vec<Unmapped>> {
        let into = self.into;
        let mut unmapped = Vec::new();
        if columns.is_empty() {
            let rows = format!("SELECT rowid FROM {}", quoted(self.legacy));
            self.leave(transaction, &rows, "it has another shape", &mut unmapped).await?;
        }
        for column in into.columns.iter().filter(|column| is_mandatory(column)) {
            if columns.contains(&column.name) {
                let rows = format!(
                    "SELECT \"old row\" FROM {STAGE} WHERE {} IS NULL",
                    quoted(&column.name)
                );
                let reason = format!("there is nothing for {}", column.name);
                self.leave(transaction, &rows, &reason, &mut unmapped).await?;
            }
        }
        let numbered = counter(into).map(|column| vec![column.name.clone()]);
        for key in keys(into).into_iter().chain(numbered) {
            if !key.iter().all(|name| columns.contains(name)) {
                continue;
            }
            let set: Vec<String> =
                key.iter().map(|name| format!("{} IS NOT NULL", quoted(name))).collect();
            let (set, over) = (set.join(" AND "), quoted_list(&key));
            let reason = format!("another row has the same {}", key.join(", "));
            let later = format!(
                "SELECT \"old row\" FROM (SELECT \"old row\", row_number() OVER \
                 (PARTITION BY {over} ORDER BY \"place in order\") AS place FROM {STAGE} WHERE {set}) \
                 WHERE place > 1"
            );
            self.leave(transaction, &later, &reason, &mut unmapped).await?;
        }
        Ok(unmapped)
    }

    async fn leave(
        &self,
        transaction: &DatabaseTransaction,
        rows: &str,
        reason: &str,
        unmapped: &mut Vec<Unmapped>,
    ) -> Result<()> {
        for row in all(transaction, rows).await? {
            let rowid: i64 = row.try_get_by_index(0)?;
            unmapped.push(Unmapped {
                table: self.into.name.clone(),
                rowid,
                reason: reason.to_owned(),
            });
        }
        execute(transaction, &format!("DELETE FROM {STAGE} WHERE \"old row\" IN ({rows})")).await?;
        Ok(())
    }

    /// Makes the new table. A foreign key is left out where a row has no parent.
    async fn make(&self, transaction: &DatabaseTransaction, canonical: &Canonical) -> Result<()> {
        let mut table = fitting(self.into, self.old.file, canonical);
        let mut kept = Vec::new();
        for key in table.foreign_keys {
            let is_staged = key.columns.iter().all(|name| self.old.has(name));
            let parent = self.old.file.table(&key.table);
            if !is_staged || orphans(transaction, "adoption_stage", &key, parent).await? == 0 {
                kept.push(key);
            }
        }
        table.foreign_keys = kept;
        create(transaction, &table).await
    }

    /// Puts the rows into the new table.
    async fn pour(&self, transaction: &DatabaseTransaction, columns: &[String]) -> Result<()> {
        if columns.is_empty() {
            return Ok(());
        }
        let (into, columns) = (quoted(&self.into.name), quoted_list(columns));
        let pour = format!(
            "INSERT INTO {into} ({columns}) SELECT {columns} FROM {STAGE} ORDER BY \"place in order\""
        );
        execute(transaction, &pour).await?;
        Ok(())
    }
}

/// The highest number that a table's rows were ever given; 0 where none is known.
async fn number_given_out<C: ConnectionTrait>(connection: &C, table: &str) -> Result<i64> {
    let kept = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'";
    if number(connection, kept).await? == 0 {
        return Ok(0);
    }
    let seq = format!("SELECT MAX(seq) FROM sqlite_sequence WHERE name = {}", literal(table));
    number(connection, &seq).await
}

/// Has a table's numbers go on where they were, since one that was given is not given again.
async fn go_on_counting(
    transaction: &DatabaseTransaction,
    table: &Table,
    given: i64,
) -> Result<()> {
    if given == 0 || counter(table).is_none() {
        return Ok(());
    }
    let name = literal(&table.name);
    let highest = number_given_out(transaction, &table.name).await?.max(given);
    execute(transaction, &format!("DELETE FROM sqlite_sequence WHERE name = {name}")).await?;
    execute(
        transaction,
        &format!("INSERT INTO sqlite_sequence (name, seq) VALUES ({name}, {highest})"),
    )
    .await?;
    Ok(())
}
