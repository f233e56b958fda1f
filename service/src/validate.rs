//! What a value must be before it is written, whatever the table.

use almanac_entity::Table;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, IdenStatic, Iterable, Value,
    sea_query::{ColumnType, StringLen},
};

use crate::{Error, Result, decimal};

/// Checks every column that is set.
pub(crate) fn row<E: Table>(row: &E::ActiveModel) -> Result<()> {
    for column in E::Column::iter() {
        if let ActiveValue::Set(cell) = row.get(column) {
            value(column, &cell).map_err(|message| Error::invalid(column.as_str(), message))?;
        }
    }
    Ok(())
}

/// Checks one value: numbers are finite, right ascensions and declinations on the sphere, decimals and text no
/// longer than their column (which PostgreSQL would refuse and SQLite would not).
pub(crate) fn value<C: ColumnTrait>(column: C, value: &Value) -> std::result::Result<(), String> {
    match value {
        Value::Double(Some(number)) => float(column.as_str(), *number),
        Value::Decimal(Some(number)) => decimal::check(column, *number),
        Value::String(Some(text)) => match column.def().get_column_type() {
            ColumnType::String(StringLen::N(length)) if text.chars().count() > *length as usize => {
                Err(format!("it is longer than {length} characters"))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn float(column: &str, number: f64) -> std::result::Result<(), String> {
    if !number.is_finite() {
        return Err(format!("{number} is not a finite number"));
    }
    if is_angle(column, "ra_deg") && !(0.0..360.0).contains(&number) {
        return Err(format!("a right ascension of {number}° is not in [0, 360)"));
    }
    if is_angle(column, "dec_deg") && !(-90.0..=90.0).contains(&number) {
        return Err(format!("a declination of {number}° is not in [-90, 90]"));
    }
    Ok(())
}

fn is_angle(column: &str, name: &str) -> bool {
    column.strip_suffix(name).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('_'))
}
