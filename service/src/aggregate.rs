//! What grouped statements are made of, the same on both engines.

use sea_orm::{
    DbBackend,
    sea_query::{Expr, ExprTrait, Func, SimpleExpr},
};

/// The whole part of a number that is not negative, as a whole number of 64 bits.
pub(crate) fn whole(number: impl Into<SimpleExpr>, backend: DbBackend) -> SimpleExpr {
    match backend {
        // Its cast cuts off; PostgreSQL's rounds.
        DbBackend::Sqlite => number.into().cast_as("INTEGER"),
        _ => SimpleExpr::from(Func::cust("FLOOR").arg(number.into())).cast_as("BIGINT"),
    }
}

/// The place of the `percent`-th percentile among `count` values that are sorted and counted from 1, by
/// the nearest rank: the smallest place with at least so many percent of the values at or before it.
pub(crate) fn nearest_rank(count: impl Into<SimpleExpr>, percent: i64) -> SimpleExpr {
    count.into().mul(percent).add(99).div(Expr::val(100_i64))
}

/// The value of the column `value` at the place of a percentile, in groups of rows that hold their `place`
/// and the number `many` of their group.
pub(crate) fn percentile(percent: i64) -> SimpleExpr {
    let at_rank = Expr::col("place").eq(nearest_rank(Expr::col("many"), percent));
    Func::max(Expr::case(at_rank, Expr::col("value"))).into()
}
