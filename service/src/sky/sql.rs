//! A cone as a condition of SQL, on both engines alike.

use almanac_entity::{Kind, Position, Table, kind, position};
use sea_orm::{
    Condition, IdenStatic,
    sea_query::{Expr, SimpleExpr},
};

use super::{
    Cone,
    cell::{FINE, ranges},
    haversine::{COSINE, HALF_SINE_SQUARED, cosine},
};
use crate::filter::never;

/// The rows that lie in a cone; none of a table without positions.
pub(crate) fn condition<E: Table>(cone: &Cone) -> Condition {
    let Some(haversine) = haversine_sql::<E>(cone) else { return never() };
    let within = if cone.is_whole_sky() {
        format!("{haversine} IS NOT NULL")
    } else {
        format!("{haversine} <= {}", number(cone.haversine()))
    };
    covering::<E>(cone, FINE).add(Expr::cust(within))
}

/// The rows that lie in a cone, and some beside it: those in the cells that cover it, which are so many orders
/// `finer` than the cone.
pub(super) fn covering<E: Table>(cone: &Cone, finer: u8) -> Condition {
    let Some(Position { dec, cell, .. }) = position::<E>() else { return never() };
    let (cell, dec) = (named::<E>(cell), named::<E>(dec));
    let (south, north) = cone.dec_band();
    let in_band = format!("{dec} BETWEEN {} AND {}", number(south), number(north));
    let mut found: Vec<String> = ranges(cone, finer)
        .into_iter()
        .map(|(first, last)| format!("{cell} BETWEEN {first} AND {last}"))
        .collect();
    if found.is_empty() {
        found.push(in_band);
    } else {
        // Rows of which nobody has worked out the cell yet.
        found.push(format!("{cell} IS NULL AND {in_band}"));
    }
    Condition::all().add(Expr::cust(format!("({})", found.join(" OR "))))
}

/// The haversine of a row's distance from the centre of a cone.
pub(crate) fn haversine_of<E: Table>(cone: &Cone) -> Option<SimpleExpr> {
    haversine_sql::<E>(cone).map(Expr::cust)
}

/// The arithmetic of [`haversine`](super::haversine::haversine), operation by operation. Numbers stand in the
/// text: they are dozens.
fn haversine_sql<E: Table>(cone: &Cone) -> Option<String> {
    let Position { ra, dec, .. } = position::<E>()?;
    let (ra, dec) = (float::<E>(ra), float::<E>(dec));
    let north = format!("({dec} - {})", number(cone.dec_deg()));
    let east = format!("(180.0 - abs(abs({ra} - {}) - 180.0))", number(cone.ra_deg()));
    let half_sine_squared = |degrees: &str| {
        let square = format!("({degrees} * {degrees})");
        format!("{square} * {}", horner(&square, &HALF_SINE_SQUARED))
    };
    let cosine = format!(
        "{} * {}",
        number(cosine(cone.dec_deg())),
        horner(&format!("({dec} * {dec})"), &COSINE)
    );
    Some(format!("({} + {cosine} * ({}))", half_sine_squared(&north), half_sine_squared(&east)))
}

fn horner(square: &str, coefficients: &[f64]) -> String {
    let sum = |sum: String, next: String| format!("({next} + {square} * {sum})");
    coefficients.iter().rev().map(|next| number(*next)).reduce(sum).unwrap_or_default()
}

/// A column, as SQL names it.
fn named<E: Table>(column: E::Column) -> String {
    format!("\"{}\".\"{}\"", E::default().table_name(), column.as_str())
}

/// A column as a float: sums of decimals are slow, and exact where the ones here are not.
fn float<E: Table>(column: E::Column) -> String {
    match kind(&column) {
        Kind::Decimal => format!("CAST({} AS double precision)", named::<E>(column)),
        _ => named::<E>(column),
    }
}

/// A number, to the last digit.
fn number(number: f64) -> String {
    if number < 0.0 { format!("({number:?})") } else { format!("{number:?}") }
}
