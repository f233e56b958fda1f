//! Ranges that rows are asked for by. Their bounds belong to them.

use almanac_entity::Table;
use sea_orm::{Value, prelude::DateTimeUtc};

use super::{new_observation::rounded, stored};
use crate::{
    Comparison::{Gte, Lte},
    Error, Filter, Result,
};

/// The conditions that a number of a column, which holds `scale` decimals, lies in a range.
///
/// # Errors
/// A bound is no finite number, or the lower one lies above the upper one.
pub(super) fn numbers<E: Table>(
    name: &str,
    column: E::Column,
    (least, most): (Option<f64>, Option<f64>),
    scale: u32,
) -> Result<Vec<Filter<E>>> {
    in_order(name, least, most)?;
    let bound = |bound: Option<f64>| {
        bound.map(|bound| rounded(name, bound, scale).map(Value::from)).transpose()
    };
    Ok(between(column, bound(least)?, bound(most)?))
}

/// The conditions that an instant of a column lies in a range.
///
/// # Errors
/// The lower bound lies above the upper one.
pub(super) fn times<E: Table>(
    column: E::Column,
    from: Option<DateTimeUtc>,
    to: Option<DateTimeUtc>,
) -> Result<Vec<Filter<E>>> {
    in_order("from", from, to)?;
    let bound = |bound: Option<DateTimeUtc>| bound.map(|bound| Value::from(stored(bound)));
    Ok(between(column, bound(from), bound(to)))
}

fn between<E: Table>(column: E::Column, from: Option<Value>, to: Option<Value>) -> Vec<Filter<E>> {
    let bounds = [(Gte, from), (Lte, to)].into_iter();
    bounds
        .filter_map(|(comparison, bound)| Some(Filter::Compare(column, comparison, bound?)))
        .collect()
}

fn in_order<T: PartialOrd>(name: &str, lower: Option<T>, upper: Option<T>) -> Result<()> {
    match (lower, upper) {
        (Some(lower), Some(upper)) if lower > upper => {
            Err(Error::breaks("range", name, "the lower bound lies above the upper one"))
        }
        _ => Ok(()),
    }
}
