//! Cone search among rows with decimal coordinates.

use almanac_entity::Table;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter,
    prelude::{Decimal, Uuid},
};

use super::new_observation::rounded;
use crate::{Filter, Result, sky::Cone};

/// The largest radius, degrees.
const LARGEST: f64 = 10.0;
const ARCSEC_OF_A_DEGREE: f64 = 3_600.0;

/// A row with its distance from where it was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Near<M> {
    /// The row.
    pub row: M,
    /// Great-circle distance, arcseconds.
    pub separation_arcsec: f64,
}

/// Where the rows of a table have their coordinates.
pub(super) struct Position<E: Table> {
    pub(super) ra: E::Column,
    pub(super) dec: E::Column,
    pub(super) of: fn(&E::Model) -> (Decimal, Decimal),
    pub(super) id: fn(&E::Model) -> Uuid,
}

/// The rows that `filter` lets through within `radius` of a direction, degrees, nearest first; at most
/// `limit`.
pub(super) async fn cone_search<C: ConnectionTrait, E: Table>(
    connection: &C,
    position: &Position<E>,
    (ra, dec, radius): (f64, f64, f64),
    filter: &Filter<E>,
    limit: usize,
) -> Result<Vec<Near<E::Model>>> {
    let cone = Cone::new(ra, dec, radius, LARGEST, "radius")?;
    // Decimals: PostgreSQL uses no index on a numeric column for a float.
    let between = |column: E::Column, (first, last): (f64, f64)| -> Result<_> {
        Ok(column.between(rounded("ra", first, 7)?, rounded("ra", last, 7)?))
    };
    let mut select =
        E::find().filter(filter.condition()).filter(between(position.dec, cone.dec_band())?);
    let ranges = cone.ra_ranges();
    if !ranges.is_empty() {
        let mut any = Condition::any();
        for range in ranges {
            any = any.add(between(position.ra, range)?);
        }
        select = select.filter(any);
    }
    let mut near = Vec::new();
    for row in select.all(connection).await? {
        let (ra, dec) = (position.of)(&row);
        let distance = cone.separation_within(degrees(ra), degrees(dec));
        near.extend(
            distance.map(|distance| Near { row, separation_arcsec: distance * ARCSEC_OF_A_DEGREE }),
        );
    }
    near.sort_by(|a, b| {
        let by_distance = a.separation_arcsec.total_cmp(&b.separation_arcsec);
        by_distance.then_with(|| (position.id)(&a.row).cmp(&(position.id)(&b.row)))
    });
    near.truncate(limit);
    Ok(near)
}

/// A decimal of a column is a number of few digits, which a float holds.
fn degrees(decimal: Decimal) -> f64 {
    f64::try_from(decimal).unwrap_or(f64::NAN)
}
