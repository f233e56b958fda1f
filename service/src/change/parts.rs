//! What the verbs are put together from: values, conditions and errors.

use almanac_entity::{Database, Table, position};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DbErr, IdenStatic, Iterable, PrimaryKeyToColumn,
    QueryResult, Value,
    sea_query::{Expr, Func, IntoValueTuple, SimpleExpr},
};

use crate::{
    Error, Filter, Result, Row, decimal,
    repository::KeyOf,
    row::{self, Columns},
};

/// What an upsert leaves in a column: the new value, or where that is null the one there is. A cell that
/// belongs to another position is never kept.
pub(super) fn kept_where_null<E: Table>(column: E::Column) -> SimpleExpr {
    let new = Expr::col(("excluded", column));
    if position::<E>().is_some_and(|position| position.cell.as_str() == column.as_str()) {
        return new;
    }
    Func::coalesce([new, Expr::col(column.as_column_ref())]).into()
}

pub(super) fn set_values<E: Table>(row: &E::ActiveModel) -> (Vec<E::Column>, Vec<Value>) {
    E::Column::iter()
        .filter_map(|column| match row.get(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some((column, value)),
            ActiveValue::NotSet => None,
        })
        .unzip()
}

/// Why rows were not inserted. AstrID tells a missing parent from a row that is there already.
pub(super) fn not_inserted<E: Table>(error: DbErr) -> Error {
    if E::DATABASE == Database::Astrid { Error::of_insert(E::NAME, error) } else { error.into() }
}

/// Values as they are bound, in the order of their columns.
pub(super) fn cells<E: Table>(columns: &[E::Column], values: Vec<Value>) -> Vec<SimpleExpr> {
    let bound = |(column, mut value): (&E::Column, Value)| {
        decimal::round_value(*column, &mut value);
        column.save_as(Expr::val(value))
    };
    columns.iter().zip(values).map(bound).collect()
}

pub(super) fn all_columns<E: Table>() -> Columns<E> {
    row::columns::<E>(&E::Column::iter().collect::<Vec<_>>())
}

/// The columns of the primary key.
pub(super) fn key_columns<E: Table>() -> Columns<E> {
    row::columns::<E>(
        &E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect::<Vec<_>>(),
    )
}

/// Columns as a statement gives them back.
pub(super) fn selected<E: Table>(columns: &Columns<E>) -> impl Iterator<Item = SimpleExpr> {
    columns.iter().map(|(column, _)| column.select_as(Expr::col(*column)))
}

pub(super) fn read<E: Table>(results: &[QueryResult], columns: &Columns<E>) -> Result<Vec<Row<E>>> {
    let rows = results.iter().map(|result| Row::read(result, columns));
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

/// The rows with the same values as `row` in these columns.
pub(super) fn same_values<E: Table>(row: &E::ActiveModel, columns: &[E::Column]) -> Filter<E> {
    let value = |column: &E::Column| row.get(*column).into_value();
    let equal = columns.iter().map(|column| match value(column) {
        Some(value) => Filter::eq(*column, value),
        None => Filter::Any(Vec::new()),
    });
    Filter::All(equal.collect())
}

/// The rows with the same values as one of `rows` in these columns.
pub(super) fn same_values_as_any<E: Table>(
    rows: &[E::ActiveModel],
    columns: &[E::Column],
) -> Filter<E> {
    if let [column] = columns {
        let values = rows.iter().filter_map(|row| row.get(*column).into_value());
        return Filter::In(*column, values.collect());
    }
    Filter::Any(rows.iter().map(|row| same_values::<E>(row, columns)).collect())
}

/// The row with this primary key.
pub(super) fn of_key<E: Table>(key: KeyOf<E>) -> Filter<E> {
    let values = key.into_value_tuple().into_iter();
    let columns = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
    Filter::All(columns.zip(values).map(|(column, value)| Filter::eq(column, value)).collect())
}

/// The rows with the primary keys of these.
pub(super) fn same_keys<E: Table>(rows: &[Row<E>]) -> Filter<E> {
    let keys: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let value = |row: &Row<E>, column: E::Column| {
        row.value(column).expect("a whole row has its key").clone()
    };
    if let [key] = keys[..] {
        return Filter::In(key, rows.iter().map(|row| value(row, key)).collect());
    }
    let same =
        |row| Filter::All(keys.iter().map(|key| Filter::eq(*key, value(row, *key))).collect());
    Filter::Any(rows.iter().map(same).collect())
}
