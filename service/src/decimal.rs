//! Decimals as both engines hold them: SQLite would keep every digit, and PostgreSQL would round.

use almanac_entity::Table;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Iterable, Value,
    prelude::Decimal,
    sea_query::{ColumnType, prelude::rust_decimal::RoundingStrategy},
};
use serde_json::Value as Json;

/// Rounds the decimals of a row to the scale of their columns, halves away from zero.
pub(crate) fn round<E: Table>(row: &mut E::ActiveModel) {
    for column in E::Column::iter() {
        if let ActiveValue::Set(mut value) = row.get(column)
            && matches!(value, Value::Decimal(Some(_)))
        {
            round_value(column, &mut value);
            row.set(column, value);
        }
    }
}

/// Rounds a value to the scale of its column, where that holds decimals.
pub(crate) fn round_value<C: ColumnTrait>(column: C, value: &mut Value) {
    if let (Value::Decimal(Some(number)), Some((_, scale))) = (value, digits(column)) {
        *number = rounded(*number, scale);
    }
}

/// Checks that a column can hold a number: how many digits may stand before the point, if there are more.
pub(crate) fn check<C: ColumnTrait>(column: C, number: Decimal) -> std::result::Result<(), String> {
    let Some((precision, scale)) = digits(column) else { return Ok(()) };
    let most = precision - scale;
    let limit = (0..most).fold(Decimal::ONE, |limit, _| limit * Decimal::TEN);
    if rounded(number, scale).abs() < limit {
        return Ok(());
    }
    Err(format!("{number} has more than {most} digits before the point"))
}

/// How many digits a column of decimals holds, and how many of them behind the point.
pub(crate) fn digits<C: ColumnTrait>(column: C) -> Option<(u32, u32)> {
    match column.def().get_column_type() {
        ColumnType::Decimal(digits) => *digits,
        _ => None,
    }
}

/// A JSON number as it is written, without the detour by a float.
pub(crate) fn of_json(number: &Json) -> Option<Decimal> {
    let text = number.as_number()?.to_string();
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}

pub(crate) fn rounded(number: Decimal, scale: u32) -> Decimal {
    number.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero)
}
