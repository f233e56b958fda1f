//! Which rows are wanted.

use almanac_entity::{Table, position};
use sea_orm::{
    ColumnTrait, Condition, IdenStatic as _, Value,
    sea_query::{Expr, ExprTrait, Func, LikeExpr, SelectStatement, SimpleExpr},
};

use crate::{
    Error, Result,
    sky::{self, Cone},
};

/// A condition on the rows of a table. As in SQL, a null meets only [`Filter::Null`]; its opposite by
/// [`Filter::Not`] does not hold of it either.
#[derive(Clone, Debug)]
pub enum Filter<E: Table> {
    /// All of them hold.
    All(Vec<Self>),
    /// One of them holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// The column compares so with the value.
    Compare(E::Column, Comparison, Value),
    /// The column has one of the values.
    In(E::Column, Vec<Value>),
    /// The column has one of the values that the statement selects.
    Among(E::Column, Box<SelectStatement>),
    /// The column is null, or is not.
    Null(E::Column, bool),
    /// The column's text is like that, upper and lower case being the same.
    Like(E::Column, Pattern, String),
    /// The row lies in the cone. Made by [`Filter::cone`].
    Cone(Cone),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
}

/// Where text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Anywhere.
    Contains,
    /// At the start.
    StartsWith,
}

impl<E: Table> Default for Filter<E> {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl<E: Table> Filter<E> {
    /// The column equals the value.
    pub fn eq(column: E::Column, value: impl Into<Value>) -> Self {
        Self::Compare(column, Comparison::Eq, value.into())
    }

    /// The row lies in the cone.
    ///
    /// # Errors
    /// The rows of the table have no position.
    pub fn cone(cone: Cone) -> Result<Self> {
        match position::<E>() {
            Some(_) => Ok(Self::Cone(cone)),
            None => Err(Error::invalid("position", format!("{} has none", E::NAME))),
        }
    }

    /// The cone from the centre of which distances are told: the first one that a row may have to lie in.
    pub(crate) fn nearest_to(&self) -> Option<Cone> {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().find_map(Self::nearest_to),
            Self::Cone(cone) => position::<E>().map(|_| *cone),
            _ => None,
        }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, Self::All(nothing)) if nothing.is_empty() => one,
            (Self::All(mut all), other) => {
                all.push(other);
                Self::All(all)
            }
            (one, other) => Self::All(vec![one, other]),
        }
    }

    /// The SQL condition.
    pub(crate) fn condition(&self) -> Condition {
        match self {
            Self::All(filters) => {
                filters.iter().fold(Condition::all(), |all, filter| all.add(filter.condition()))
            }
            // No alternative at all is met by no row.
            Self::Any(filters) if filters.is_empty() => never(),
            Self::Any(filters) => {
                filters.iter().fold(Condition::any(), |any, filter| any.add(filter.condition()))
            }
            Self::Not(filter) => filter.condition().not(),
            Self::Compare(column, comparison, value) => {
                Condition::all().add(compare(*column, *comparison, value))
            }
            Self::In(_, values) if values.is_empty() => never(),
            Self::In(column, values) => {
                let values = values.iter().map(|value| column.save_as(Expr::val(value.clone())));
                Condition::all().add(Expr::col(column.as_column_ref()).is_in(values))
            }
            Self::Among(column, select) => {
                let column = Expr::col(column.as_column_ref());
                Condition::all().add(column.in_subquery((**select).clone()))
            }
            Self::Null(column, true) => Condition::all().add(column.is_null()),
            Self::Null(column, false) => Condition::all().add(column.is_not_null()),
            Self::Like(column, pattern, text) => {
                Condition::all().add(like(*column, *pattern, text))
            }
            Self::Cone(cone) => sky::condition::<E>(cone),
        }
    }

    /// The columns it looks at.
    pub fn columns(&self) -> Vec<&'static str> {
        match self {
            Self::All(filters) | Self::Any(filters) => {
                filters.iter().flat_map(Self::columns).collect()
            }
            Self::Not(filter) => filter.columns(),
            Self::Compare(column, ..)
            | Self::In(column, _)
            | Self::Among(column, _)
            | Self::Null(column, _)
            | Self::Like(column, ..) => vec![column.as_str()],
            Self::Cone(_) => position::<E>()
                .map(|position| vec![position.ra.as_str(), position.dec.as_str()])
                .unwrap_or_default(),
        }
    }
}

/// A condition that no row meets.
pub(crate) fn never() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}

/// `column` compared with a value that is not null.
pub(crate) fn compare<C: ColumnTrait>(
    column: C,
    comparison: Comparison,
    value: &Value,
) -> SimpleExpr {
    let left = Expr::col(column.as_column_ref());
    let right = column.save_as(Expr::val(value.clone()));
    match comparison {
        Comparison::Eq => left.eq(right),
        Comparison::Ne => left.ne(right),
        Comparison::Lt => left.lt(right),
        Comparison::Lte => left.lte(right),
        Comparison::Gt => left.gt(right),
        Comparison::Gte => left.gte(right),
    }
}

/// Lower case on both sides: SQLite's LIKE ignores case by itself, PostgreSQL's does not.
fn like<C: ColumnTrait>(column: C, pattern: Pattern, text: &str) -> SimpleExpr {
    let mut escaped = String::with_capacity(text.len() + 2);
    for character in text.to_lowercase().chars() {
        if matches!(character, '\\' | '%' | '_') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    let escaped = match pattern {
        Pattern::Contains => format!("%{escaped}%"),
        Pattern::StartsWith => format!("{escaped}%"),
    };
    let lower = Func::lower(Expr::col(column.as_column_ref()));
    SimpleExpr::from(lower).like(LikeExpr::new(escaped).escape('\\'))
}
