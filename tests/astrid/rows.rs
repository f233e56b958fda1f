//! Rows of any table, written as the services write them.

use std::marker::PhantomData;

use almanac_entity::{
    Kind, Table,
    astrid::{
        alert, audit_record, candidate, detection, difference_run, ml_model, model_run,
        observation, preprocess_run, processing_job, survey, system_config, validation_event,
    },
};
use almanac_service::{Repository, Result, Writer};
use sea_orm::{
    ActiveModelTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyTrait, Value,
    prelude::{Decimal, Uuid},
};
use sea_orm_migration::prelude::async_trait;

use crate::{
    sample::{Extent, Sampler, settle, value},
    support::Schema,
    table::{AnyTable, Cells, Column, tables},
};

/// A table through its repository.
#[async_trait::async_trait(?Send)]
pub(crate) trait Rows {
    fn name(&self) -> &'static str;

    /// Inserts a row; returns what the database holds then.
    async fn insert(&self, writer: &Writer, cells: &Cells) -> Result<Cells>;

    /// Sets the cells of the row whose key is among them; returns what the database holds then.
    async fn update(&self, writer: &Writer, cells: &Cells) -> Result<Cells>;

    /// Deletes a row.
    async fn delete(&self, writer: &Writer, id: Uuid) -> Result<bool>;
}

/// Every table.
pub(crate) fn all() -> Vec<Box<dyn Rows>> {
    macro_rules! of {
        ($($module:ident),+) => { vec![$(Box::new(Of::<$module::Entity>(PhantomData))),+] };
    }
    of![
        survey,
        observation,
        system_config,
        preprocess_run,
        difference_run,
        candidate,
        processing_job,
        ml_model,
        model_run,
        detection,
        validation_event,
        alert,
        audit_record
    ]
}

/// The table of that name.
pub(crate) fn of(name: &str) -> Box<dyn Rows> {
    all().into_iter().find(|rows| rows.name() == name).expect("every table has an entity")
}

struct Of<E>(PhantomData<E>);

impl<E: Table> Of<E> {
    fn active(cells: &Cells) -> E::ActiveModel {
        let mut active = <E::ActiveModel as ActiveModelTrait>::default();
        for column in E::Column::iter() {
            if let Some(value) = cells.get(column.as_str()) {
                active.set(column, value.clone());
            }
        }
        active
    }

    fn cells(model: &E::Model) -> Cells {
        E::Column::iter().map(|column| (column.as_str(), model.get(column))).collect()
    }
}

#[async_trait::async_trait(?Send)]
impl<E: Table> Rows for Of<E>
where
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
    E::PrimaryKey: PrimaryKeyTrait<ValueType = Uuid>,
{
    fn name(&self) -> &'static str {
        E::default().table_name()
    }

    async fn insert(&self, writer: &Writer, cells: &Cells) -> Result<Cells> {
        let made = Repository::<_, E>::new(writer).insert(Self::active(cells)).await;
        made.map(|model| Self::cells(&model))
    }

    async fn update(&self, writer: &Writer, cells: &Cells) -> Result<Cells> {
        let changed = Repository::<_, E>::new(writer).update(Self::active(cells)).await;
        changed.map(|model| Self::cells(&model))
    }

    async fn delete(&self, writer: &Writer, id: Uuid) -> Result<bool> {
        Repository::<_, E>::new(writer).delete(id).await
    }
}

/// Rows that any table takes, each with parents of its own.
pub(crate) struct Maker {
    schema: Schema,
    tables: Vec<Box<dyn AnyTable>>,
    writer: Writer,
    made: u32,
}

impl Maker {
    pub(crate) async fn new(writer: &Writer) -> Self {
        Self {
            schema: Schema::read(writer).await,
            tables: tables(almanac_database::Database::Astrid),
            writer: writer.clone(),
            made: 0,
        }
    }

    /// A row of a table that can be inserted; its parents are.
    pub(crate) async fn cells(&mut self, name: &str) -> Cells {
        let Self { schema, tables, writer, made } = self;
        let mut sampler = Sampler { schema, tables, writer, made: *made };
        let table = sampler.table(name);
        let mut cells = sampler.cells(table, Extent::Full).await;
        self.made = sampler.made;
        // The database works it out.
        cells.remove("healpix");
        settle(name, &mut cells);
        cells
    }

    /// The column of that name.
    pub(crate) fn column(&self, table: &str, name: &str) -> &'static str {
        self.known(table, name).name
    }

    /// The value of a column that `text` stands for; `null` for none.
    pub(crate) fn value(&self, table: &str, column: &str, text: &str) -> Value {
        let column = self.known(table, column);
        if text == "null" {
            return value(&column, 0).as_null();
        }
        match column.kind {
            Kind::Decimal => text.parse::<Decimal>().unwrap().into(),
            Kind::Int => text.parse::<i32>().unwrap().into(),
            Kind::Boolean => text.parse::<bool>().unwrap().into(),
            Kind::Json => Value::Json(Some(Box::new(serde_json::from_str(text).unwrap()))),
            _ => text.into(),
        }
    }

    fn known(&self, table: &str, name: &str) -> Column {
        let table = self.tables.iter().find(|any| any.name() == table).expect("a table");
        table.columns().into_iter().find(|column| column.name == name).expect("a column")
    }
}
