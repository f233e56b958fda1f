//! The row that a record is about, whichever its table.

use almanac_entity::{Database, Table, Visitor, visit};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, Iterable, PrimaryKeyToColumn, QueryFilter, QueryResult,
    QueryTrait, prelude::Uuid, sea_query::SelectStatement,
};

use crate::{
    Error, Result, Row,
    record::{self, Cells},
    repository::select_columns,
    row,
};

/// The cells of a row as the log writes them, if there is one. `entity_type` is its table in the singular.
pub(super) async fn present(
    connection: &impl ConnectionTrait,
    entity_type: &str,
    id: Uuid,
) -> Result<Option<Cells>> {
    let mut search = Search { entity_type, id, found: None };
    visit(Database::Astrid, &mut search);
    let unknown = || {
        let message = format!("{entity_type:?} is no table in the singular that the log follows");
        Error::breaks("unknown", "entity_type", message)
    };
    let (select, read) = search.found.ok_or_else(unknown)?;
    let result = connection.query_one(&select).await?;
    Ok(result.as_ref().map(read).transpose()?)
}

/// How a row's cells are read from what its table answered.
type Read = fn(&QueryResult) -> std::result::Result<Cells, DbErr>;

struct Search<'s> {
    entity_type: &'s str,
    id: Uuid,
    found: Option<(SelectStatement, Read)>,
}

impl Visitor for Search<'_> {
    fn visit<T: Table>(&mut self) {
        let is_log = T::default().table_name() == "audit_log";
        if is_log || record::singular::<T>() != self.entity_type {
            return;
        }
        let columns = row::columns::<T>(&T::Column::iter().collect::<Vec<_>>());
        let key = T::PrimaryKey::iter().next().map(PrimaryKeyToColumn::into_column);
        self.found = key.map(|key| {
            let select = select_columns::<T>(&columns).filter(key.eq(self.id));
            (select.into_query(), read::<T> as Read)
        });
    }
}

fn read<T: Table>(result: &QueryResult) -> std::result::Result<Cells, DbErr> {
    let columns = row::columns::<T>(&T::Column::iter().collect::<Vec<_>>());
    Ok(record::audit_cells(&Row::<T>::read(result, &columns)?))
}
