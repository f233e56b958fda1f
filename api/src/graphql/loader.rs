//! What makes the number of statements independent of the number of rows: a data loader.
//!
//! A loader by time waits a moment for requests to pile up. Here nothing waits: rows that were read
//! together stay together as [`Siblings`], and the first of them to ask for an edge asks for all. So the
//! number of statements is that of the edges in the query, always.

use std::{
    any::Any,
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use almanac_entity::Table;
use almanac_service::{Cursor, Error, Key, PageRequest, Repository, Row};
use sea_orm::prelude::Uuid;
use tokio::sync::OnceCell;

use super::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
};

/// Rows that were read together, and what was looked up for them since.
#[derive(Debug)]
pub(crate) struct Siblings<E: Table> {
    pub(crate) rows: Vec<Row<E>>,
    edges: Mutex<HashMap<String, Arc<dyn Any + Send + Sync>>>,
}

/// What a look-up came to, the same for all siblings.
type Shared<T> = OnceCell<std::result::Result<T, Arc<Error>>>;

/// The rows at the other end of a to-one edge.
#[derive(Debug)]
pub(crate) struct Ones<T: Table> {
    pub(crate) siblings: Arc<Siblings<T>>,
    pub(crate) by_key: HashMap<Key, usize>,
}

/// The rows at the other end of a to-many edge.
#[derive(Debug)]
pub(crate) struct Manies<T: Table> {
    pub(crate) siblings: Arc<Siblings<T>>,
    pub(crate) by_parent: HashMap<Key, ChildPage>,
    pub(crate) totals: Option<HashMap<Key, u64>>,
}

/// One parent's page: cursors, and where its rows stand among their siblings.
#[derive(Debug)]
pub(crate) struct ChildPage {
    pub(crate) rows: Vec<(Cursor, usize)>,
    pub(crate) has_next: bool,
    pub(crate) has_previous: bool,
}

impl<E: Table> Siblings<E> {
    pub(crate) fn new(rows: Vec<Row<E>>) -> Self {
        Self { rows, edges: Mutex::default() }
    }

    /// The distinct keys that the rows hold in `column`.
    pub(crate) fn keys(&self, column: E::Column) -> Vec<Key> {
        let mut keys: Vec<Key> = self.rows.iter().filter_map(|row| row.key(column)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The distinct UUIDs that the rows hold in `column`.
    pub(crate) fn ids(&self, column: E::Column) -> Vec<Uuid> {
        let id = |key| match key {
            Key::Uuid(id) => Some(id),
            _ => None,
        };
        self.keys(column).into_iter().filter_map(id).collect()
    }

    /// What `look_up` finds, looked up once for all siblings; `edge` names it. It waits on the heap: a
    /// statement's future is large.
    pub(crate) async fn once<T: Clone + Send + Sync + 'static>(
        &self,
        edge: String,
        look_up: Pin<Box<impl Future<Output = std::result::Result<T, Error>>>>,
    ) -> Result<T> {
        let cell = {
            let mut edges = self.edges.lock().unwrap_or_else(PoisonError::into_inner);
            let cell = edges.entry(edge).or_insert_with(|| Arc::new(Shared::<T>::new()));
            cell.clone().downcast::<Shared<T>>().expect("an edge has one type")
        };
        let found = cell.get_or_init(async || look_up.await.map_err(Arc::new)).await;
        found.clone().map_err(|error| graph_error(&error))
    }

    /// The rows of `T` that these rows name by `from`, each by its unique `to`.
    pub(crate) async fn ones<T: Table>(
        &self,
        ctx: &Context<'_>,
        from: E::Column,
        to: T::Column,
        columns: &[T::Column],
    ) -> Result<Arc<Ones<T>>> {
        let edge = format!("one {:?} {} {to:?} {columns:?}", from, T::NAME);
        self.once(
            edge,
            Box::pin(async {
                let reader = ctx.reader_of::<T>().await?;
                let found =
                    Repository::<_, T>::new(&reader).by_keys(to, &self.keys(from), columns).await?;
                let mut rows = Vec::with_capacity(found.len());
                let mut by_key = HashMap::with_capacity(found.len());
                for (key, row) in found {
                    by_key.insert(key, rows.len());
                    rows.push(row);
                }
                Ok(Arc::new(Ones { siblings: Arc::new(Siblings::new(rows)), by_key }))
            }),
        )
        .await
    }

    /// A page of the rows of `T` that name each of these rows by `to`.
    pub(crate) async fn manies<T: Table>(
        &self,
        ctx: &Context<'_>,
        from: E::Column,
        to: T::Column,
        request: &PageRequest<T>,
        columns: &[T::Column],
        with_totals: bool,
    ) -> Result<Arc<Manies<T>>> {
        let edge =
            format!("many {from:?} {} {to:?} {columns:?} {with_totals} {request:?}", T::NAME);
        self.once(
            edge,
            Box::pin(async {
                let reader = ctx.reader_of::<T>().await?;
                let repository = Repository::<_, T>::new(&reader);
                let keys = self.keys(from);
                let pages = repository.children(to, &keys, request, columns).await?;
                let totals = if with_totals {
                    Some(repository.count_children(to, &keys, &request.filter).await?)
                } else {
                    None
                };
                let mut rows = Vec::new();
                let by_parent = pages
                    .into_iter()
                    .map(|(parent, page)| {
                        let place = |(cursor, row)| {
                            rows.push(row);
                            (cursor, rows.len() - 1)
                        };
                        let (has_next, has_previous) = (page.has_next, page.has_previous);
                        let rows = page.rows.into_iter().map(place).collect();
                        (parent, ChildPage { rows, has_next, has_previous })
                    })
                    .collect();
                Ok(Arc::new(Manies { siblings: Arc::new(Siblings::new(rows)), by_parent, totals }))
            }),
        )
        .await
    }
}
