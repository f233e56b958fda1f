//! How complete the observation groups of each day are.

use almanac_entity::{Table, UnixTime, hdf5::hdf5_file, ingest::subband_file};
use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{Asterisk, Expr, ExprTrait, Func, Query},
};

use super::TimeRange;
use crate::{Repository, Result};

/// Subbands of a full group.
pub const FULL_GROUP: i64 = 16;
/// Subbands of the least complete group that is still of use.
pub const USABLE_GROUP: i64 = 12;

/// The groups that were observed in a day, or an hour of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completeness {
    /// The day, `YYYY-MM-DD`, UTC.
    pub day: String,
    /// The hour of the day, where hours were asked for.
    pub hour: Option<u8>,
    /// Groups of 16 subbands or more.
    pub complete: u64,
    /// Groups of 12 to 15 subbands.
    pub incomplete: u64,
    /// Groups of fewer.
    pub fragments: u64,
    /// Subbands of all of them.
    pub subbands: u64,
}

impl<C: ConnectionTrait> Repository<'_, C, hdf5_file::Entity> {
    /// The groups in the index of raw files, by day of observation or by hour. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn completeness(&self, range: TimeRange, by_hour: bool) -> Result<Vec<Completeness>> {
        let (group, subband) = (hdf5_file::Column::GroupId, hdf5_file::Column::SubbandCode);
        self.group_completeness(group, subband, range, by_hour).await
    }
}

impl<C: ConnectionTrait> Repository<'_, C, subband_file::Entity> {
    /// The groups of the ingest queue, by day of observation or by hour. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn completeness(&self, range: TimeRange, by_hour: bool) -> Result<Vec<Completeness>> {
        let (group, subband) = (subband_file::Column::GroupId, subband_file::Column::SubbandIdx);
        self.group_completeness(group, subband, range, by_hour).await
    }
}

/// A group's name from an instant on, as its text sorts.
fn name(at: UnixTime) -> String {
    let time = at.date_time().map(|time| time.format("%Y-%m-%dT%H:%M:%S").to_string());
    time.unwrap_or_default()
}

impl<C: ConnectionTrait, E: Table> Repository<'_, C, E> {
    async fn group_completeness(
        &self,
        group: E::Column,
        subband: E::Column,
        range: TimeRange,
        by_hour: bool,
    ) -> Result<Vec<Completeness>> {
        let group_id = || Expr::col(group.as_column_ref());
        let groups = Query::select()
            .expr_as(group_id(), "observed")
            .expr_as(Func::count_distinct(Expr::col(subband.as_column_ref())), "subbands")
            .from(E::default().table_ref())
            .and_where(group_id().gte(name(range.from())))
            .and_where(group_id().lt(name(range.to())))
            .group_by_col(group.as_column_ref())
            .to_owned();
        let length = if by_hour { 13 } else { 10 };
        let time = Func::cust("SUBSTR").arg(Expr::col("observed")).arg(1).arg(length);
        let subbands = || Expr::col("subbands");
        let count = |those| Func::count(Expr::case(those, 1));
        let select = Query::select()
            .expr_as(time, "observed_in")
            .expr(count(subbands().gte(FULL_GROUP)))
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(count(subbands().lt(USABLE_GROUP)))
            .expr(Func::sum(subbands()).cast_as("BIGINT"))
            .from_subquery(groups, "observed_groups")
            .group_by_col("observed_in")
            .order_by("observed_in", sea_orm::Order::Asc)
            .to_owned();
        let mut cells = Vec::new();
        for result in self.connection.query_all(&select).await? {
            let (time, complete, all, fragments, subbands): (String, i64, i64, i64, i64) =
                result.try_get_many_by_index()?;
            cells.push(Completeness {
                hour: time.get(11..13).and_then(|hour| hour.parse().ok()),
                day: time.get(..10).unwrap_or(&time).to_owned(),
                complete: complete.unsigned_abs(),
                incomplete: (all - complete - fragments).unsigned_abs(),
                fragments: fragments.unsigned_abs(),
                subbands: subbands.unsigned_abs(),
            });
        }
        Ok(cells)
    }
}
