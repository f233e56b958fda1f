//! Values for many rows in one statement.

use sea_orm::{
    ColumnTrait, Value,
    sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr},
};

/// For each row the value of its key; for any other the null of that type. Meant for an update of exactly
/// these rows.
pub(super) fn by_key<K: ColumnTrait>(
    column: K,
    values: impl IntoIterator<Item = (impl Into<Value>, impl Into<Value>)>,
) -> SimpleExpr {
    let mut case = CaseStatement::new();
    for (key, value) in values {
        let is_row = Expr::col(column.as_column_ref()).eq(Expr::val(key.into()));
        case = case.case(is_row, Expr::val(value.into()));
    }
    case.into()
}
