//! How much was done in each hour.

use std::collections::HashMap;

use almanac_entity::{
    Table,
    ingest::{IngestState, ingest_group},
    products::{image, job, ms_index},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{Asterisk, Expr, ExprTrait, Func, Query},
};

use super::{SECONDS_OF_AN_HOUR, TimeRange};
use crate::{Filter, Repository, Result, aggregate::whole, products::StatusGroup};

impl<C: ConnectionTrait, E: Table> Repository<'_, C, E> {
    /// How many rows of `filter` have their time in each of the hours that `range` touches, in the order
    /// of [`TimeRange::hours`]; hours without a row have 0. One statement.
    async fn count_by_hour(
        &self,
        time: E::Column,
        filter: &Filter<E>,
        range: TimeRange,
    ) -> Result<Vec<u64>> {
        let column = || Expr::col(time.as_column_ref());
        let backend = self.connection.get_database_backend();
        let select = Query::select()
            .expr_as(whole(column().div(SECONDS_OF_AN_HOUR), backend), "hour_number")
            .expr(Func::count(Expr::col(Asterisk)))
            .from(E::default().table_ref())
            .cond_where(filter.condition())
            .and_where(column().gte(range.from.0))
            .and_where(column().lt(range.to.0))
            .group_by_col("hour_number")
            .to_owned();
        let mut counts: HashMap<i64, u64> = HashMap::new();
        for result in self.connection.query_all(&select).await? {
            let (hour, count): (i64, i64) = result.try_get_many_by_index()?;
            counts.insert(hour, count.unsigned_abs());
        }
        let hours = range.first_hour()..range.last_hour();
        Ok(hours.map(|hour| counts.get(&hour).copied().unwrap_or_default()).collect())
    }
}

impl<C: ConnectionTrait> Repository<'_, C, ingest_group::Entity> {
    /// Groups that began to arrive in each hour; see [`TimeRange::hours`].
    ///
    /// # Errors
    /// The engine fails.
    pub async fn received_by_hour(&self, range: TimeRange) -> Result<Vec<u64>> {
        let time = ingest_group::Column::ReceivedAt;
        self.count_by_hour(time, &Filter::default(), range).await
    }

    /// Groups that are completed, by the hour in which they changed last; see [`TimeRange::hours`].
    ///
    /// # Errors
    /// The engine fails.
    pub async fn completed_by_hour(&self, range: TimeRange) -> Result<Vec<u64>> {
        let completed = Filter::eq(ingest_group::Column::State, IngestState::Completed);
        self.count_by_hour(ingest_group::Column::LastUpdate, &completed, range).await
    }
}

impl<C: ConnectionTrait> Repository<'_, C, ms_index::Entity> {
    /// Measurement sets processed in each hour; see [`TimeRange::hours`].
    ///
    /// # Errors
    /// The engine fails.
    pub async fn processed_by_hour(&self, range: TimeRange) -> Result<Vec<u64>> {
        self.count_by_hour(ms_index::Column::ProcessedAt, &Filter::default(), range).await
    }
}

impl<C: ConnectionTrait> Repository<'_, C, image::Entity> {
    /// Images made in each hour; see [`TimeRange::hours`].
    ///
    /// # Errors
    /// The engine fails.
    pub async fn made_by_hour(&self, range: TimeRange) -> Result<Vec<u64>> {
        self.count_by_hour(image::Column::CreatedAt, &Filter::default(), range).await
    }
}

impl<C: ConnectionTrait> Repository<'_, C, job::Entity> {
    /// Jobs of a group of statuses that ended in each hour; see [`TimeRange::hours`].
    ///
    /// # Errors
    /// The engine fails.
    pub async fn ended_by_hour(&self, status: StatusGroup, range: TimeRange) -> Result<Vec<u64>> {
        let filter = status.filter(job::Column::Status);
        self.count_by_hour(job::Column::FinishedAt, &filter, range).await
    }
}
