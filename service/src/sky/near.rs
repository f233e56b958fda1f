//! Rows with their distance from where they were looked for.

use almanac_entity::Table;
use sea_orm::{
    ConnectionTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait,
    sea_query::SelectStatement,
};

use super::{Cone, distance, haversine_of};
use crate::{Error, Filter, Repository, Result, page::terms_of};

pub(crate) const ARCSEC_OF_A_DEGREE: f64 = 3_600.0;

/// What the haversine is called among the columns of a statement.
pub(crate) const HAVERSINE: &str = "haversine";

/// A row with its distance from where it was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Near<M> {
    /// The row.
    pub row: M,
    /// Great-circle distance, arcseconds.
    pub separation_arcsec: f64,
}

impl<C: ConnectionTrait, E: Table> Repository<'_, C, E> {
    /// The rows in a cone that `filter` lets through, nearest first; at most `limit`.
    ///
    /// # Errors
    /// The rows of the table have no position, or the engine fails.
    pub async fn list_near(
        &self,
        cone: &Cone,
        filter: &Filter<E>,
        limit: u64,
    ) -> Result<Vec<Near<E::Model>>> {
        let filter = Filter::cone(*cone)?.and(filter.clone());
        let mut select = E::find().filter(filter.condition()).limit(limit);
        for term in terms_of(&filter, &[]) {
            term.apply(QueryTrait::query(&mut select), self.connection.get_database_backend());
        }
        self.near(cone, select.into_query()).await
    }

    /// What `select`, which selects whole rows, finds, each with its distance from the centre.
    pub(crate) async fn near<M: FromQueryResult>(
        &self,
        cone: &Cone,
        mut select: SelectStatement,
    ) -> Result<Vec<Near<M>>> {
        let haversine = haversine_of::<E>(cone)
            .ok_or_else(|| Error::invalid("position", format!("{} has none", E::NAME)))?;
        select.expr_as(haversine, HAVERSINE);
        let rows = self.connection.query_all(&select).await?;
        let near = |result: &sea_orm::QueryResult| -> Result<Near<M>> {
            let haversine: f64 = result.try_get("", HAVERSINE)?;
            let separation_arcsec = distance(haversine) * ARCSEC_OF_A_DEGREE;
            Ok(Near { row: M::from_query_result(result, "")?, separation_arcsec })
        };
        rows.iter().map(near).collect()
    }
}
