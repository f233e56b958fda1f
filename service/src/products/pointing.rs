//! Where the telescope pointed.

use std::collections::BTreeMap;

use almanac_entity::{
    UnixTime,
    products::pointing::{self, Column},
};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, DbBackend, EntityName, EntityTrait, QueryFilter,
    sea_query::{Asterisk, BinOper, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};

use crate::{Error, Repository, Result, Writable, aggregate::whole};

/// Times below this, either way, are MJD: older writers stored that instead of seconds.
const MJD_BELOW: f64 = 1e6;
/// Points of a history, at the most.
const MOST_POINTS: u64 = 10_000;
const SECONDS_OF_A_DAY: f64 = 86_400.0;
/// Days that a question may span.
const MOST_DAYS: f64 = 366.0;
/// Steps of the declinations that shares of time are added up for, in one degree.
const STEPS_OF_A_DEGREE: f64 = 10.0;

/// The instant that a stored time stands for, whether it is Unix time or MJD.
pub fn instant(stored: UnixTime) -> UnixTime {
    if stored.0.abs() < MJD_BELOW { UnixTime::from_mjd(stored.0) } else { stored }
}

/// A pointing that is logged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewPointing {
    /// When.
    pub timestamp: UnixTime,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Elevation, degrees.
    pub alt_deg: Option<f64>,
    /// Azimuth, degrees.
    pub az_deg: Option<f64>,
    /// Local sidereal time, hours.
    pub lst_hours: Option<f64>,
    /// Field observed.
    pub field_name: Option<String>,
}

/// The telescope was moved in declination.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclinationChange {
    /// When it pointed there first.
    pub at: UnixTime,
    /// Where it pointed before, degrees.
    pub from_deg: f64,
    /// Where it points from then on, degrees.
    pub to_deg: f64,
}

/// How long the telescope pointed to a declination.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclinationShare {
    /// The declination, degrees, to a tenth.
    pub dec_deg: f64,
    /// Pointings that were logged.
    pub pointings: u64,
    /// Time, hours: a telescope points where it was last seen to point.
    pub hours: f64,
    /// The same as a fraction of all, 0 to 1.
    pub fraction: f64,
}

impl<C: ConnectionTrait> Repository<'_, C, pointing::Entity> {
    /// The pointings from `from` to `to`, both included, earliest first; at most `max_points`, which are
    /// then every so-many-th and the last. Two statements.
    ///
    /// # Errors
    /// `from` lies behind `to`, `max_points` is not from 2 to 10,000, or the engine fails.
    pub async fn history(
        &self,
        from: UnixTime,
        to: UnixTime,
        max_points: u64,
    ) -> Result<Vec<pointing::Model>> {
        check_range(from, to, f64::INFINITY)?;
        if !(2..=MOST_POINTS).contains(&max_points) {
            let message = format!("{max_points} is not from 2 to {MOST_POINTS}");
            return Err(Error::invalid("max_points", message));
        }
        let total = Query::select()
            .expr(Func::count(Expr::col(Asterisk)))
            .from(pointing::Entity.table_ref())
            .cond_where(within(from, to))
            .to_owned();
        let total: i64 = match self.connection.query_one(&total).await? {
            Some(result) => result.try_get_by_index(0)?,
            None => 0,
        };
        let most = i64::try_from(max_points).unwrap_or(i64::MAX);
        let mut points = if total <= most {
            pointing::Entity::find().filter(within(from, to)).all(self.connection).await?
        } else {
            // The first, every so-many-th behind it, and the last: never more than was asked for.
            let step = (total - 1 + most - 2) / (most - 1);
            let numbered = numbered(from, to);
            let place = || Expr::col("place").sub(1);
            let mut select = Query::select();
            for column in COLUMNS {
                select.column(column);
            }
            select
                .from_subquery(numbered, "numbered")
                .and_where(place().modulo(step).eq(0).or(place().eq(total - 1)));
            let results = self.connection.query_all(&select).await?;
            let rows = results
                .iter()
                .map(|result| sea_orm::FromQueryResult::from_query_result(result, ""));
            rows.collect::<std::result::Result<Vec<pointing::Model>, _>>()?
        };
        for point in &mut points {
            point.timestamp = instant(point.timestamp);
        }
        points.sort_by(|a, b| a.timestamp.0.total_cmp(&b.timestamp.0));
        Ok(points)
    }

    /// The pointing logged last.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn latest(&self) -> Result<Option<pointing::Model>> {
        let mut select = pointing::Entity::find();
        sea_orm::QueryTrait::query(&mut select)
            .order_by_expr(stored_instant(), sea_orm::Order::Desc)
            .limit(1);
        let latest = select.one(self.connection).await?;
        Ok(latest.map(|latest| pointing::Model { timestamp: instant(latest.timestamp), ..latest }))
    }

    /// When the telescope was moved by `min_step_deg` or more in declination, from `from` to `to`, of a
    /// year at the most. Small steps in a row add up.
    ///
    /// # Errors
    /// A bound or the step cannot be used, or the engine fails.
    pub async fn declination_changes(
        &self,
        from: UnixTime,
        to: UnixTime,
        min_step_deg: f64,
    ) -> Result<Vec<DeclinationChange>> {
        check_range(from, to, MOST_DAYS)?;
        if !(min_step_deg.is_finite() && min_step_deg > 0.0) {
            let message = format!("{min_step_deg} is not a positive number of degrees");
            return Err(Error::invalid("min_step_deg", message));
        }
        // Only where the declination is not what it was before.
        let pairs = Query::select()
            .expr_as(stored_instant(), "at")
            .expr_as(Column::DecDeg.into_expr(), "declination")
            .expr_as(Expr::cust(format!("LAG(dec_deg) OVER (ORDER BY {INSTANT})")), "before")
            .from(pointing::Entity.table_ref())
            .cond_where(within(from, to))
            .to_owned();
        let select = Query::select()
            .columns(["at", "declination"])
            .from_subquery(pairs, "pairs")
            .and_where(
                Expr::col("before").is_null().or(Expr::col("before").ne(Expr::col("declination"))),
            )
            .order_by("at", sea_orm::Order::Asc)
            .to_owned();
        let mut changes = Vec::new();
        let mut current: Option<f64> = None;
        for result in self.connection.query_all(&select).await? {
            let (at, to_deg): (f64, f64) = result.try_get_many_by_index()?;
            let Some(from_deg) = current else {
                current = Some(to_deg);
                continue;
            };
            if (to_deg - from_deg).abs() >= min_step_deg {
                changes.push(DeclinationChange { at: UnixTime(at), from_deg, to_deg });
                current = Some(to_deg);
            }
        }
        Ok(changes)
    }

    /// How long the telescope pointed to each declination within the `days` before `now`, from the first
    /// pointing that was logged then; the longest first. One statement.
    ///
    /// # Errors
    /// `days` is not above 0 and at most 366, or the engine fails.
    pub async fn summary(&self, days: f64, now: UnixTime) -> Result<Vec<DeclinationShare>> {
        if !(days.is_finite() && days > 0.0 && days <= MOST_DAYS) {
            let message = format!("{days} is not above 0 and at most {MOST_DAYS}");
            return Err(Error::invalid("days", message));
        }
        let from = UnixTime(now.0 - days * SECONDS_OF_A_DAY);
        let backend = self.connection.get_database_backend();
        let select = shares(from, now, backend);
        let mut shares = Vec::new();
        for result in self.connection.query_all(&select).await? {
            let (step, pointings, seconds): (i64, i64, f64) = result.try_get_many_by_index()?;
            #[expect(clippy::cast_precision_loss, reason = "declinations are small numbers")]
            let dec_deg = (step as f64 - 90.0 * STEPS_OF_A_DEGREE) / STEPS_OF_A_DEGREE;
            shares.push(DeclinationShare {
                dec_deg,
                pointings: pointings.unsigned_abs(),
                hours: seconds / 3_600.0,
                fraction: 0.0,
            });
        }
        let hours: f64 = shares.iter().map(|share| share.hours).sum();
        for share in &mut shares {
            share.fraction = if hours > 0.0 { share.hours / hours } else { 0.0 };
        }
        shares.sort_by(|a, b| b.hours.total_cmp(&a.hours));
        Ok(shares)
    }
}

impl<C: Writable> Repository<'_, C, pointing::Entity> {
    /// Logs a pointing; one of the same time is replaced. The statements belong in one transaction.
    ///
    /// # Errors
    /// The time or the position is out of range, or the engine fails.
    pub async fn log(&self, new: NewPointing) -> Result<pointing::Model> {
        if !new.timestamp.0.is_finite() || new.timestamp.0.abs() < MJD_BELOW {
            let message = format!("{} is no Unix time; is it an MJD?", new.timestamp.0);
            return Err(Error::invalid("timestamp", message));
        }
        let is_known = self.lock(new.timestamp).await?.is_some();
        let timestamp = new.timestamp;
        let row = pointing::ActiveModel {
            timestamp: if is_known { Unchanged(timestamp) } else { Set(timestamp) },
            mjd: Set(Some(timestamp.mjd())),
            ra_deg: Set(new.ra_deg),
            dec_deg: Set(new.dec_deg),
            alt_deg: Set(new.alt_deg),
            az_deg: Set(new.az_deg),
            lst_hours: Set(new.lst_hours),
            field_name: Set(new.field_name),
            ..Default::default()
        };
        if is_known { self.update(row).await } else { self.insert(row).await }
    }

    /// Takes over pointings that other databases logged: those of instants, to the millisecond, that are
    /// not logged here yet. Returns how many. The statements belong in one transaction.
    ///
    /// # Errors
    /// A position is out of range, or the engine fails.
    pub async fn merge(&self, others: &[(UnixTime, f64, f64)]) -> Result<usize> {
        let mut new: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for (stored, ra_deg, dec_deg) in others {
            if stored.0.is_finite() {
                new.entry(milliseconds(instant(*stored))).or_insert((*ra_deg, *dec_deg));
            }
        }
        let (Some(first), Some(last)) = (new.keys().next(), new.keys().next_back()) else {
            return Ok(0);
        };
        let span = (seconds(*first - 1), seconds(*last + 1));
        let known = Query::select()
            .expr(Column::Timestamp.into_expr())
            .from(pointing::Entity.table_ref())
            .cond_where(within(span.0, span.1))
            .to_owned();
        for result in self.connection.query_all(&known).await? {
            let stored: UnixTime = result.try_get_by_index(0)?;
            new.remove(&milliseconds(instant(stored)));
        }
        let rows = new.into_iter().map(|(at, (ra_deg, dec_deg))| pointing::ActiveModel {
            timestamp: Set(seconds(at)),
            mjd: Set(Some(seconds(at).mjd())),
            ra_deg: Set(ra_deg),
            dec_deg: Set(dec_deg),
            ..Default::default()
        });
        self.insert_many(rows).await
    }
}

/// The pointings that another database logged from `from` to `to`: time as stored, right ascension and
/// declination in degrees.
macro_rules! logged_elsewhere {
    ($($database:ident),+) => {$(
        impl<C: ConnectionTrait> Repository<'_, C, almanac_entity::$database::pointing::Entity> {
            /// The pointings that have a position, with their times as they are stored, earliest first; at
            /// most `limit`, of instants behind `after`.
            ///
            /// # Errors
            /// The engine fails.
            pub async fn positions(
                &self,
                after: UnixTime,
                limit: u64,
            ) -> Result<Vec<(UnixTime, f64, f64)>> {
                use almanac_entity::$database::pointing::{Column as Logged, Entity};
                let select = Query::select()
                    .exprs([Logged::Timestamp, Logged::RaDeg, Logged::DecDeg].map(|column| column.into_expr()))
                    .from(Entity.table_ref())
                    .and_where(Logged::RaDeg.is_not_null())
                    .and_where(Logged::DecDeg.is_not_null())
                    .and_where(stored_instant().gt(after.0))
                    .order_by_expr(stored_instant(), sea_orm::Order::Asc)
                    .limit(limit)
                    .to_owned();
                let results = self.connection.query_all(&select).await?;
                let rows = results.iter().map(sea_orm::QueryResult::try_get_many_by_index);
                Ok(rows.collect::<std::result::Result<_, _>>()?)
            }
        }
    )+};
}

logged_elsewhere!(ingest, hdf5);

const COLUMNS: [Column; 8] = [
    Column::Timestamp,
    Column::Mjd,
    Column::RaDeg,
    Column::DecDeg,
    Column::AltDeg,
    Column::AzDeg,
    Column::LstHours,
    Column::FieldName,
];

/// [`instant`] in SQL.
const INSTANT: &str = "CASE WHEN ABS(\"timestamp\") < 1e6 THEN (\"timestamp\" - 40587.0) * 86400.0 \
                       ELSE \"timestamp\" END";

fn stored_instant() -> SimpleExpr {
    Expr::cust(INSTANT)
}

/// Rows of that time, by the primary key whichever of the two it holds.
fn within(from: UnixTime, to: UnixTime) -> sea_orm::Condition {
    let unix = Column::Timestamp.between(from.0.max(MJD_BELOW), to.0.max(MJD_BELOW));
    let mjd = Column::Timestamp.between(from.mjd(), to.mjd().min(MJD_BELOW));
    sea_orm::Condition::any().add(unix).add(mjd)
}

fn numbered(from: UnixTime, to: UnixTime) -> SelectStatement {
    let mut select = Query::select();
    for column in COLUMNS {
        select.column(column);
    }
    select
        .expr_as(Expr::cust(format!("ROW_NUMBER() OVER (ORDER BY {INSTANT})")), "place")
        .from(pointing::Entity.table_ref())
        .cond_where(within(from, to));
    select
}

/// Steps of declination with the number of pointings and the seconds until the next one.
fn shares(from: UnixTime, now: UnixTime, backend: DbBackend) -> SelectStatement {
    let stays = Query::select()
        .expr_as(stored_instant(), "at")
        .expr_as(Column::DecDeg.into_expr(), "declination")
        .expr_as(Expr::cust(format!("LEAD({INSTANT}) OVER (ORDER BY {INSTANT})")), "until")
        .from(pointing::Entity.table_ref())
        .cond_where(within(from, now))
        .to_owned();
    let tenth = Expr::col("declination").add(90.0).mul(STEPS_OF_A_DEGREE).add(0.5);
    let until = Func::coalesce([Expr::col("until"), Expr::val(now.0)]);
    let stay = SimpleExpr::from(until).binary(BinOper::Sub, Expr::col("at"));
    Query::select()
        .expr_as(whole(tenth, backend), "tenth")
        .expr(Func::count(Expr::col(Asterisk)))
        .expr(Func::sum(stay))
        .from_subquery(stays, "stays")
        .group_by_col("tenth")
        .to_owned()
}

fn check_range(from: UnixTime, to: UnixTime, days: f64) -> Result<()> {
    if !(from.0.is_finite() && to.0.is_finite()) {
        return Err(Error::invalid("from", "it is no instant"));
    }
    if from.0 > to.0 {
        return Err(Error::invalid("from", "it lies behind to"));
    }
    if to.0 - from.0 > days * SECONDS_OF_A_DAY {
        let message = format!("it lies more than {days} days behind from");
        return Err(Error::invalid("to", message));
    }
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of any year fit")]
fn milliseconds(at: UnixTime) -> i64 {
    (at.0 * 1e3).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of our years are exact")]
fn seconds(milliseconds: i64) -> UnixTime {
    UnixTime(milliseconds as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_times_are_mjd() {
        let mjd = instant(UnixTime(60_950.5));
        assert!((mjd.mjd() - 60_950.5).abs() < 1e-9);
        assert_eq!(instant(UnixTime(1_760_000_000.0)), UnixTime(1_760_000_000.0));
    }
}
