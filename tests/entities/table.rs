//! Any table of any database behind one trait, so that a test can go through all of them.

use std::{collections::BTreeMap, marker::PhantomData};

use almanac_database::Database;
use almanac_entity::{Kind, Table, Visitor, kind, visit};
use almanac_service::Writer;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbBackend, DbErr, IdenStatic, Iterable, ModelTrait,
    PrimaryKeyToColumn, QueryFilter, Schema, Value,
    sea_query::{ColumnType, IndexCreateStatement, TableCreateStatement},
};
use sea_orm_migration::prelude::async_trait;

/// The cells of a row by their columns' names.
pub(crate) type Cells = BTreeMap<&'static str, Value>;

/// A row as it was read.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) cells: Cells,
    /// The model as Rust shows it, from which the variants of words are seen.
    pub(crate) shown: String,
}

/// A column as the entity states it.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) ty: ColumnType,
    pub(crate) nullable: bool,
}

/// A table or view, whichever it is.
#[async_trait::async_trait(?Send)]
pub(crate) trait AnyTable {
    /// Its name in the database.
    fn name(&self) -> &'static str;

    fn is_view(&self) -> bool;

    fn columns(&self) -> Vec<Column>;

    /// The columns of its primary key.
    fn key(&self) -> Vec<&'static str>;

    /// The statement by which SeaORM would make the table.
    fn create(&self, backend: DbBackend) -> TableCreateStatement;

    /// The statements by which SeaORM would make the indexes.
    fn create_indexes(&self, backend: DbBackend) -> Vec<IndexCreateStatement>;

    /// Inserts a row and reads it back by the key that it got.
    async fn insert(&self, writer: &Writer, cells: &Cells) -> Result<Row, DbErr>;

    /// Sets the cells of the row that has the key among them.
    async fn update(&self, writer: &Writer, cells: &Cells) -> Result<(), DbErr>;

    /// Deletes the row with this key.
    async fn delete(&self, writer: &Writer, cells: &Cells) -> Result<(), DbErr>;

    /// The row with the key that is among the cells.
    async fn find(&self, writer: &Writer, cells: &Cells) -> Result<Option<Row>, DbErr>;
}

/// The tables and views of `database`, in the order in which they were added.
pub(crate) fn tables(database: Database) -> Vec<Box<dyn AnyTable>> {
    struct Collect(Vec<Box<dyn AnyTable>>);

    impl Visitor for Collect {
        fn visit<T: Table>(&mut self) {
            self.0.push(Box::new(Of::<T>(PhantomData)));
        }
    }

    let mut collect = Collect(Vec::new());
    visit(database, &mut collect);
    collect.0
}

struct Of<T>(PhantomData<T>);

impl<T: Table> Of<T> {
    fn row(model: &T::Model) -> Row {
        let cells = T::Column::iter().map(|column| (column.as_str(), model.get(column))).collect();
        Row { cells, shown: format!("{model:?}") }
    }

    fn active(cells: &Cells) -> T::ActiveModel {
        let mut active = <T::ActiveModel as ActiveModelTrait>::default();
        for column in T::Column::iter() {
            if let Some(value) = cells.get(column.as_str()) {
                active.set(column, value.clone());
            }
        }
        active
    }
}

#[async_trait::async_trait(?Send)]
impl<T: Table> AnyTable for Of<T> {
    fn name(&self) -> &'static str {
        T::default().table_name()
    }

    fn is_view(&self) -> bool {
        T::IS_VIEW
    }

    fn columns(&self) -> Vec<Column> {
        let columns = T::Column::iter().map(|column| Column {
            name: column.as_str(),
            kind: kind(&column),
            ty: column.def().get_column_type().clone(),
            nullable: column.def().is_null(),
        });
        columns.collect()
    }

    fn key(&self) -> Vec<&'static str> {
        T::PrimaryKey::iter().map(|key| key.into_column().as_str()).collect()
    }

    fn create(&self, backend: DbBackend) -> TableCreateStatement {
        Schema::new(backend).create_table_from_entity(T::default())
    }

    fn create_indexes(&self, backend: DbBackend) -> Vec<IndexCreateStatement> {
        Schema::new(backend).create_index_from_entity(T::default())
    }

    async fn insert(&self, writer: &Writer, cells: &Cells) -> Result<Row, DbErr> {
        let inserted = T::insert(Self::active(cells)).exec(writer).await?;
        let model = T::find_by_id(inserted.last_insert_id).one(writer).await?;
        Ok(Self::row(&model.expect("the row that was inserted is found")))
    }

    async fn update(&self, writer: &Writer, cells: &Cells) -> Result<(), DbErr> {
        T::update(Self::active(cells)).exec_without_returning(writer).await.map(|_| ())
    }

    async fn delete(&self, writer: &Writer, cells: &Cells) -> Result<(), DbErr> {
        T::delete(Self::active(cells)).exec(writer).await.map(|_| ())
    }

    async fn find(&self, writer: &Writer, cells: &Cells) -> Result<Option<Row>, DbErr> {
        let mut select = T::find();
        for key in T::PrimaryKey::iter() {
            let column = key.into_column();
            select = select.filter(column.eq(cells[column.as_str()].clone()));
        }
        Ok(select.one(writer).await?.as_ref().map(Self::row))
    }
}
