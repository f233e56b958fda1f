//! Observations in the index: which subband files came together, and how many there are.

use std::collections::BTreeMap;

use almanac_entity::hdf5::hdf5_file;
use hdf5_file::Column::{
    DecDeg, FileSizeBytes, GroupId, Path, Stored, SubbandCode, SubbandNum, TimestampIso,
    TimestampMjd,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, SimpleExpr},
};

use super::{ACCEPTABLE_SUBBANDS, SUBBANDS, SubbandCluster, SubbandFile, cluster};
use crate::{Comparison, Error, Filter, Order, Repository, Result, Writable};

/// Files that are put together at once: some three weeks of observing around the clock.
const MOST_FILES: u64 = 100_000;
const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// Which observations are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObservationQuery {
    /// The earliest, MJD.
    pub from_mjd: f64,
    /// The latest, MJD.
    pub to_mjd: f64,
    /// How far files are looked for beyond these times, so that an observation at the edge is whole,
    /// seconds.
    pub tolerance_sec: f64,
    /// How far the files of one observation are apart at the most, seconds.
    pub cluster_tolerance_sec: f64,
    /// Whether only files count that are still on disk.
    pub only_stored: bool,
    /// With fewer subbands an observation is left out.
    pub min_subbands: usize,
}

impl ObservationQuery {
    /// The observations of a time that have 12 subbands or more, of files still on disk, each of files
    /// within a minute.
    pub fn new(from_mjd: f64, to_mjd: f64) -> Self {
        Self {
            from_mjd,
            to_mjd,
            tolerance_sec: 60.0,
            cluster_tolerance_sec: 60.0,
            only_stored: true,
            min_subbands: ACCEPTABLE_SUBBANDS,
        }
    }
}

/// An observation that has as many subbands as were asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct CompleteGroup {
    /// Its id: the timestamp of its subband 0, else of its first file.
    pub group_id: String,
    /// The timestamp of its first file, MJD.
    pub first_mjd: f64,
    /// How many subbands it has.
    pub subbands: u64,
}

/// Files of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateCount {
    /// The day, UTC, as `YYYY-MM-DD`.
    pub date: String,
    /// Number of files.
    pub files: u64,
}

/// Files of subband 0 at one declination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeclinationCount {
    /// The declination to the nearest degree; null where no header was read.
    pub dec_deg: Option<i32>,
    /// Number of files.
    pub files: u64,
}

/// What the index holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexStats {
    /// Number of files.
    pub files: u64,
    /// Number of those that are still on disk.
    pub stored: u64,
    /// Files by day, the earliest first.
    pub by_date: Vec<DateCount>,
    /// Files of subband 0 by declination, the southernmost first, unknown ones at the end.
    pub by_declination: Vec<DeclinationCount>,
}

type Cells = (String, String, f64, Option<i32>, String, Option<i64>);

impl<C: ConnectionTrait> Repository<'_, C, hdf5_file::Entity> {
    /// The files with a timestamp, by subband.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_group(&self, group_id: &str) -> Result<Vec<hdf5_file::Model>> {
        let order = [Order::asc(SubbandNum)];
        self.slice(&Filter::eq(GroupId, group_id), &order, MOST_FILES, 0).await
    }

    /// The files of a time, both ends included, by time and then by subband.
    ///
    /// # Errors
    /// A bound is not a finite number, they are the wrong way round, or the engine fails.
    pub async fn list_by_time_range(
        &self,
        from_mjd: f64,
        to_mjd: f64,
        stored_only: bool,
        limit: u64,
    ) -> Result<Vec<hdf5_file::Model>> {
        check_range(from_mjd, to_mjd)?;
        let filter = between(from_mjd, to_mjd, stored_only);
        self.slice(&filter, &[Order::asc(TimestampMjd), Order::asc(SubbandNum)], limit, 0).await
    }

    /// The observations of a time, each with its 16 places, the earliest first. An observation is of the
    /// time when its id is. Observations lie further apart than the tolerances.
    ///
    /// # Errors
    /// A bound or a tolerance is not a number of its kind, the time holds more than 100,000 files, or the
    /// engine fails.
    pub async fn query_subband_groups(
        &self,
        query: &ObservationQuery,
    ) -> Result<Vec<SubbandCluster>> {
        check_range(query.from_mjd, query.to_mjd)?;
        for (argument, seconds) in [
            ("tolerance_sec", query.tolerance_sec),
            ("cluster_tolerance_sec", query.cluster_tolerance_sec),
        ] {
            if !(0.0..=SECONDS_OF_A_DAY).contains(&seconds) {
                let message = format!("{seconds} is not a time from 0 s to a day");
                return Err(Error::invalid(argument, message));
            }
        }
        let reach = (query.tolerance_sec + query.cluster_tolerance_sec) / SECONDS_OF_A_DAY;
        let (from, to) = (query.from_mjd - reach, query.to_mjd + reach);
        let select = hdf5_file::Entity::find()
            .select_only()
            .columns([Path, GroupId, TimestampMjd, SubbandNum, SubbandCode, FileSizeBytes])
            .filter(between(from, to, query.only_stored).condition())
            .order_by_asc(TimestampMjd)
            .order_by_asc(Path)
            .limit(MOST_FILES + 1);
        let rows: Vec<Cells> = select.into_tuple().all(self.connection).await?;
        if rows.len() as u64 > MOST_FILES {
            let message = format!("more than {MOST_FILES} files lie before it; ask for less time");
            return Err(Error::invalid("to_mjd", message));
        }
        let files = rows.into_iter().filter_map(subband_file).collect();
        let mut clusters = cluster(files, query.cluster_tolerance_sec);
        clusters.retain(|cluster| {
            (query.from_mjd..=query.to_mjd).contains(&cluster.timestamp_mjd)
                && cluster.filled() >= query.min_subbands
        });
        Ok(clusters)
    }

    /// The observations of a time with at least `required` subbands still on disk, the earliest first;
    /// with `exact` only files of one and the same timestamp are one observation.
    ///
    /// # Errors
    /// As [`query_subband_groups`](Self::query_subband_groups), and `required` is not from 1 to 16.
    pub async fn find_complete_groups(
        &self,
        from_mjd: f64,
        to_mjd: f64,
        required: usize,
        exact: bool,
    ) -> Result<Vec<CompleteGroup>> {
        if !(1..=SUBBANDS).contains(&required) {
            let message = format!("{required} is not a number of subbands from 1 to 16");
            return Err(Error::invalid("required", message));
        }
        if exact {
            return self.exact_groups(from_mjd, to_mjd, required).await;
        }
        let query =
            ObservationQuery { min_subbands: required, ..ObservationQuery::new(from_mjd, to_mjd) };
        let clusters = self.query_subband_groups(&query).await?.into_iter();
        let group = |cluster: SubbandCluster| CompleteGroup {
            subbands: cluster.filled() as u64,
            first_mjd: cluster.first_mjd,
            group_id: cluster.group_id,
        };
        Ok(clusters.map(group).collect())
    }

    async fn exact_groups(
        &self,
        from_mjd: f64,
        to_mjd: f64,
        required: usize,
    ) -> Result<Vec<CompleteGroup>> {
        check_range(from_mjd, to_mjd)?;
        let subbands = || SubbandCode.into_expr().count_distinct();
        let select = hdf5_file::Entity::find()
            .select_only()
            .column(GroupId)
            .expr_as(TimestampMjd.min(), "first_mjd")
            .expr(subbands())
            .filter(between(from_mjd, to_mjd, true).condition())
            .group_by(GroupId)
            .having(subbands().gte(required as u64))
            .order_by_asc(Expr::col("first_mjd"))
            .order_by_asc(GroupId)
            .limit(MOST_FILES);
        let groups: Vec<(String, f64, i64)> = select.into_tuple().all(self.connection).await?;
        let group = |(group_id, first_mjd, subbands): (_, _, i64)| CompleteGroup {
            group_id,
            first_mjd,
            subbands: subbands.unsigned_abs(),
        };
        Ok(groups.into_iter().map(group).collect())
    }

    /// How many files the index holds, by day, by whether they are on disk, and by declination.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn stats(&self) -> Result<IndexStats> {
        let date: SimpleExpr = Func::cust("substr")
            .args([TimestampIso.into_expr(), Expr::val(1), Expr::val(10)])
            .into();
        let by_date = hdf5_file::Entity::find()
            .select_only()
            .expr_as(date, "observed_on")
            .expr(Path.count())
            .group_by(Expr::col("observed_on"))
            .order_by_asc(Expr::col("observed_on"));
        let by_date: Vec<(String, i64)> = by_date.into_tuple().all(self.connection).await?;
        let stored = hdf5_file::Entity::find()
            .select_only()
            .column(Stored)
            .expr(Path.count())
            .group_by(Stored);
        let stored: Vec<(Option<bool>, i64)> = stored.into_tuple().all(self.connection).await?;
        let declinations = hdf5_file::Entity::find()
            .select_only()
            .column(DecDeg)
            .expr(Path.count())
            .filter(SubbandCode.eq("sb00"))
            .group_by(DecDeg);
        let declinations: Vec<(Option<f64>, i64)> =
            declinations.into_tuple().all(self.connection).await?;
        let mut by_declination: BTreeMap<(bool, Option<i32>), u64> = BTreeMap::new();
        for (dec_deg, files) in declinations {
            #[expect(clippy::cast_possible_truncation, reason = "a declination is small")]
            let nearest = dec_deg.map(|dec_deg| dec_deg.round() as i32);
            *by_declination.entry((nearest.is_none(), nearest)).or_default() +=
                files.unsigned_abs();
        }
        let count = |wanted: fn(&Option<bool>) -> bool| {
            stored
                .iter()
                .filter(|(key, _)| wanted(key))
                .map(|(_, files)| files.unsigned_abs())
                .sum()
        };
        Ok(IndexStats {
            files: count(|_| true),
            stored: count(|stored| stored.unwrap_or(true)),
            by_date: by_date
                .into_iter()
                .map(|(date, files)| DateCount { date, files: files.unsigned_abs() })
                .collect(),
            by_declination: by_declination
                .into_iter()
                .map(|((_, dec_deg), files)| DeclinationCount { dec_deg, files })
                .collect(),
        })
    }
}

impl<C: Writable> Repository<'_, C, hdf5_file::Entity> {
    /// Writes a file into the index.
    ///
    /// # Errors
    /// It is there already, a value is out of range, or the engine fails.
    pub async fn add(&self, row: hdf5_file::ActiveModel) -> Result<hdf5_file::Model> {
        self.insert(row).await
    }

    /// Writes a file into the index, or changes its row. A field that is null or not given keeps what it
    /// holds.
    ///
    /// # Errors
    /// A value is out of range, or the engine fails.
    pub async fn upsert_by_path(&self, row: hdf5_file::ActiveModel) -> Result<hdf5_file::Model> {
        self.upsert(row, &[Path]).await
    }
}

/// A row as clustering sees it; none where it bears no subband. Rows of old files have only its code.
fn subband_file((path, group_id, mjd, number, code, size): Cells) -> Option<SubbandFile> {
    let of_code = || code.strip_prefix("sb")?.parse().ok();
    let subband = number.and_then(|number| u8::try_from(number).ok()).or_else(of_code)?;
    Some(SubbandFile { path, group_id, timestamp_mjd: mjd, subband, size_bytes: size })
}

fn between(from_mjd: f64, to_mjd: f64, stored_only: bool) -> Filter<hdf5_file::Entity> {
    let within = Filter::Compare(TimestampMjd, Comparison::Gte, from_mjd.into())
        .and(Filter::Compare(TimestampMjd, Comparison::Lte, to_mjd.into()));
    if stored_only {
        // Null, as in files that a first revision made, stands for stored.
        within.and(Filter::Any(vec![Filter::eq(Stored, true), Filter::Null(Stored, true)]))
    } else {
        within
    }
}

fn check_range(from_mjd: f64, to_mjd: f64) -> Result<()> {
    for (argument, mjd) in [("from_mjd", from_mjd), ("to_mjd", to_mjd)] {
        if !mjd.is_finite() {
            return Err(Error::invalid(argument, format!("{mjd} is not a finite number")));
        }
    }
    if from_mjd > to_mjd {
        let message = format!("MJD {from_mjd} lies behind to_mjd, which is {to_mjd}");
        return Err(Error::invalid("from_mjd", message));
    }
    Ok(())
}
