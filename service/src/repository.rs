//! What every table can do.

use std::marker::PhantomData;

use almanac_entity::Table;
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, PrimaryKeyTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, Func, SelectStatement},
};

use crate::{
    Cursor, Error, Filter, Order, Page, PageRequest, Result, Row,
    page::{SortBy, SortTerm, behind, terms_of},
    record::Act,
    row::{self, Columns},
    sky::{HAVERSINE, haversine_of},
};

/// One table, seen through one session. It takes a pool or a transaction alike; the caller begins and
/// commits.
#[derive(Debug)]
pub struct Repository<'c, C, E> {
    pub(crate) connection: &'c C,
    pub(crate) act: Option<Act>,
    entity: PhantomData<E>,
}

/// The type of a table's primary key.
pub(crate) type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

impl<'c, C: ConnectionTrait, E: Table> Repository<'c, C, E> {
    /// The table, through `connection`.
    pub fn new(connection: &'c C) -> Self {
        Self { connection, act: None, entity: PhantomData }
    }

    /// Another table of the same database, through the same session.
    pub fn on<F: Table>(&self) -> Repository<'c, C, F> {
        Repository::new(self.connection)
    }

    /// The table, its changes being called what `act` says.
    pub(crate) fn acting(self, act: Act) -> Self {
        Self { act: Some(act), ..self }
    }

    /// The row with this primary key, if there is one.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find(&self, key: impl Into<KeyOf<E>>) -> Result<Option<E::Model>> {
        Ok(E::find_by_id(key).one(self.connection).await?)
    }

    /// The row with this primary key.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the engine fails.
    pub async fn get(&self, key: impl Into<KeyOf<E>> + std::fmt::Debug) -> Result<E::Model> {
        let what = format!("{} {key:?}", E::NAME);
        self.find(key).await?.ok_or(Error::NotFound { what })
    }

    /// How many rows `filter` lets through.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn count(&self, filter: &Filter<E>) -> Result<u64> {
        let mut select = E::find().filter(filter.condition());
        QueryTrait::query(&mut select).clear_selects().expr(Func::count(Expr::col(Asterisk)));
        let Some(result) = self.connection.query_one(select.as_query()).await? else {
            return Ok(0);
        };
        let count: i64 = result.try_get_by_index(0)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The rows of a page, whole.
    ///
    /// # Errors
    /// The engine fails, or a cursor belongs to another list.
    pub async fn list(&self, request: &PageRequest<E>) -> Result<Vec<E::Model>> {
        let terms = terms_of(&request.filter, &request.order);
        let mut select = measured(E::find().filter(request.filter.condition()), &request.filter);
        paginate(
            QueryTrait::query(&mut select),
            request,
            &terms,
            self.connection.get_database_backend(),
        )?;
        let mut models = select.all(self.connection).await?;
        models.truncate(usize::try_from(request.limit).unwrap_or(usize::MAX));
        if request.backward {
            models.reverse();
        }
        Ok(models)
    }

    /// The rows that `filter` lets through, whole and in the order given, but for the first `offset`; at
    /// most `limit`. Rows that arrive in the meantime shift it, as they do not shift a page.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn slice(
        &self,
        filter: &Filter<E>,
        order: &[Order<E>],
        limit: u64,
        offset: u64,
    ) -> Result<Vec<E::Model>> {
        let select = E::find().filter(filter.condition()).limit(limit).offset(offset);
        let mut select = measured(select, filter);
        for term in terms_of(filter, order) {
            term.apply(QueryTrait::query(&mut select), self.connection.get_database_backend());
        }
        Ok(select.all(self.connection).await?)
    }

    /// A page of rows with `columns` and those the page is sorted by, by one statement.
    ///
    /// # Errors
    /// The engine fails, or a cursor belongs to another list.
    pub async fn list_rows(
        &self,
        request: &PageRequest<E>,
        columns: &[E::Column],
    ) -> Result<Page<(Cursor, Row<E>)>> {
        let backend = self.connection.get_database_backend();
        let terms = terms_of(&request.filter, &request.order);
        let columns = with_sorted(columns, &terms);
        let mut select = select_near::<E>(&columns, &request.filter);
        paginate(QueryTrait::query(&mut select), request, &terms, backend)?;
        let rows = self.rows_of(select.as_query(), &columns, &request.filter).await?;
        Ok(page(rows, request, &terms))
    }

    /// The first row with `columns` that `filter` lets through.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_row(
        &self,
        filter: &Filter<E>,
        columns: &[E::Column],
    ) -> Result<Option<Row<E>>> {
        let columns = row::columns::<E>(columns);
        let mut select = select_near::<E>(&columns, filter);
        QueryTrait::query(&mut select).limit(1);
        Ok(self.rows_of(select.as_query(), &columns, filter).await?.pop())
    }

    pub(crate) async fn rows(
        &self,
        select: &SelectStatement,
        columns: &Columns<E>,
    ) -> Result<Vec<Row<E>>> {
        let results = self.connection.query_all(select).await?;
        let rows = results.iter().map(|result| Row::read(result, columns));
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// The rows of a statement made by [`select_near`].
    pub(crate) async fn rows_of(
        &self,
        select: &SelectStatement,
        columns: &Columns<E>,
        filter: &Filter<E>,
    ) -> Result<Vec<Row<E>>> {
        let results = self.connection.query_all(select).await?;
        let read = if filter.nearest_to().is_some() { Row::<E>::read_near } else { Row::<E>::read };
        let rows = results.iter().map(|result| read(result, columns));
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }
}

pub(crate) fn select_columns<E: Table>(columns: &Columns<E>) -> sea_orm::Select<E> {
    E::find().select_only().columns(columns.iter().map(|(column, _)| *column))
}

/// The rows that `filter` lets through, each with its distance where it is looked for in a cone.
pub(crate) fn select_near<E: Table>(
    columns: &Columns<E>,
    filter: &Filter<E>,
) -> sea_orm::Select<E> {
    measured(select_columns::<E>(columns).filter(filter.condition()), filter)
}

/// The same rows, each with the haversine of its distance where they are looked for in a cone.
fn measured<E: Table>(mut select: sea_orm::Select<E>, filter: &Filter<E>) -> sea_orm::Select<E> {
    if let Some(haversine) = filter.nearest_to().and_then(|cone| haversine_of::<E>(&cone)) {
        QueryTrait::query(&mut select).expr_as(haversine, HAVERSINE);
    }
    select
}

/// `columns` and those that a list is sorted by, which its cursors are made of.
pub(crate) fn with_sorted<E: Table>(columns: &[E::Column], terms: &[SortTerm<E>]) -> Columns<E> {
    let sorted = terms.iter().filter_map(|term| match term.by {
        SortBy::Column(column) => Some(column),
        SortBy::Separation(_) => None,
    });
    row::columns::<E>(&columns.iter().copied().chain(sorted).collect::<Vec<_>>())
}

/// Sorts `select` and cuts it to one row more than the page, which tells whether rows follow.
pub(crate) fn paginate<E: Table>(
    select: &mut SelectStatement,
    request: &PageRequest<E>,
    terms: &[SortTerm<E>],
    backend: DbBackend,
) -> Result<()> {
    let reversed: Vec<_> = terms.iter().map(|term| term.reversed()).collect();
    if let Some(cursor) = &request.after {
        select.cond_where(behind(terms, &cursor.values(terms)?));
    }
    if let Some(cursor) = &request.before {
        select.cond_where(behind(&reversed, &cursor.values(terms)?));
    }
    for term in if request.backward { &reversed } else { terms } {
        term.apply(select, backend);
    }
    select.limit(request.limit.saturating_add(1));
    Ok(())
}

/// The page made of rows of which there may be one too many.
pub(crate) fn page<E: Table>(
    mut rows: Vec<Row<E>>,
    request: &PageRequest<E>,
    terms: &[SortTerm<E>],
) -> Page<(Cursor, Row<E>)> {
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    if request.backward {
        rows.reverse();
    }
    let rows = rows.into_iter().map(|row| (Cursor::of(terms, &row), row)).collect();
    let (has_next, has_previous) = if request.backward {
        (request.before.is_some(), more)
    } else {
        (more, request.after.is_some())
    };
    Page { rows, has_next, has_previous }
}
