//! Rows for many parents at once: what makes the number of statements independent of the number of rows.

use std::collections::HashMap;

use almanac_entity::Table;
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryTrait, Value,
    prelude::Uuid,
    sea_query::{Asterisk, Expr, Func, Query, SelectStatement, UnionType},
};

use crate::{
    Cursor, Filter, Page, PageRequest, Repository, Result, Row,
    cell::cell,
    page::terms_of,
    repository::{page, paginate, select_columns, select_near, with_sorted},
    row,
};

/// Values in one `IN` list.
const LIST: usize = 900;
/// Parents in one statement of [`Repository::children`]; SQLite takes at most 500 united selects.
const PARENTS: usize = 400;
/// The same where children are looked for in a cone, whose haversine takes some ten thousand characters.
const PARENTS_NEAR: usize = 20;

/// A value by which rows refer to each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A path, a name.
    Text(String),
    /// An id.
    Int(i64),
    /// An AstrID id.
    Uuid(Uuid),
}

impl Key {
    /// The key that a cell holds; none where it is null or of a type that nothing refers by.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(Some(text)) => Some(Self::Text(text.clone())),
            Value::BigInt(Some(id)) => Some(Self::Int(*id)),
            Value::Int(Some(id)) => Some(Self::Int(i64::from(*id))),
            Value::Uuid(Some(id)) => Some(Self::Uuid(*id)),
            _ => None,
        }
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Text(text) => text.into(),
            Key::Int(id) => id.into(),
            Key::Uuid(id) => id.into(),
        }
    }
}

/// A page of rows with their cursors.
pub(crate) type RowPage<E> = Page<(Cursor, Row<E>)>;

impl<C: ConnectionTrait, E: Table> Repository<'_, C, E> {
    /// The rows whose `column`, which is unique, has one of `keys`.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn by_keys(
        &self,
        column: E::Column,
        keys: &[Key],
        columns: &[E::Column],
    ) -> Result<HashMap<Key, Row<E>>> {
        let mut wanted = vec![column];
        wanted.extend_from_slice(columns);
        let columns = row::columns::<E>(&wanted);
        let mut found = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(LIST) {
            let filter = Filter::<E>::In(column, keys.iter().cloned().map(Value::from).collect());
            let select = select_columns::<E>(&columns).filter(filter.condition());
            for row in self.rows(select.as_query(), &columns).await? {
                if let Some(key) = row.key(column) {
                    found.insert(key, row);
                }
            }
        }
        Ok(found)
    }

    /// For each parent the first rows that refer to it by `column`, at most `request.limit` each: a
    /// parent with many children costs no more than one with few. One statement for 400 parents.
    ///
    /// # Errors
    /// The engine fails, or a cursor belongs to another list.
    pub async fn children(
        &self,
        column: E::Column,
        parents: &[Key],
        request: &PageRequest<E>,
        columns: &[E::Column],
    ) -> Result<HashMap<Key, RowPage<E>>> {
        let terms = terms_of(&request.filter, &request.order);
        let mut wanted = vec![column];
        wanted.extend_from_slice(columns);
        let columns = with_sorted(&wanted, &terms);
        let mut pages = HashMap::with_capacity(parents.len());
        let near = request.filter.nearest_to().is_some();
        for parents in parents.chunks(if near { PARENTS_NEAR } else { PARENTS }) {
            let mut united: Option<SelectStatement> = None;
            for parent in parents {
                let mut select = select_near::<E>(&columns, &request.filter)
                    .filter(column.eq(Value::from(parent.clone())));
                paginate(
                    QueryTrait::query(&mut select),
                    request,
                    &terms,
                    self.connection.get_database_backend(),
                )?;
                let one = Query::select()
                    .column(Asterisk)
                    .from_subquery(select.into_query(), "child")
                    .to_owned();
                match &mut united {
                    Some(united) => {
                        united.union(UnionType::All, one);
                    }
                    None => united = Some(one),
                }
            }
            let Some(united) = united else { continue };
            let mut grouped: HashMap<Key, Vec<Row<E>>> = HashMap::new();
            for row in self.rows_of(&united, &columns, &request.filter).await? {
                if let Some(parent) = row.key(column) {
                    grouped.entry(parent).or_default().push(row);
                }
            }
            for (parent, rows) in grouped {
                pages.insert(parent, page(rows, request, &terms));
            }
        }
        Ok(pages)
    }

    /// For each parent how many rows refer to it by `column`.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn count_children(
        &self,
        column: E::Column,
        parents: &[Key],
        filter: &Filter<E>,
    ) -> Result<HashMap<Key, u64>> {
        let mut counts = HashMap::with_capacity(parents.len());
        for parents in parents.chunks(LIST) {
            let list = Filter::<E>::In(column, parents.iter().cloned().map(Value::from).collect());
            let mut select = E::find().filter(list.condition()).filter(filter.condition());
            QueryTrait::query(&mut select)
                .clear_selects()
                .expr(Expr::col(column.as_column_ref()))
                .expr(Func::count(Expr::col(Asterisk)))
                .group_by_col(column.as_column_ref());
            for result in self.connection.query_all(select.as_query()).await? {
                let key = Key::of(&cell(&result, 0, almanac_entity::kind(&column))?);
                let count: i64 = result.try_get_by_index(1)?;
                if let Some(key) = key {
                    counts.insert(key, u64::try_from(count).unwrap_or_default());
                }
            }
        }
        Ok(counts)
    }
}
