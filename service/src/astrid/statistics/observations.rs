//! How many observations there are, and how far they have come.

use almanac_entity::astrid::{ObservationStatus, observation};
use observation::Column::{FilterBand, ObservationTime, Status, SurveyId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    prelude::{DateTimeUtc, Uuid},
    sea_query::{Asterisk, Expr, Func},
};

use super::{DayCount, day, days, first_day};
use crate::{Repository, Result};

/// How many observations there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObservationStats {
    /// All of them.
    pub total: u64,
    /// Those that nothing was done with yet.
    pub pending: u64,
    /// Those on their way: being preprocessed, preprocessed, or being subtracted from.
    pub processing: u64,
    /// Those from which a reference was subtracted.
    pub processed: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those put away.
    pub archived: u64,
    /// How many each survey has, by the keys of the surveys.
    pub by_survey: Vec<SurveyCount>,
    /// How many were made through each filter, by the names of the filters.
    pub by_filter: Vec<(String, u64)>,
    /// How many were begun on each of the last 30 days that has some.
    pub per_day: Vec<DayCount>,
}

/// How many observations a survey has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurveyCount {
    /// The survey.
    pub survey_id: Uuid,
    /// How many.
    pub count: u64,
}

impl<C: ConnectionTrait> Repository<'_, C, observation::Entity> {
    /// How many observations there are, by state, survey, filter and day. Four statements.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn statistics(&self, now: DateTimeUtc) -> Result<ObservationStats> {
        use ObservationStatus::{
            Archived, Differenced, Differencing, Failed, Ingested, Preprocessed, Preprocessing,
        };
        let mut stats = ObservationStats::default();
        let states: Vec<(ObservationStatus, i64)> =
            counted(Status).into_tuple().all(self.connection).await?;
        for (status, count) in states {
            let count = count.unsigned_abs();
            stats.total += count;
            *match status {
                Ingested => &mut stats.pending,
                Preprocessing | Preprocessed | Differencing => &mut stats.processing,
                Differenced => &mut stats.processed,
                Failed => &mut stats.failed,
                Archived => &mut stats.archived,
            } += count;
        }
        let surveys: Vec<(Uuid, i64)> = counted(SurveyId).into_tuple().all(self.connection).await?;
        let of_survey = |(survey_id, count): (Uuid, i64)| SurveyCount {
            survey_id,
            count: count.unsigned_abs(),
        };
        stats.by_survey = surveys.into_iter().map(of_survey).collect();
        stats.by_survey.sort_unstable_by_key(|of| of.survey_id);
        let filters: Vec<(String, i64)> =
            counted(FilterBand).into_tuple().all(self.connection).await?;
        let of_filter = |(filter, count): (String, i64)| (filter, count.unsigned_abs());
        stats.by_filter = filters.into_iter().map(of_filter).collect();
        stats.by_filter.sort_unstable();
        let backend = self.connection.get_database_backend();
        let mut select = observation::Entity::find()
            .select_only()
            .filter(ObservationTime.gte(first_day(now)))
            .filter(ObservationTime.lte(now));
        QueryTrait::query(&mut select)
            .expr(day(ObservationTime, backend))
            .expr(Func::count(Expr::col(Asterisk)))
            .add_group_by([day(ObservationTime, backend)]);
        stats.per_day = days(select.into_tuple().all(self.connection).await?);
        Ok(stats)
    }
}

fn counted(column: observation::Column) -> sea_orm::Select<observation::Entity> {
    let mut select = observation::Entity::find().select_only().column(column);
    QueryTrait::query(&mut select)
        .expr(Func::count(Expr::col(Asterisk)))
        .group_by_col(column.as_column_ref());
    select
}
