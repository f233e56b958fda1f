//! Pages of a long list, by keyset: a page begins where a cursor stands, whatever was added before it.

use almanac_entity::Table;
use sea_orm::{
    ColumnTrait, Condition, DbBackend, IdenStatic, Iterable, PrimaryKeyToColumn, Value,
    sea_query::{Expr, ExprTrait, NullOrdering, SelectStatement, SimpleExpr},
};

use crate::{
    Cursor, Filter,
    filter::{Comparison, compare, never},
    sky::{Cone, HAVERSINE, haversine_of},
};

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// A column a list is sorted by. Nulls come last either way.
#[derive(Clone, Copy, Debug)]
pub struct Order<E: Table> {
    /// The column.
    pub column: E::Column,
    /// Which way.
    pub direction: Direction,
}

impl<E: Table> Order<E> {
    /// Smallest first.
    pub fn asc(column: E::Column) -> Self {
        Self { column, direction: Direction::Asc }
    }

    /// Largest first.
    pub fn desc(column: E::Column) -> Self {
        Self { column, direction: Direction::Desc }
    }
}

/// Which page of a list is wanted.
#[derive(Clone, Debug)]
pub struct PageRequest<E: Table> {
    /// Which rows the list has.
    pub filter: Filter<E>,
    /// What it is sorted by; ties are broken by the primary key. A list of what lies in a cone that is sorted
    /// by nothing is sorted by the distance from the centre.
    pub order: Vec<Order<E>>,
    /// How many rows a page has at the most.
    pub limit: u64,
    /// The page begins behind this row.
    pub after: Option<Cursor>,
    /// The page ends before this row.
    pub before: Option<Cursor>,
    /// Whether the page is taken from the list's end instead of its start.
    pub backward: bool,
}

impl<E: Table> Default for PageRequest<E> {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            order: Vec::new(),
            limit: 100,
            after: None,
            before: None,
            backward: false,
        }
    }
}

impl<E: Table> PageRequest<E> {
    /// The first `limit` rows that `filter` lets through, in the order given.
    pub fn new(filter: Filter<E>, order: impl IntoIterator<Item = Order<E>>, limit: u64) -> Self {
        Self { filter, order: order.into_iter().collect(), limit, ..Self::default() }
    }
}

/// A page of a list, in the list's order.
#[derive(Clone, Debug)]
pub struct Page<R> {
    /// Its rows.
    pub rows: Vec<R>,
    /// Whether rows follow.
    pub has_next: bool,
    /// Whether rows go before.
    pub has_previous: bool,
}

/// One of the things that a list is sorted by, as the statement sorts by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SortTerm<E: Table> {
    pub(crate) by: SortBy<E>,
    descending: bool,
    nulls_first: bool,
    nullable: bool,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SortBy<E: Table> {
    /// A column.
    Column(E::Column),
    /// The distance from the centre of a cone, by its haversine.
    Separation(Cone),
}

/// The whole order of a list of the rows that `filter` lets through: nearest first where the order is left
/// open and there is a cone.
pub(crate) fn terms_of<E: Table>(filter: &Filter<E>, order: &[Order<E>]) -> Vec<SortTerm<E>> {
    let nearest = filter.nearest_to().filter(|_| order.is_empty()).map(|cone| SortTerm {
        by: SortBy::Separation(cone),
        descending: false,
        nulls_first: false,
        nullable: false,
    });
    nearest.into_iter().chain(sort_terms(order)).collect()
}

/// The whole order of a list: what was asked for, then the primary key, in the direction of the term
/// before it, so that one index serves both.
pub(crate) fn sort_terms<E: Table>(order: &[Order<E>]) -> Vec<SortTerm<E>> {
    let last = order.last().map_or(Direction::Asc, |order| order.direction);
    let key =
        E::PrimaryKey::iter().map(|key| Order::<E> { column: key.into_column(), direction: last });
    let mut terms: Vec<SortTerm<E>> = Vec::new();
    for Order { column, direction } in order.iter().copied().chain(key) {
        let is_new = |term: &SortTerm<E>| match term.by {
            SortBy::Column(other) => other.as_str() != column.as_str(),
            SortBy::Separation(_) => true,
        };
        if terms.iter().all(is_new) {
            terms.push(SortTerm {
                by: SortBy::Column(column),
                descending: direction == Direction::Desc,
                nulls_first: false,
                nullable: column.def().is_null(),
            });
        }
    }
    terms
}

impl<E: Table> SortTerm<E> {
    /// Whether the largest comes first.
    pub(crate) fn is_descending(&self) -> bool {
        self.descending
    }

    /// The same list from its other end.
    pub(crate) fn reversed(self) -> Self {
        Self { descending: !self.descending, nulls_first: !self.nulls_first, ..self }
    }

    /// Sorts `select` by it. The place of nulls is stated only where the engine would choose another:
    /// SQLite holds null for the smallest value, PostgreSQL for the largest.
    pub(crate) fn apply(&self, select: &mut SelectStatement, backend: DbBackend) {
        let order = if self.descending { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
        let sorted = match self.by {
            SortBy::Column(_) => self.expression(),
            // By its name: the arithmetic is thousands of characters, and stands among the columns.
            SortBy::Separation(_) => Expr::col(HAVERSINE),
        };
        let engine_puts_nulls_first = match backend {
            DbBackend::Sqlite => !self.descending,
            _ => self.descending,
        };
        if self.nullable && self.nulls_first != engine_puts_nulls_first {
            let nulls = if self.nulls_first { NullOrdering::First } else { NullOrdering::Last };
            select.order_by_expr_with_nulls(sorted, order, nulls);
        } else {
            select.order_by_expr(sorted, order);
        }
    }

    /// What the statement sorts by.
    fn expression(&self) -> SimpleExpr {
        match self.by {
            SortBy::Column(column) => Expr::col(column.as_column_ref()),
            SortBy::Separation(cone) => haversine_of::<E>(&cone)
                .unwrap_or_else(|| unreachable!("{} has no positions to be near", E::NAME)),
        }
    }

    fn compares(&self, comparison: Comparison, value: &Value) -> SimpleExpr {
        match self.by {
            SortBy::Column(column) => compare(column, comparison, value),
            SortBy::Separation(_) => {
                let (left, right) = (self.expression(), Expr::val(value.clone()));
                match comparison {
                    Comparison::Eq => left.eq(right),
                    Comparison::Ne => left.ne(right),
                    Comparison::Lt => left.lt(right),
                    Comparison::Lte => left.lte(right),
                    Comparison::Gt => left.gt(right),
                    Comparison::Gte => left.gte(right),
                }
            }
        }
    }

    /// Rows with the same value in this column.
    fn same(&self, value: &Value) -> Condition {
        Condition::all().add(if is_null(value) {
            self.expression().is_null()
        } else {
            self.compares(Comparison::Eq, value)
        })
    }

    /// Rows that this column alone puts behind `value`; none where there are no such rows.
    fn behind(&self, value: &Value) -> Option<Condition> {
        if is_null(value) {
            return self.nulls_first.then(|| Condition::all().add(self.expression().is_not_null()));
        }
        let comparison = if self.descending { Comparison::Lt } else { Comparison::Gt };
        let mut behind = Condition::any().add(self.compares(comparison, value));
        if self.nullable && !self.nulls_first {
            behind = behind.add(self.expression().is_null());
        }
        Some(behind)
    }

    /// What holds of every row behind a row with `value`, and lets the engine start its walk along an
    /// index there; none where nulls make it false.
    fn bound(&self, value: &Value) -> Option<Condition> {
        if self.nullable || is_null(value) {
            return None;
        }
        let comparison = if self.descending { Comparison::Lte } else { Comparison::Gte };
        Some(Condition::all().add(self.compares(comparison, value)))
    }
}

/// Rows that `terms` put behind the row with `values`.
pub(crate) fn behind<E: Table>(terms: &[SortTerm<E>], values: &[Value]) -> Condition {
    let mut alternatives = Condition::any();
    let mut same = Condition::all();
    for (term, value) in terms.iter().zip(values) {
        if let Some(behind) = term.behind(value) {
            alternatives = alternatives.add(same.clone().add(behind));
        }
        same = same.add(term.same(value));
    }
    if alternatives.is_empty() {
        return never();
    }
    match terms.first().zip(values.first()).and_then(|(term, value)| term.bound(value)) {
        Some(bound) if terms.len() > 1 => bound.add(alternatives),
        _ => alternatives,
    }
}

fn is_null(value: &Value) -> bool {
    *value == value.as_null()
}
