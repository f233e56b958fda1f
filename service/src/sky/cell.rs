//! The HEALPix cells of rows, and of cones.

use almanac_entity::{Position, Table, position};
use cdshealpix::{best_starting_depth, has_best_starting_depth, nested};
use sea_orm::{ActiveModelTrait, ActiveValue, IdenStatic, Value, sea_query::SimpleExpr};

use super::Cone;

/// The order of the cells that rows have: the finest that there is, 0.4 milliarcseconds wide.
const ORDER: u8 = 29;
/// How many orders finer than the cone the cells are that it is covered with: some forty ranges, and a tenth
/// more sky than the cone has.
pub(super) const FINE: u8 = 3;
/// The same where many cones stand in one statement: some six ranges, and half as much sky again.
pub(super) const ROUGH: u8 = 1;
/// The order of cells for cones too wide for such a rule.
const COARSE: u8 = 4;
/// What is covered beside the cone, degrees: more than the rounding of a position.
const MARGIN: f64 = 1e-6;
/// What is covered at the least, degrees: smaller cones are not covered reliably, and hold no more rows.
const LEAST: f64 = 1e-3;
/// The finest order that cones are covered at. Deeper, cells are no wider than the rounding of an edge.
const FINEST: u8 = 24;

/// The cell of a position; none where it lies off the sphere.
pub(crate) fn cell(ra_deg: f64, dec_deg: f64) -> Option<i64> {
    if !ra_deg.is_finite() || !(-90.0..=90.0).contains(&dec_deg) {
        return None;
    }
    let ra = ra_deg.rem_euclid(360.0) % 360.0;
    i64::try_from(nested::hash(ORDER, ra.to_radians(), dec_deg.to_radians())).ok()
}

/// Ranges of cells, first and last, that hold the whole of a cone and little more, their cells being so many
/// orders `finer` than the cone; none where the cone is so wide that an index is of no use.
pub(super) fn ranges(cone: &Cone, finer: u8) -> Vec<(i64, i64)> {
    let radius = (cone.radius_deg().max(LEAST) + MARGIN).to_radians();
    if cone.radius_deg() >= 90.0 {
        return Vec::new();
    }
    let order = if has_best_starting_depth(radius) {
        (best_starting_depth(radius) + finer).min(FINEST)
    } else {
        COARSE
    };
    let (ra, dec) = (cone.ra_deg().to_radians(), cone.dec_deg().to_radians());
    let covered = nested::cone_coverage_approx(order, ra, dec, radius);
    let shift = 2 * u32::from(ORDER - order);
    let cell = |cell: u64| i64::try_from(cell << shift).unwrap_or(i64::MAX);
    covered.to_ranges().iter().map(|range| (cell(range.start), cell(range.end) - 1)).collect()
}

/// Sets the cell of a row that is about to be written, by its position. Where only half of a position is
/// known here, the cell is left to be worked out.
pub(crate) fn place<E: Table>(row: &mut E::ActiveModel) {
    let Some(Position { ra, dec, cell: column }) = position::<E>() else { return };
    let is_written = |value: &ActiveValue<Value>| matches!(value, ActiveValue::Set(value) if *value != value.as_null());
    let (ra, dec) = (row.get(ra), row.get(dec));
    if is_written(&ra) || is_written(&dec) {
        let known = |value: ActiveValue<Value>| value.into_value().as_ref().and_then(degrees);
        let cell = known(ra).zip(known(dec)).and_then(|(ra, dec)| cell(ra, dec));
        row.set(column, cell.into());
    } else {
        // A null that takes a position away takes the cell with it.
        let is_set = |value: &ActiveValue<Value>| matches!(value, ActiveValue::Set(_));
        if is_set(&ra) || is_set(&dec) {
            row.set(column, Value::BigInt(None));
        } else {
            row.not_set(column);
        }
    }
}

/// The same for rows given as values in the order of `columns`.
pub(crate) fn place_values<E: Table>(
    columns: &[E::Column],
    mut rows: Vec<Vec<Value>>,
) -> (Vec<E::Column>, Vec<Vec<Value>>) {
    let mut columns = columns.to_vec();
    let Some(Position { ra, dec, cell: column }) = position::<E>() else { return (columns, rows) };
    let place_of = |wanted: E::Column, columns: &[E::Column]| {
        columns.iter().position(|column| column.as_str() == wanted.as_str())
    };
    let (Some(ra), Some(dec)) = (place_of(ra, &columns), place_of(dec, &columns)) else {
        return (columns, rows);
    };
    let at = place_of(column, &columns).unwrap_or_else(|| {
        columns.push(column);
        columns.len() - 1
    });
    for row in &mut rows {
        let cell = cell_of(Some(&row[ra]), Some(&row[dec]));
        if at == row.len() {
            row.push(cell);
        } else {
            row[at] = cell;
        }
    }
    (columns, rows)
}

/// The same for a change of many rows.
pub(crate) fn place_changes<E: Table>(set: &mut Vec<(E::Column, SimpleExpr)>) {
    let Some(position) = position::<E>() else { return };
    let change = |column: E::Column| {
        set.iter().find(|(other, _)| other.as_str() == column.as_str()).map(|(_, change)| change)
    };
    let (ra, dec) = (change(position.ra), change(position.dec));
    if ra.is_none() && dec.is_none() {
        return;
    }
    let known = |change: Option<&SimpleExpr>| match change {
        Some(SimpleExpr::Value(value)) => degrees(value),
        _ => None,
    };
    let cell = known(ra).zip(known(dec)).and_then(|(ra, dec)| cell(ra, dec));
    set.retain(|(column, _)| column.as_str() != position.cell.as_str());
    set.push((position.cell, SimpleExpr::Value(cell.into())));
}

/// The cell of a position as a value to be written; null where one of them is not known.
pub(crate) fn cell_of(ra: Option<&Value>, dec: Option<&Value>) -> Value {
    let place = ra.and_then(degrees).zip(dec.and_then(degrees));
    place.and_then(|(ra, dec)| cell(ra, dec)).into()
}

/// A coordinate, of a cell of either of the kinds that hold some.
pub(super) fn degrees(value: &Value) -> Option<f64> {
    match value {
        Value::Double(degrees) => *degrees,
        Value::Decimal(Some(degrees)) => f64::try_from(*degrees).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_number_of_ranges_is_small() {
        for dec in [-90.0, -60.0, -41.8, 0.0, 16.27, 41.8, 89.9] {
            for power in -8..2 {
                for radius in [1.0, 2.0, 3.0, 5.0, 8.0] {
                    let cone = Cone::new(10.0, dec, radius * 10_f64.powi(power)).unwrap();
                    for (finer, most) in [(FINE, 120), (ROUGH, 60)] {
                        let ranges = ranges(&cone, finer);
                        assert!(ranges.len() <= most, "{cone:?}: {}", ranges.len());
                        assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_off_the_sphere_has_no_cell() {
        for (ra, dec) in [(f64::NAN, 0.0), (f64::INFINITY, 0.0), (0.0, 90.1), (0.0, f64::NAN)] {
            assert_eq!(cell(ra, dec), None);
        }
        assert_eq!(cell(-10.0, 20.0), cell(350.0, 20.0));
        assert_eq!(cell(-1e-20, 20.0), cell(0.0, 20.0));
    }

    proptest! {
        #[test]
        fn the_ranges_miss_nothing_of_the_cone(
            ra in 0.0..360.0_f64,
            dec in prop_oneof![-90.0..=90.0_f64, Just(90.0), Just(-90.0), Just(89.999)],
            power in -9.0..1.9_f64,
            share in 0.0..=1.0_f64,
            angle in 0.0..360.0_f64,
        ) {
            let cone = Cone::new(ra, dec, 10_f64.powf(power)).unwrap();
            // A point of the cone, in a direction from its centre.
            let (reach, angle) = ((cone.radius_deg() * share).to_radians(), angle.to_radians());
            let from = dec.to_radians();
            let sine = from.sin() * reach.cos() + from.cos() * reach.sin() * angle.cos();
            let point_dec = sine.clamp(-1.0, 1.0).asin();
            let east = (angle.sin() * reach.sin() * from.cos())
                .atan2(reach.cos() - from.sin() * point_dec.sin());
            let (ra, dec) = ((ra + east.to_degrees()).rem_euclid(360.0), point_dec.to_degrees());
            if cone.contains(ra, dec) {
                let cell = cell(ra, dec).unwrap();
                for finer in [FINE, ROUGH] {
                    let ranges = ranges(&cone, finer);
                    prop_assert!(ranges.iter().any(|(first, last)| (first..=last).contains(&&cell)));
                }
            }
        }
    }
}
