//! Relay connections, for every list alike.

use std::borrow::Cow;

use almanac_service::{Cursor, Page, PageRequest, Repository};
use async_graphql::{Object, OutputType, SelectionField, SimpleObject, TypeName};

use super::{
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
    field::fields,
    filter::Where,
    node::{ColumnOf, Node, key_columns},
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
pub(crate) struct ListArguments<N: Node> {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
    pub(crate) filter: Option<Where<N::Entity>>,
    pub(crate) order_by: Option<Vec<OrderBy<N::Entity>>>,
}

impl<N: Node> ListArguments<N> {
    fn request(self, page: u64, most: u64) -> Result<PageRequest<N::Entity>> {
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
        Ok(PageRequest {
            filter: self.filter.map(|filter| filter.0).unwrap_or_default(),
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
pub struct Connection<N: Node> {
    edges: Vec<Edge<N>>,
    page_info: PageInfo,
    total_count: u64,
}

/// A row of a list, with its place.
#[derive(Debug, SimpleObject)]
#[graphql(name_type)]
pub struct Edge<N: Node> {
    /// The row's place in the list, for `after` and `before`.
    cursor: String,
    /// The row.
    node: N,
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

impl<N: Node> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Connection", <N as OutputType>::type_name()))
    }
}

impl<N: Node> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Edge", <N as OutputType>::type_name()))
    }
}

/// A page of a list, and how to go on.
#[Object(name_type)]
impl<N: Node> Connection<N> {
    /// The rows of the page with their places in the list.
    async fn edges(&self) -> &[Edge<N>] {
        &self.edges
    }

    /// The rows of the page.
    async fn nodes(&self) -> Vec<&N> {
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

impl<N: Node> Connection<N> {
    fn new(page: Page<(Cursor, N)>, total_count: u64) -> Self {
        let cursor = |row: Option<&(Cursor, N)>| row.map(|(cursor, _)| cursor.as_str().to_owned());
        let page_info = PageInfo {
            has_next_page: page.has_next,
            has_previous_page: page.has_previous,
            start_cursor: cursor(page.rows.first()),
            end_cursor: cursor(page.rows.last()),
        };
        let edge = |(cursor, node): (Cursor, N)| Edge { cursor: cursor.as_str().to_owned(), node };
        Self { edges: page.rows.into_iter().map(edge).collect(), page_info, total_count }
    }
}

/// The columns that a query asks of objects: what the selected fields show, the primary key, and where
/// the query follows an edge, the columns through which edges lead.
pub(crate) fn selected_columns<'a, N: Node>(
    selection: impl IntoIterator<Item = SelectionField<'a>>,
) -> Vec<ColumnOf<N>> {
    let mut columns = key_columns::<N::Entity>();
    let mut follows_edges = false;
    for selected in selection {
        match fields::<N::Entity>().iter().find(|field| field.name == selected.name()) {
            Some(field) => columns.push(field.column),
            None => follows_edges |= !matches!(selected.name(), "id" | "__typename"),
        }
    }
    if follows_edges {
        columns.extend(N::links());
    }
    columns
}

/// The columns that a query asks of the rows of a connection.
fn connection_columns<N: Node>(ctx: &Context<'_>) -> Vec<ColumnOf<N>> {
    let node_fields = ctx.field().selection_set().flat_map(|part| match part.name() {
        "nodes" => part.selection_set().collect(),
        "edges" => part
            .selection_set()
            .filter(|part| part.name() == "node")
            .flat_map(|node| node.selection_set().collect::<Vec<_>>())
            .collect(),
        _ => Vec::new(),
    });
    selected_columns::<N>(node_fields)
}

fn asks_for_total(ctx: &Context<'_>) -> bool {
    ctx.field().selection_set().any(|part| part.name() == "totalCount")
}

/// A list at the root of a query: one statement, and one more where the total is asked for.
pub(crate) async fn root_list<N: Node>(
    ctx: &Context<'_>,
    arguments: ListArguments<N>,
) -> Result<Connection<N>> {
    let request = arguments.request(ROOT_PAGE, ROOT_LIMIT)?;
    let read = async {
        let reader = ctx.sessions().reader(<N::Entity as almanac_entity::Table>::DATABASE).await?;
        let repository = Repository::<_, N::Entity>::new(&reader);
        let page = repository.list_rows(&request, &connection_columns::<N>(ctx)).await?;
        let total = match asks_for_total(ctx) {
            true => repository.count(&request.filter).await?,
            false => 0,
        };
        Ok::<_, almanac_service::Error>((page, total))
    };
    let (page, total) = read.await.map_err(|error| graph_error(&error))?;
    let (cursors, rows): (Vec<_>, Vec<_>) = page.rows.into_iter().unzip();
    let rows = cursors.into_iter().zip(super::node::nodes::<N>(rows)).collect();
    let page = Page { rows, has_next: page.has_next, has_previous: page.has_previous };
    Ok(Connection::new(page, total))
}

impl<E: almanac_entity::Table> super::columns::Columns<E> {
    /// The row that this one names by `from`, found by its unique `to`.
    pub(crate) async fn one<N: Node>(
        &self,
        ctx: &Context<'_>,
        from: E::Column,
        to: ColumnOf<N>,
    ) -> Result<Option<N>> {
        let Some(key) = self.row().key(from) else { return Ok(None) };
        let columns = selected_columns::<N>(ctx.field().selection_set());
        let found = self.siblings().ones::<N::Entity>(ctx, from, to, &columns).await?;
        let index = found.by_key.get(&key).copied();
        Ok(index.map(|index| N::from(super::columns::Columns::new(found.siblings.clone(), index))))
    }

    /// The rows that name this one by `to`: a page of them, the same page for all siblings at once.
    pub(crate) async fn many<N: Node>(
        &self,
        ctx: &Context<'_>,
        from: E::Column,
        to: ColumnOf<N>,
        arguments: ListArguments<N>,
    ) -> Result<Connection<N>> {
        let request = arguments.request(NESTED_PAGE, NESTED_LIMIT)?;
        let columns = connection_columns::<N>(ctx);
        let with_totals = asks_for_total(ctx);
        let found = self
            .siblings()
            .manies::<N::Entity>(ctx, from, to, &request, &columns, with_totals)
            .await?;
        let key = self.row().key(from);
        let page = key.as_ref().and_then(|key| found.by_parent.get(key));
        let total = found.totals.as_ref().zip(key.as_ref()).and_then(|(totals, key)| totals.get(key));
        let node = |(cursor, index): &(Cursor, usize)| {
            let columns = super::columns::Columns::new(found.siblings.clone(), *index);
            (cursor.clone(), N::from(columns))
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
