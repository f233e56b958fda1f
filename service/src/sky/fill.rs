//! Cells for the rows of programs that know nothing of cells.

use std::pin::Pin;

use almanac_entity::{Database, Kind, Position, Table, Visitor, kind, position, visit};
use sea_orm::{
    ColumnTrait, IdenStatic, Iterable, PrimaryKeyToColumn, QueryFilter, QuerySelect, QueryTrait,
    Value,
    prelude::Decimal,
    sea_query::{CaseStatement, Expr, ExprTrait, LockBehavior, LockType, Query},
};

use super::cell::{cell, degrees};
use crate::{
    Comparison, Filter, Repository, Result, Sessions, Transaction, Writable,
    repository::select_columns, row,
};

/// Rows of one statement: each is looked for in the list of all.
const ROWS: u64 = 200;

/// Works out the cells of rows that have a position and none: at most `limit` of each table, in a transaction
/// of its own. Returns how many; none are left when it returns 0. Nobody is recorded for it, since nothing
/// changes that was not in the row before.
///
/// # Errors
/// The database cannot be written.
pub async fn fill_cells(sessions: &Sessions, database: Database, limit: u64) -> Result<u64> {
    let mut tables = Tables(Vec::new());
    visit(database, &mut tables);
    let mut filled = 0;
    for fill in tables.0 {
        let mut left = limit;
        while left > 0 {
            let transaction = sessions.begin(database).await?;
            let at_once = Ord::min(left, ROWS);
            let rows = fill(&transaction, at_once).await?;
            transaction.commit().await?;
            filled += rows;
            left = if rows < at_once { 0 } else { left - rows };
        }
    }
    Ok(filled)
}

type Filling<'t> = Pin<Box<dyn Future<Output = Result<u64>> + Send + 't>>;
type Fill = for<'t> fn(&'t Transaction, u64) -> Filling<'t>;

/// How each table with positions is filled.
struct Tables(Vec<Fill>);

impl Visitor for Tables {
    fn visit<T: Table>(&mut self) {
        if position::<T>().is_some() && !T::IS_VIEW {
            self.0.push(|transaction, limit| {
                Box::pin(
                    async move { Repository::<_, T>::new(transaction).fill_cells(limit).await },
                )
            });
        }
    }
}

impl<C: Writable, E: Table> Repository<'_, C, E> {
    /// Works out the cells of at most `limit` rows that have none; how many.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn fill_cells(&self, limit: u64) -> Result<u64> {
        let Some(Position { ra, dec, cell: column }) = position::<E>() else { return Ok(0) };
        let Some(key) = E::PrimaryKey::iter().next().map(PrimaryKeyToColumn::into_column) else {
            return Ok(0);
        };
        // What lies off the sphere has no cell, and must not be met again and again.
        let between = |column: E::Column, first: i32, last: i32| -> Filter<E> {
            Filter::Compare(column, Comparison::Gte, bound(column, first)).and(Filter::Compare(
                column,
                Comparison::Lte,
                bound(column, last),
            ))
        };
        let unplaced =
            Filter::<E>::Null(column, true).and(between(dec, -90, 90)).and(between(ra, -720, 720));
        let columns = row::columns::<E>(&[key, ra, dec]);
        let select = select_columns::<E>(&columns)
            .filter(unplaced.condition())
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let mut cells = CaseStatement::new();
        let mut keys = Vec::new();
        for row in self.rows(select.as_query(), &columns).await? {
            let at = |column| row.value(column).and_then(degrees);
            let place = at(ra).zip(at(dec)).and_then(|(ra, dec)| cell(ra, dec));
            if let Some((key_value, cell)) = row.value(key).cloned().zip(place) {
                cells =
                    cells.case(Expr::col(key).eq(Expr::val(key_value.clone())), Expr::val(cell));
                keys.push(key_value);
            }
        }
        if keys.is_empty() {
            return Ok(0);
        }
        let mut update = Query::update();
        update
            .table(E::default().table_ref())
            .value(column, cells)
            .cond_where(Filter::<E>::In(key, keys).condition())
            .and_where(column.is_null());
        Ok(self.connection.execute(&update).await?.rows_affected())
    }
}

/// A bound for a coordinate. A float would turn a scan of an index over decimals into a scan of the table.
fn bound<C: ColumnTrait + IdenStatic>(column: C, degrees: i32) -> Value {
    match kind(&column) {
        Kind::Decimal => Decimal::from(degrees).into(),
        _ => f64::from(degrees).into(),
    }
}
