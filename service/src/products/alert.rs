//! Alerts that were sent.

use alert::Column::{AlertType as Kind, Id, SentAt, Severity as Level, SourceId, Success};
use almanac_entity::{
    UnixTime,
    products::{AlertType, Severity, alert},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::{Comparison, Error, Filter, Order, Repository, Result, Writable};

/// At most one alert of a source is sent in this time, seconds.
const SILENCE_SEC: f64 = 3_600.0;

/// An alert to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAlert {
    /// What it is about: a source, or the name of a calibrator or service.
    pub source_id: String,
    /// What gave rise to it.
    pub alert_type: AlertType,
    /// How serious it is.
    pub severity: Severity,
    /// Its text.
    pub message: String,
    /// Where it is sent, such as `#ese-alerts`.
    pub channel: Option<String>,
}

/// What became of an alert.
#[derive(Clone, Debug, PartialEq)]
pub enum AlertOutcome {
    /// It was sent, or was to be, and is in the history now.
    Sent(alert::Model),
    /// It was not: the source had this alert within the hour before.
    Suppressed(alert::Model),
}

/// How many alerts there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertStats {
    /// All of them.
    pub total: u64,
    /// Those that were not delivered.
    pub failed: u64,
    /// By what gave rise to them.
    pub by_type: Vec<(AlertType, u64)>,
    /// By how serious they are.
    pub by_severity: Vec<(Severity, u64)>,
}

impl<C: ConnectionTrait> Repository<'_, C, alert::Entity> {
    /// The alerts of a type and severity sent at `since` or later, or all, sent last first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_sent(
        &self,
        alert_type: Option<&AlertType>,
        severity: Option<&Severity>,
        since: Option<UnixTime>,
        limit: u64,
    ) -> Result<Vec<alert::Model>> {
        let filters = [
            alert_type.map(|kind| Filter::eq(Kind, kind.clone())),
            severity.map(|severity| Filter::eq(Level, severity.clone())),
            since.map(from),
        ];
        let filter = Filter::All(filters.into_iter().flatten().collect());
        self.slice(&filter, &[Order::desc(SentAt)], limit, 0).await
    }

    /// The alert within the hour before `now` because of which no other of that source is sent; none where
    /// one may be. One that was not delivered does not count.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn silenced_by(
        &self,
        source_id: &str,
        now: UnixTime,
    ) -> Result<Option<alert::Model>> {
        let since = UnixTime(now.0 - SILENCE_SEC);
        let recent = Filter::All(vec![
            Filter::eq(SourceId, source_id),
            Filter::Compare(SentAt, Comparison::Gt, since.into()),
            Filter::Any(vec![Filter::eq(Success, true), Filter::Null(Success, true)]),
        ]);
        Ok(self.slice(&recent, &[Order::desc(SentAt)], 1, 0).await?.pop())
    }

    /// How many alerts were sent at `since` or later, or in all. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn stats(&self, since: Option<UnixTime>) -> Result<AlertStats> {
        let failed = Expr::case(Success.eq(false), Id.into_expr());
        let mut select = alert::Entity::find()
            .select_only()
            .column(Kind)
            .column(Level)
            .expr(Id.count())
            .expr(sea_orm::sea_query::Func::count(failed))
            .group_by(Kind)
            .group_by(Level)
            .order_by_asc(Kind)
            .order_by_asc(Level);
        if let Some(since) = since {
            select = sea_orm::QueryFilter::filter(select, SentAt.gte(since));
        }
        let counts: Vec<(AlertType, Severity, i64, i64)> =
            select.into_tuple().all(self.connection).await?;
        let mut stats = AlertStats::default();
        for (alert_type, severity, count, failed) in counts {
            let count = count.unsigned_abs();
            stats.total += count;
            stats.failed += failed.unsigned_abs();
            super::add(&mut stats.by_type, alert_type, count);
            super::add(&mut stats.by_severity, severity, count);
        }
        Ok(stats)
    }
}

impl<C: Writable> Repository<'_, C, alert::Entity> {
    /// Writes down that an alert was sent at `now`, or why it was not delivered; nothing where its source
    /// had one within the hour before. Whoever delivers alerts asks [`silenced_by`](Self::silenced_by)
    /// first. The statements belong in one transaction.
    ///
    /// # Errors
    /// The source or the text is blank, or the engine fails. A delivery that failed is no error.
    pub async fn send(
        &self,
        new: NewAlert,
        now: UnixTime,
        delivery: std::result::Result<(), String>,
    ) -> Result<AlertOutcome> {
        for (argument, text) in [("source_id", &new.source_id), ("message", &new.message)] {
            if text.trim().is_empty() {
                return Err(Error::invalid(argument, "it is blank"));
            }
        }
        if let Some(before) = self.silenced_by(&new.source_id, now).await? {
            return Ok(AlertOutcome::Suppressed(before));
        }
        let error = delivery.err();
        let row = alert::ActiveModel {
            source_id: Set(new.source_id),
            alert_type: Set(new.alert_type),
            severity: Set(new.severity),
            message: Set(new.message),
            sent_at: Set(now),
            channel: Set(new.channel),
            success: Set(Some(error.is_none())),
            error_msg: Set(error),
            ..Default::default()
        };
        Ok(AlertOutcome::Sent(self.insert(row).await?))
    }
}

fn from(since: UnixTime) -> Filter<alert::Entity> {
    Filter::Compare(SentAt, Comparison::Gte, since.into())
}
