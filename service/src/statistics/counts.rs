//! Totals, and what is new.

use almanac_entity::{
    Table, UnixTime,
    products::{EseCandidateStatus, ese_candidate, image, photometry, variability_stat},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName,
    sea_query::{Asterisk, Expr, ExprTrait, Func, Query},
};

use super::{SECONDS_OF_A_DAY, TimeRange};
use crate::{Filter, Repository, Result};

/// How many rows there are, and how many of them are new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecentCount {
    /// All of them.
    pub total: u64,
    /// Those of the span asked about.
    pub recent: u64,
}

impl<C: ConnectionTrait, E: Table> Repository<'_, C, E> {
    /// How many rows there are, and how many of them have their time in `range`. One statement.
    async fn recent_count(&self, time: E::Column, range: TimeRange) -> Result<RecentCount> {
        let column = || Expr::col(time.as_column_ref());
        let recent = column().gte(range.from.0).and(column().lte(range.to.0));
        let select = Query::select()
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(Func::count(Expr::case(recent, 1)))
            .from(E::default().table_ref())
            .to_owned();
        let Some(result) = self.connection.query_one(&select).await? else {
            return Ok(RecentCount::default());
        };
        let (total, recent): (i64, i64) = result.try_get_many_by_index()?;
        Ok(RecentCount { total: total.unsigned_abs(), recent: recent.unsigned_abs() })
    }
}

impl<C: ConnectionTrait> Repository<'_, C, image::Entity> {
    /// How many images there are, and how many were made in `range`. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn count_recent(&self, range: TimeRange) -> Result<RecentCount> {
        self.recent_count(image::Column::CreatedAt, range).await
    }
}

impl<C: ConnectionTrait> Repository<'_, C, photometry::Entity> {
    /// How many sources were ever measured. Where their statistics were brought up to date within the day
    /// before `now`, these are counted: they are a thousand times fewer than the measurements. One
    /// statement, else two.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn count_sources(&self, now: UnixTime) -> Result<u64> {
        let fresh = Query::select()
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(variability_stat::Column::UpdatedAt.max())
            .from(variability_stat::Entity.table_ref())
            .to_owned();
        if let Some(result) = self.connection.query_one(&fresh).await? {
            let (count, updated): (i64, Option<f64>) = result.try_get_many_by_index()?;
            if updated.is_some_and(|updated| updated >= now.0 - SECONDS_OF_A_DAY) {
                return Ok(count.unsigned_abs());
            }
        }
        let select = Query::select()
            .expr(Func::count_distinct(photometry::Column::SourceId.into_expr()))
            .from(photometry::Entity.table_ref())
            .to_owned();
        let Some(result) = self.connection.query_one(&select).await? else { return Ok(0) };
        let count: i64 = result.try_get_by_index(0)?;
        Ok(count.unsigned_abs())
    }
}

impl<C: ConnectionTrait> Repository<'_, C, ese_candidate::Entity> {
    /// How many candidates are to be looked at.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn count_active(&self) -> Result<u64> {
        let status = ese_candidate::Column::Status;
        // The database's default where an old file says nothing.
        let active = Filter::eq(status, EseCandidateStatus::Active);
        self.count(&Filter::Any(vec![active, Filter::Null(status, true)])).await
    }
}
