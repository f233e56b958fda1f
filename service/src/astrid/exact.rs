//! Sums and means that come out the same on both engines: one of them adds decimals up as floats.

use sea_orm::{
    ColumnTrait,
    prelude::Decimal,
    sea_query::{Expr, ExprTrait, Func, SimpleExpr, prelude::rust_decimal::RoundingStrategy},
};

/// Decimals of a mean.
const MEAN: u32 = 6;

/// The sum of a column of decimals with `scale` digits behind the point, in units of the last of them.
pub(super) fn sum<C: ColumnTrait>(column: C, scale: u32) -> SimpleExpr {
    sum_of(Expr::col(column.as_column_ref()), scale)
}

/// The same of numbers that have no more digits behind the point.
pub(super) fn sum_of(numbers: SimpleExpr, scale: u32) -> SimpleExpr {
    let whole = SimpleExpr::from(Func::round(numbers.mul(10_i64.pow(scale))));
    SimpleExpr::from(Func::sum(whole.cast_as("BIGINT"))).cast_as("BIGINT")
}

/// The mean of `count` numbers of which the sum was taken so, with six decimals; none of none.
pub(super) fn mean(sum: i64, scale: u32, count: i64) -> Option<Decimal> {
    if count == 0 {
        return None;
    }
    let mean = Decimal::new(sum, scale) / Decimal::from(count);
    Some(mean.round_dp_with_strategy(MEAN, RoundingStrategy::MidpointAwayFromZero))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_rounded() {
        assert_eq!(mean(2, 0, 3), Some(Decimal::new(666_667, 6)));
        assert_eq!(mean(25_001, 4, 2), Some(Decimal::new(125_005, 5)));
        assert_eq!(mean(0, 4, 0), None);
    }
}
