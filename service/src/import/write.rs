//! Rows on their way into the table.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr, Value, sea_query::Query, sqlx};

use super::{Report, keys::Keys, plan::Plan, target::Target};
use crate::{Result, Transaction};

/// SQLite binds at most so many values to a statement; PostgreSQL twice as many.
const BINDS: usize = 32_766;

/// Rows that are checked and written together.
#[derive(Default)]
pub(super) struct Batch(Vec<(u64, Vec<Value>)>);

impl Batch {
    /// Adds the row that begins on `line`.
    pub(super) fn push(&mut self, line: u64, row: Vec<Value>) {
        self.0.push((line, row));
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[Value]> {
        self.0.iter().map(|(_, row)| row.as_slice())
    }

    /// Takes out the rows that `is_valid` says no to.
    pub(super) fn retain(
        &mut self,
        report: &mut Report,
        mut is_valid: impl FnMut(u64, &[Value], &mut Report) -> bool,
    ) {
        let before = self.0.len();
        self.0.retain(|(line, row)| is_valid(*line, row, report));
        report.invalid += (before - self.0.len()) as u64;
    }
}

/// Checks a batch against the table and writes what is valid of it.
pub(super) async fn batch(
    transaction: &Transaction,
    target: &Target,
    plan: &Plan,
    keys: &mut Keys,
    mut batch: Batch,
    report: &mut Report,
) -> Result<()> {
    keys.check(transaction, target, &mut batch, report).await?;
    let at_once = BINDS / plan.columns().len();
    // Where the engine refuses rows for a reason that only it knows, such as a check, halves are tried,
    // down to the row at fault.
    let mut tasks: Vec<&[(u64, Vec<Value>)]> = batch.0.chunks(at_once.max(1)).rev().collect();
    while let Some(rows) = tasks.pop() {
        match insert(transaction, target, plan, rows).await? {
            None => {
                report.written += rows.len() as u64;
                for (line, row) in rows {
                    keys.written(*line, row);
                }
            }
            Some(refusal) => {
                if let [(line, _)] = rows {
                    report.add(*line, None, refusal);
                    report.invalid += 1;
                } else {
                    let (front, back) = rows.split_at(rows.len() / 2);
                    tasks.extend([back, front]);
                }
            }
        }
    }
    Ok(())
}

/// What is to be done once all rows are written: numbers that the file gave must not be given again.
pub(super) async fn after(transaction: &Transaction, target: &Target, plan: &Plan) -> Result<()> {
    let numbered = target.numbered.filter(|column| plan.cell_of(*column).is_some());
    let (Some(numbered), DbBackend::Postgres) = (numbered, transaction.get_database_backend())
    else {
        return Ok(());
    };
    let (table, column) = (target.table, target.columns[numbered].name);
    let sequence = format!("pg_get_serial_sequence('\"{table}\"', '{column}')");
    let advance = format!(
        "SELECT setval({sequence}, GREATEST((SELECT max(\"{column}\") FROM \"{table}\"), nextval({sequence})))"
    );
    transaction.execute_unprepared(&advance).await?;
    Ok(())
}

/// Inserts rows; says why, where one of them is refused, and has written none of them then.
async fn insert(
    transaction: &Transaction,
    target: &Target,
    plan: &Plan,
    rows: &[(u64, Vec<Value>)],
) -> Result<Option<String>> {
    let columns: Vec<_> = plan.columns().map(|column| &target.columns[column]).collect();
    let mut insert = Query::insert();
    insert.into_table(target.table_ref.clone()).columns(columns.iter().map(|column| column.name));
    for (_, row) in rows {
        insert.values_panic(
            columns.iter().zip(row).map(|(column, value)| column.bind(value.clone())),
        );
    }
    transaction.execute_unprepared("SAVEPOINT almanac_import").await?;
    let refusal = match transaction.execute(&insert).await {
        Ok(_) => None,
        Err(error) => match refusal(transaction.get_database_backend(), &error) {
            Some(refusal) => {
                transaction.execute_unprepared("ROLLBACK TO SAVEPOINT almanac_import").await?;
                Some(refusal)
            }
            None => return Err(error.into()),
        },
    };
    transaction.execute_unprepared("RELEASE SAVEPOINT almanac_import").await?;
    Ok(refusal)
}

/// What the engine has against a row; none where it failed otherwise.
fn refusal(backend: DbBackend, error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return None;
    };
    let sqlx::Error::Database(error) = &**error else { return None };
    let code = error.code()?;
    let is_of_the_row = match backend {
        // SQLITE_CONSTRAINT and SQLITE_MISMATCH, with their extensions.
        DbBackend::Sqlite => matches!(code.parse::<i32>().ok()? & 0xff, 19 | 20),
        // Data exceptions and violated constraints.
        _ => code.starts_with("22") || code.starts_with("23"),
    };
    is_of_the_row.then(|| error.message().to_owned())
}
