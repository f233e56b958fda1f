//! A row with only the columns that were asked for.

use std::sync::Arc;

use almanac_entity::{Kind, Table, kind};
use sea_orm::{
    DbErr, IdenStatic, Iterable, ModelTrait, QueryResult, Value, prelude::Decimal,
    sea_query::ValueType,
};

use crate::{Key, cell::cell};

/// A row of a table, holding the columns that were asked for and no other.
#[derive(Debug)]
pub struct Row<E: Table> {
    columns: Columns<E>,
    values: Arc<[Value]>,
    /// Of the distance from the cone that the rows were looked for in.
    haversine: Option<f64>,
}

impl<E: Table> Clone for Row<E> {
    fn clone(&self) -> Self {
        Self {
            columns: self.columns.clone(),
            values: self.values.clone(),
            haversine: self.haversine,
        }
    }
}

/// The columns of rows read together, with what each holds.
pub(crate) type Columns<E> = Arc<[(<E as sea_orm::EntityTrait>::Column, Kind)]>;

/// `columns` with what each holds, none twice.
pub(crate) fn columns<E: Table>(columns: &[E::Column]) -> Columns<E> {
    let mut distinct: Vec<(E::Column, Kind)> = Vec::with_capacity(columns.len());
    for column in columns {
        if !distinct.iter().any(|(other, _)| other.as_str() == column.as_str()) {
            distinct.push((*column, kind(column)));
        }
    }
    distinct.into()
}

impl<E: Table> Row<E> {
    /// Reads the row whose cells stand in the order of `columns`.
    pub(crate) fn read(result: &QueryResult, columns: &Columns<E>) -> Result<Self, DbErr> {
        let values = columns
            .iter()
            .enumerate()
            .map(|(index, (_, kind))| cell(result, index, *kind))
            .collect::<Result<_, _>>()?;
        Ok(Self { columns: columns.clone(), values, haversine: None })
    }

    /// Reads the row with its distance from a cone, of which the haversine stands behind the cells.
    pub(crate) fn read_near(result: &QueryResult, columns: &Columns<E>) -> Result<Self, DbErr> {
        let haversine = result.try_get_by_index(columns.len())?;
        Ok(Self { haversine, ..Self::read(result, columns)? })
    }

    /// The haversine of the distance from the centre of the cone that was asked for, if one was.
    pub(crate) fn haversine(&self) -> Option<f64> {
        self.haversine
    }

    /// The great-circle distance from the centre of the cone that was asked for, degrees, if one was.
    pub fn separation_deg(&self) -> Option<f64> {
        self.haversine.map(crate::sky::distance)
    }

    /// The row with the haversine of its distance from a cone.
    pub(crate) fn measured(self, haversine: f64) -> Self {
        Self { haversine: Some(haversine), ..self }
    }

    /// The row of a model, with all columns.
    pub fn of_model(model: &E::Model) -> Self {
        let columns = columns::<E>(&E::Column::iter().collect::<Vec<_>>());
        let values = columns.iter().map(|(column, _)| model.get(*column)).collect();
        Self { columns, values, haversine: None }
    }

    /// The row with fewer columns; those that it does not hold are null.
    pub(crate) fn narrowed(&self, columns: &Columns<E>) -> Self {
        let value = |(column, _): &(E::Column, Kind)| {
            self.value(*column).cloned().unwrap_or(Value::Bool(None))
        };
        let values = columns.iter().map(value).collect();
        Self { columns: columns.clone(), values, haversine: None }
    }

    /// The cell of `column`; none where the column was not asked for.
    pub fn value(&self, column: E::Column) -> Option<&Value> {
        let mut columns = self.columns.iter();
        let index = columns.position(|(other, _)| other.as_str() == column.as_str())?;
        Some(&self.values[index])
    }

    /// The cells with what they hold, in the order of the columns.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (E::Column, Kind, &Value)> {
        self.columns
            .iter()
            .zip(&*self.values)
            .map(|((column, kind), value)| (*column, *kind, value))
    }

    /// The cell of `column` as a key to look rows up by; none where it is null or not a key.
    pub fn key(&self, column: E::Column) -> Option<Key> {
        self.value(column).and_then(Key::of)
    }

    /// The cell of `column` as a number.
    pub fn float(&self, column: E::Column) -> Option<f64> {
        match self.value(column)? {
            Value::Double(number) => *number,
            _ => None,
        }
    }

    /// The cell of `column` as a decimal.
    pub fn decimal(&self, column: E::Column) -> Option<Decimal> {
        match self.value(column)? {
            Value::Decimal(number) => *number,
            _ => None,
        }
    }

    /// Whether the cell of `column` says yes.
    pub fn is(&self, column: E::Column) -> bool {
        matches!(self.value(column), Some(Value::Bool(Some(true))))
    }

    /// The cell of `column` as a word of a vocabulary.
    pub fn word<T: ValueType>(&self, column: E::Column) -> Option<T> {
        self.value(column).and_then(|value| T::try_from(value.clone()).ok())
    }

    /// The cell of `column` as text.
    pub fn text(&self, column: E::Column) -> Option<&str> {
        match self.value(column)? {
            Value::String(text) => text.as_deref(),
            _ => None,
        }
    }
}
