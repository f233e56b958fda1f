//! Relay connections, for every list alike.

use std::borrow::Cow;

use almanac_entity::Table;
use almanac_service::{Cursor, Filter, Page, PageRequest, Repository};
use async_graphql::{SelectionField, SimpleObject, TypeName};

use super::{
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
    field::fields,
    filter::Where,
    node::{key_columns, objects},
    object::{Object, SEPARATION, Shown},
    order::OrderBy,
};

/// Rows of a page that nobody gave a size, at the root of a query.
const ROOT_PAGE: u64 = 50;
/// Rows of the largest page at the root of a query.
const ROOT_LIMIT: u64 = 1_000;
/// The same below another list.
const NESTED_PAGE: u64 = 20;
const NESTED_LIMIT: u64 = 100;

/// The arguments that every list takes.
#[derive(Debug)]
pub(crate) struct ListArguments<E: Shown> {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
    pub(crate) filter: Option<Where<E>>,
    pub(crate) order_by: Option<Vec<OrderBy<E>>>,
}

impl<E: Shown> ListArguments<E> {
    /// Only rows with this word in `column`, beside what the client asks for.
    pub(crate) fn with(self, column: E::Column, word: &str) -> Self {
        let only = Filter::eq(column, word);
        let filter = match self.filter {
            Some(Where(asked)) => Filter::All(vec![only, asked]),
            None => only,
        };
        Self { filter: Some(Where(filter)), ..self }
    }

    /// The page that is asked for, of the rows that the client may read.
    fn request(self, ctx: &Context<'_>, page: u64, most: u64) -> Result<PageRequest<E>> {
        let size = |name: &str, asked: Option<i32>| match asked.map(u64::try_from) {
            None => Ok(None),
            Some(Ok(asked)) if asked <= most => Ok(Some(asked)),
            Some(Ok(_)) => Err(bad_input(name, format!("a page here has at most {most} rows"))),
            Some(Err(_)) => Err(bad_input(name, "it is negative")),
        };
        let (first, last) = (size("first", self.first)?, size("last", self.last)?);
        if first.is_some() && last.is_some() {
            return Err(bad_input("last", "give first or last, not both"));
        }
        let asked = self.filter.map(|filter| filter.0).unwrap_or_default();
        Ok(PageRequest {
            filter: asked.and(ctx.access().readable()),
            order: self.order_by.unwrap_or_default().into_iter().map(|order| order.0).collect(),
            limit: first.or(last).unwrap_or(page),
            after: self.after.map(Cursor::from_text),
            before: self.before.map(Cursor::from_text),
            backward: last.is_some(),
        })
    }
}

/// A page of a list, and how to go on.
#[derive(Debug)]
pub struct Connection<E: Shown> {
    edges: Vec<Edge<E>>,
    page_info: PageInfo,
    total_count: u64,
}

/// A row of a list, with its place.
#[derive(Debug, SimpleObject)]
#[graphql(name_type)]
pub struct Edge<E: Shown> {
    /// The row's place in the list, for `after` and `before`.
    cursor: String,
    /// The row.
    node: Object<E>,
}

/// Whether a list goes on beyond a page.
#[derive(Clone, Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether rows follow.
    has_next_page: bool,
    /// Whether rows go before.
    has_previous_page: bool,
    /// The first row's cursor.
    start_cursor: Option<String>,
    /// The last row's cursor.
    end_cursor: Option<String>,
}

impl<E: Shown> TypeName for Connection<E> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Connection", E::NAME))
    }
}

impl<E: Shown> TypeName for Edge<E> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Edge", E::NAME))
    }
}

/// A page of a list, and how to go on.
#[async_graphql::Object(name_type)]
impl<E: Shown> Connection<E> {
    /// The rows of the page with their places in the list.
    async fn edges(&self) -> &[Edge<E>] {
        &self.edges
    }

    /// The rows of the page.
    async fn nodes(&self) -> Vec<&Object<E>> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Whether the list goes on beyond the page.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many rows the list has in all. Counted only when asked for.
    async fn total_count(&self) -> u64 {
        self.total_count
    }
}

impl<E: Shown> Connection<E> {
    fn new(page: Page<(Cursor, Object<E>)>, total_count: u64) -> Self {
        let cursor =
            |row: Option<&(Cursor, Object<E>)>| row.map(|(cursor, _)| cursor.as_str().to_owned());
        let page_info = PageInfo {
            has_next_page: page.has_next,
            has_previous_page: page.has_previous,
            start_cursor: cursor(page.rows.first()),
            end_cursor: cursor(page.rows.last()),
        };
        let edge =
            |(cursor, node): (Cursor, Object<E>)| Edge { cursor: cursor.as_str().to_owned(), node };
        Self { edges: page.rows.into_iter().map(edge).collect(), page_info, total_count }
    }
}

/// The columns that a query asks of objects: what the selected fields show, the primary key, and where
/// the query follows an edge, the columns through which edges lead.
pub(crate) fn selected_columns<'a, E: Shown>(
    selection: impl IntoIterator<Item = SelectionField<'a>>,
) -> Vec<E::Column> {
    let mut columns = key_columns::<E>();
    let mut follows_edges = false;
    for selected in selection {
        match fields::<E>().iter().find(|field| field.name == selected.name()) {
            Some(field) => columns.push(field.column),
            None => follows_edges |= !matches!(selected.name(), "id" | "__typename" | SEPARATION),
        }
    }
    if follows_edges {
        columns.extend(E::links());
    }
    columns
}

/// The columns that a query asks of the rows of a connection.
fn connection_columns<E: Shown>(ctx: &Context<'_>) -> Vec<E::Column> {
    let list = ctx.field();
    let node_fields = list.selection_set().flat_map(|part| match part.name() {
        "nodes" => part.selection_set().collect(),
        "edges" => part
            .selection_set()
            .filter(|part| part.name() == "node")
            .flat_map(|node| node.selection_set().collect::<Vec<_>>())
            .collect(),
        _ => Vec::new(),
    });
    selected_columns::<E>(node_fields)
}

fn asks_for_total(ctx: &Context<'_>) -> bool {
    ctx.field().selection_set().any(|part| part.name() == "totalCount")
}

/// A list at the root of a query: one statement, and one more where the total is asked for.
pub(crate) async fn root_list<E: Shown>(
    ctx: &Context<'_>,
    arguments: ListArguments<E>,
) -> Result<Connection<E>> {
    let request = arguments.request(ctx, ROOT_PAGE, ROOT_LIMIT)?;
    let read = async {
        let reader = ctx.reader_of::<E>().await?;
        let repository = Repository::<_, E>::new(&reader);
        let page = repository.list_rows(&request, &connection_columns::<E>(ctx)).await?;
        let total = if asks_for_total(ctx) { repository.count(&request.filter).await? } else { 0 };
        Ok::<_, almanac_service::Error>((page, total))
    };
    let (page, total) = read.await.map_err(|error| graph_error(&error))?;
    let (cursors, rows): (Vec<_>, Vec<_>) = page.rows.into_iter().unzip();
    let rows = cursors.into_iter().zip(objects(rows)).collect();
    let page = Page { rows, has_next: page.has_next, has_previous: page.has_previous };
    Ok(Connection::new(page, total))
}

impl<E: Table> Object<E> {
    /// The row that this one names by `from`, found by its unique `to`.
    pub(crate) async fn one<T: Shown>(
        &self,
        ctx: &Context<'_>,
        from: E::Column,
        to: T::Column,
    ) -> Result<Option<Object<T>>> {
        let Some(key) = self.row().key(from) else { return Ok(None) };
        let columns = selected_columns::<T>(ctx.field().selection_set());
        let found = self.siblings().ones::<T>(ctx, from, to, &columns).await?;
        let index = found.by_key.get(&key).copied();
        Ok(index.map(|index| Object::new(found.siblings.clone(), index)))
    }

    /// The rows that name this one by `to`: a page of them, the same page for all siblings at once.
    pub(crate) async fn many<T: Shown>(
        &self,
        ctx: &Context<'_>,
        from: E::Column,
        to: T::Column,
        arguments: ListArguments<T>,
    ) -> Result<Connection<T>> {
        let request = arguments.request(ctx, NESTED_PAGE, NESTED_LIMIT)?;
        let columns = connection_columns::<T>(ctx);
        let with_totals = asks_for_total(ctx);
        let found =
            self.siblings().manies::<T>(ctx, from, to, &request, &columns, with_totals).await?;
        let key = self.row().key(from);
        let page = key.as_ref().and_then(|key| found.by_parent.get(key));
        let total =
            found.totals.as_ref().zip(key.as_ref()).and_then(|(totals, key)| totals.get(key));
        let node = |(cursor, index): &(Cursor, usize)| {
            (cursor.clone(), Object::new(found.siblings.clone(), *index))
        };
        let rows = page.map(|page| page.rows.iter().map(node).collect()).unwrap_or_default();
        let page = Page {
            rows,
            has_next: page.is_some_and(|page| page.has_next),
            has_previous: page.is_some_and(|page| page.has_previous),
        };
        Ok(Connection::new(page, total.copied().unwrap_or_default()))
    }
}
