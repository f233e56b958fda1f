//! How rows are changed. Where a session knows who changes them, each verb also writes down what a row was
//! before and after.

mod parts;

use std::collections::HashMap;

use parts::{
    all_columns, cells, kept_where_null, key_columns, not_inserted, of_key, read, same_keys,
    same_values, same_values_as_any, selected, set_values,
};

use almanac_entity::Table;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DbBackend, DbErr, IdenStatic, IntoActiveModel,
    Iterable, PrimaryKeyToColumn, QueryFilter, QuerySelect, QueryTrait, Value,
    sea_query::{
        InsertStatement, LockBehavior, LockType, OnConflict, Query, SimpleExpr, UpdateStatement,
    },
};

use crate::{
    Error, Filter, Order, Repository, Result, Row, Writable, decimal,
    page::sort_terms,
    record::{Act, Change, row_key},
    repository::{KeyOf, select_columns},
    row::{self, Columns},
    sky, validate,
};

/// Rows of one statement: SQLite binds at most this many values, PostgreSQL twice as many.
const SQLITE_BINDS: usize = 32_766;
const POSTGRES_BINDS: usize = 65_535;
/// More rows a statement do not make an insert faster.
const INSERT_ROWS: usize = 500;
/// Rows that are changed by their keys at once.
const KEYS: usize = 500;

impl<C: Writable, E: Table> Repository<'_, C, E>
where
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    /// Writes a new row and returns it as the database holds it.
    ///
    /// # Errors
    /// A value is out of range, there is such a row already, or the engine fails.
    pub async fn insert(&self, mut row: E::ActiveModel) -> Result<E::Model> {
        validate::row::<E>(&row)?;
        decimal::round::<E>(&mut row);
        sky::place::<E>(&mut row);
        let inserted = E::insert(row).exec_with_returning(self.connection).await;
        let model = inserted.map_err(not_inserted::<E>)?;
        self.record_models(None, &model).await?;
        Ok(model)
    }

    /// Writes many new rows, in as few statements as the engine takes. Within a transaction it is all
    /// or nothing. Returns how many.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub async fn insert_many(
        &self,
        rows: impl IntoIterator<Item = E::ActiveModel>,
    ) -> Result<usize> {
        let mut written = 0;
        let mut batch: Vec<Vec<Value>> = Vec::new();
        let mut columns: Vec<E::Column> = Vec::new();
        for row in rows {
            validate::row::<E>(&row)?;
            let (named, values) = set_values::<E>(&row);
            let same = named.len() == columns.len()
                && named.iter().zip(&columns).all(|(a, b)| a.as_str() == b.as_str());
            if !same || batch.len() == self.rows_of_a_statement(columns.len()) {
                written += self.insert_values(&columns, std::mem::take(&mut batch)).await?;
                columns = named;
            }
            batch.push(values);
        }
        Ok(written + self.insert_values(&columns, batch).await?)
    }

    /// Writes rows given as values in the order of `columns`. Returns how many.
    ///
    /// # Errors
    /// There is such a row already, or the engine fails.
    pub async fn insert_values(
        &self,
        columns: &[E::Column],
        rows: Vec<Vec<Value>>,
    ) -> Result<usize> {
        let count = rows.len();
        let (columns, rows) = sky::place_values::<E>(columns, rows);
        let mut rows = rows.into_iter();
        loop {
            let chunk: Vec<_> =
                rows.by_ref().take(self.rows_of_a_statement(columns.len())).collect();
            if chunk.is_empty() {
                return Ok(count);
            }
            let mut insert = Query::insert();
            insert.into_table(E::default().table_ref()).columns(columns.iter().copied());
            for values in chunk {
                insert.values_panic(cells::<E>(&columns, values));
            }
            if self.connection.record().is_none() {
                self.connection.execute(&insert).await.map_err(not_inserted::<E>)?;
                continue;
            }
            let rows = self.returned(insert, &self.logged_columns()).await?;
            self.write_down(rows.iter().map(|row| (None, Some(row)))).await?;
        }
    }

    /// Writes those of the rows that no unique key keeps out, in as few statements as the engine takes. All rows
    /// set the same columns. Returns how many were written.
    ///
    /// # Errors
    /// A value is out of range, or the engine fails.
    pub async fn insert_missing(&self, rows: Vec<E::ActiveModel>) -> Result<u64> {
        let Some((columns, _)) = rows.first().map(set_values::<E>) else { return Ok(0) };
        let mut values = Vec::with_capacity(rows.len());
        for row in &rows {
            validate::row::<E>(row)?;
            values.push(set_values::<E>(row).1);
        }
        let (columns, values) = sky::place_values::<E>(&columns, values);
        let mut written = 0;
        let mut values = values.into_iter().peekable();
        while values.peek().is_some() {
            let mut insert = Query::insert();
            insert.into_table(E::default().table_ref()).columns(columns.iter().copied());
            for values in values.by_ref().take(self.rows_of_a_statement(columns.len())) {
                insert.values_panic(cells::<E>(&columns, values));
            }
            insert.on_conflict(OnConflict::new().do_nothing().to_owned());
            let rows = self.returned(insert, &self.logged_columns()).await?;
            written += rows.len() as u64;
            self.write_down(rows.iter().map(|row| (None, Some(row)))).await?;
        }
        Ok(written)
    }

    /// Writes a row, or changes the one with the same values in `unique`, which keeps its id. A column
    /// that is not set, or is set to null, keeps what it holds.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub async fn upsert(&self, mut row: E::ActiveModel, unique: &[E::Column]) -> Result<E::Model> {
        validate::row::<E>(&row)?;
        decimal::round::<E>(&mut row);
        sky::place::<E>(&mut row);
        let before = match self.connection.record() {
            Some(_) => self.locked_rows(&same_values::<E>(&row, unique)).await?.pop(),
            None => None,
        };
        let is_unique =
            |column: &E::Column| unique.iter().any(|key| key.as_str() == column.as_str());
        let changed: Vec<E::Column> = E::Column::iter()
            .filter(|column| !is_unique(column) && matches!(row.get(*column), ActiveValue::Set(_)))
            .collect();
        let mut conflict = OnConflict::columns(unique.iter().copied());
        if changed.is_empty() {
            // Something has to be set for the row to be returned.
            conflict.update_columns(unique.iter().copied());
        }
        for column in changed {
            conflict.value(column, kept_where_null::<E>(column));
        }
        let insert = E::insert(row).on_conflict(conflict);
        let model = insert.exec_with_returning(self.connection).await?;
        self.record_models(before.as_ref(), &model).await?;
        Ok(model)
    }

    /// Writes rows; where there is one with the same values in `unique`, what is set in the new one takes the
    /// place of what it holds, be it null, and its id stays. All rows set the same columns, and no two have the
    /// same values in `unique`. Returns how many.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub async fn replace_many(
        &self,
        rows: Vec<E::ActiveModel>,
        unique: &[E::Column],
    ) -> Result<u64> {
        let Some((columns, _)) = rows.first().map(set_values::<E>) else { return Ok(0) };
        let is_unique =
            |column: &&E::Column| unique.iter().any(|key| key.as_str() == column.as_str());
        let mut conflict = OnConflict::columns(unique.iter().copied());
        conflict.update_columns(columns.iter().filter(|column| !is_unique(column)).copied());
        for rows in rows.chunks(self.rows_of_a_statement(columns.len())) {
            let mut insert = Query::insert();
            insert.into_table(E::default().table_ref()).columns(columns.iter().copied());
            for row in rows {
                validate::row::<E>(row)?;
                insert.values_panic(cells::<E>(&columns, set_values::<E>(row).1));
            }
            insert.on_conflict(conflict.clone());
            if self.connection.record().is_none() {
                self.connection.execute(&insert).await?;
                continue;
            }
            let before = self.locked_rows(&same_values_as_any::<E>(rows, unique)).await?;
            let before: HashMap<String, &Row<E>> =
                before.iter().map(|row| (row_key(row), row)).collect();
            let after = self.returned(insert, &all_columns::<E>()).await?;
            let changes = after.iter().map(|row| (before.get(&row_key(row)).copied(), Some(row)));
            self.write_down(changes).await?;
        }
        Ok(rows.len() as u64)
    }

    /// Changes the columns that are set in the row with its primary key.
    ///
    /// # Errors
    /// A value is out of range, there is no such row, or the engine fails.
    pub async fn update(&self, mut row: E::ActiveModel) -> Result<E::Model> {
        validate::row::<E>(&row)?;
        decimal::round::<E>(&mut row);
        sky::place::<E>(&mut row);
        let keys: Vec<E::Column> =
            E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
        let before = match self.connection.record() {
            Some(_) => self.locked_rows(&same_values::<E>(&row, &keys)).await?.pop(),
            None => None,
        };
        let updated = E::update(row).exec(self.connection).await;
        let model = updated.map_err(|error| match error {
            DbErr::RecordNotUpdated => Error::not_found(E::NAME),
            other => other.into(),
        })?;
        self.record_models(before.as_ref(), &model).await?;
        Ok(model)
    }

    /// Changes columns of the rows that `filter` lets through; how many these are.
    ///
    /// # Errors
    /// A value is out of range, or the engine fails.
    pub async fn update_where(
        &self,
        filter: &Filter<E>,
        set: impl IntoIterator<Item = (E::Column, SimpleExpr)>,
    ) -> Result<u64> {
        let mut update = Query::update();
        update.table(E::default().table_ref());
        let mut set = set.into_iter().collect();
        sky::place_changes::<E>(&mut set);
        let changed: Vec<E::Column> = set.iter().map(|(column, _)| *column).collect();
        for (column, mut expression) in set {
            if let SimpleExpr::Value(value) = &mut expression {
                let checked = validate::value(column, value);
                checked.map_err(|message| Error::invalid(column.as_str(), message))?;
                decimal::round_value(column, value);
            }
            update.value(column, column.save_as(expression));
        }
        if self.connection.record().is_none() {
            update.cond_where(filter.condition());
            return Ok(self.connection.execute(&update).await?.rows_affected());
        }
        if self.logs_batches() {
            update.cond_where(filter.condition());
            return self.update_batch(update, changed).await;
        }
        let before = self.locked_rows(filter).await?;
        for rows in before.chunks(KEYS) {
            let keys = same_keys(rows);
            let mut update = update.clone();
            update.cond_where(keys.condition());
            self.connection.execute(&update).await?;
            let after = self.locked_rows(&keys).await?;
            let after: HashMap<String, &Row<E>> =
                after.iter().map(|row| (row_key(row), row)).collect();
            let changes = rows.iter().map(|row| (Some(row), after.get(&row_key(row)).copied()));
            self.write_down(changes).await?;
        }
        Ok(before.len() as u64)
    }

    /// Changes rows by one statement, and writes down which they are and what was set.
    async fn update_batch(
        &self,
        mut update: UpdateStatement,
        mut changed: Vec<E::Column>,
    ) -> Result<u64> {
        let keys = key_columns::<E>();
        changed.extend(keys.iter().map(|(column, _)| *column));
        let columns = row::columns::<E>(&changed);
        update.returning(Query::returning().exprs(selected::<E>(&columns)));
        let after = read::<E>(&self.connection.query_all(&update).await?, &columns)?;
        let before: Vec<Row<E>> = after.iter().map(|row| row.narrowed(&keys)).collect();
        self.write_down(before.iter().map(Some).zip(after.iter().map(Some))).await?;
        Ok(after.len() as u64)
    }

    /// Deletes the row with this primary key; whether there was one.
    ///
    /// # Errors
    /// Other rows refer to it, or the engine fails.
    pub async fn delete(&self, key: impl Into<KeyOf<E>>) -> Result<bool> {
        Ok(self.delete_where(&of_key::<E>(key.into())).await? > 0)
    }

    /// Deletes the rows that `filter` lets through; how many these are.
    ///
    /// # Errors
    /// Other rows refer to one of them, or the engine fails.
    pub async fn delete_where(&self, filter: &Filter<E>) -> Result<u64> {
        let mut delete = Query::delete();
        delete.from_table(E::default().table_ref()).cond_where(filter.condition());
        if self.logs_batches() {
            let keys = key_columns::<E>();
            delete.returning(Query::returning().exprs(selected::<E>(&keys)));
            let results = self.connection.query_all(&delete).await.map_err(Error::of_delete)?;
            let deleted = read::<E>(&results, &keys)?;
            self.write_down(deleted.iter().map(|row| (Some(row), None))).await?;
            return Ok(deleted.len() as u64);
        }
        let before = match self.connection.record() {
            Some(_) => self.locked_rows(filter).await?,
            None => Vec::new(),
        };
        let deleted = self.connection.execute(&delete).await.map_err(Error::of_delete)?;
        let deleted = deleted.rows_affected();
        self.write_down(before.iter().map(|row| (Some(row), None))).await?;
        Ok(deleted)
    }

    /// The row with this primary key, locked until the transaction ends.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn lock(&self, key: impl Into<KeyOf<E>>) -> Result<Option<E::Model>> {
        // SQLite's transactions lock the whole database when they begin.
        Ok(E::find_by_id(key).lock_exclusive().one(self.connection).await?)
    }

    /// The first `limit` rows that `filter` lets through, locked until the transaction ends. Rows that
    /// another transaction has locked are passed over.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn claim(
        &self,
        filter: &Filter<E>,
        order: &[Order<E>],
        limit: u64,
    ) -> Result<Vec<E::Model>> {
        let mut select = E::find()
            .filter(filter.condition())
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        for term in sort_terms(order) {
            term.apply(QueryTrait::query(&mut select), self.connection.get_database_backend());
        }
        Ok(select.all(self.connection).await?)
    }

    /// Inserts, and reads back `columns` of what was written.
    async fn returned(
        &self,
        mut insert: InsertStatement,
        columns: &Columns<E>,
    ) -> Result<Vec<Row<E>>> {
        insert.returning(Query::returning().exprs(selected::<E>(columns)));
        let results = self.connection.query_all(&insert).await.map_err(not_inserted::<E>)?;
        read(&results, columns)
    }

    /// Whether rows are written down together, so that their keys are all that has to be known of each.
    fn logs_batches(&self) -> bool {
        self.connection.record().is_some() && self.act.as_ref().is_some_and(Act::is_of_batches)
    }

    /// What has to be known of new rows to write them down.
    fn logged_columns(&self) -> Columns<E> {
        if self.logs_batches() { key_columns::<E>() } else { all_columns::<E>() }
    }

    /// Whole rows, locked until the transaction ends.
    async fn locked_rows(&self, filter: &Filter<E>) -> Result<Vec<Row<E>>> {
        let columns = all_columns::<E>();
        let select = select_columns::<E>(&columns).filter(filter.condition()).lock_exclusive();
        self.rows(select.as_query(), &columns).await
    }

    async fn write_down(&self, changes: impl IntoIterator<Item = Change<'_, E>>) -> Result<()> {
        match self.connection.record() {
            Some(record) => record.write(self.connection, self.act.as_ref(), changes).await,
            None => Ok(()),
        }
    }

    async fn record_models(&self, before: Option<&Row<E>>, after: &E::Model) -> Result<()> {
        match self.connection.record() {
            Some(_) => self.write_down([(before, Some(&Row::of_model(after)))]).await,
            None => Ok(()),
        }
    }

    fn rows_of_a_statement(&self, columns: usize) -> usize {
        let binds = match self.connection.get_database_backend() {
            DbBackend::Sqlite => SQLITE_BINDS,
            _ => POSTGRES_BINDS,
        };
        (binds / columns.max(1)).min(INSERT_ROWS)
    }
}
