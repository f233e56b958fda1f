//! Questions about pointings and alerts.

use almanac_entity::{
    UnixTime,
    products::{alert, pointing},
};
use async_graphql::{Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Alert, Pointing,
    job_queries::{NamedCount, named_counts},
};
use crate::graphql::{
    context::{Context, ContextExt},
    error::Result,
    read::{at_most, shown},
};

/// The telescope was moved in declination.
#[derive(Debug, SimpleObject)]
pub struct DeclinationChange {
    /// When it pointed there first.
    at: Option<DateTime<Utc>>,
    /// Where it pointed before, degrees.
    from_deg: f64,
    /// Where it points from then on, degrees.
    to_deg: f64,
}

/// How long the telescope pointed to a declination.
#[derive(Debug, SimpleObject)]
pub struct DeclinationShare {
    /// The declination, degrees, to a tenth.
    dec_deg: f64,
    /// Pointings that were logged.
    pointings: u64,
    /// Time, hours: a telescope points where it was last seen to point.
    hours: f64,
    /// The same as a fraction of all, 0 to 1.
    fraction: f64,
}

/// How many alerts there are.
#[derive(Debug, SimpleObject)]
pub struct AlertStats {
    /// All of them.
    total: u64,
    /// Those that were not delivered.
    failed: u64,
    /// By what gave rise to them, as stored.
    by_type: Vec<NamedCount>,
    /// By how serious they are, as stored.
    by_severity: Vec<NamedCount>,
}

/// Pointings and alerts at the root of the graph.
#[derive(Debug, Default)]
pub struct OperationQueries;

#[Object]
impl OperationQueries {
    /// Where the telescope pointed, earliest first. Of more points than are wanted, every so-many-th and
    /// the last are shown.
    async fn pointing_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Start of the time, itself included; a day before its end unless said.")]
        from: Option<DateTime<Utc>>,
        #[graphql(desc = "End of the time, itself included; now unless said.")] to: Option<
            DateTime<Utc>,
        >,
        #[graphql(default = 1000, desc = "Points, from 2 to 10,000.")] max_points: i32,
    ) -> Result<Option<Vec<Pointing>>> {
        let most = at_most("maxPoints", max_points, 10_000)?;
        let (from, to) = span(from, to);
        let points =
            read!(ctx, pointing::Entity, |pointings| pointings.history(from, to, most).await)?;
        Ok(Some(shown::<pointing::Entity>(&points)))
    }

    /// Where the telescope was last seen to point.
    async fn latest_pointing(&self, ctx: &Context<'_>) -> Result<Option<Pointing>> {
        let latest = read!(ctx, pointing::Entity, |pointings| pointings.latest().await)?;
        Ok(latest.as_ref().map(Pointing::of))
    }

    /// When the telescope was moved in declination, within a year at the most. Small steps in a row add up.
    async fn declination_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Start of the time; a day before its end unless said.")] from: Option<
            DateTime<Utc>,
        >,
        #[graphql(desc = "End of the time; now unless said.")] to: Option<DateTime<Utc>>,
        #[graphql(default = 0.5, desc = "The smallest move that counts, degrees.")]
        min_step_deg: f64,
    ) -> Result<Option<Vec<DeclinationChange>>> {
        let (from, to) = span(from, to);
        let changes = read!(ctx, pointing::Entity, |pointings| {
            pointings.declination_changes(from, to, min_step_deg).await
        })?;
        let change = |change: almanac_service::products::DeclinationChange| DeclinationChange {
            at: change.at.date_time(),
            from_deg: change.from_deg,
            to_deg: change.to_deg,
        };
        Ok(Some(changes.into_iter().map(change).collect()))
    }

    /// How long the telescope pointed to each declination, the longest first.
    async fn declination_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 7.0, desc = "The last so many days, at most 366.")] days: f64,
    ) -> Result<Option<Vec<DeclinationShare>>> {
        let now = UnixTime::from(Utc::now());
        let shares = read!(ctx, pointing::Entity, |pointings| pointings.summary(days, now).await)?;
        let share = |share: almanac_service::products::DeclinationShare| DeclinationShare {
            dec_deg: share.dec_deg,
            pointings: share.pointings,
            hours: share.hours,
            fraction: share.fraction,
        };
        Ok(Some(shares.into_iter().map(share).collect()))
    }

    /// The alert because of which no other of a source is to be sent now: it was sent within the hour
    /// before. Null where one may be sent.
    async fn alert_silenced_by(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the alert is about.")] source_id: String,
    ) -> Result<Option<Alert>> {
        let now = UnixTime::from(Utc::now());
        let before = read!(ctx, alert::Entity, |alerts| alerts.silenced_by(&source_id, now).await)?;
        Ok(before.as_ref().map(Alert::of))
    }

    /// How many alerts were sent.
    async fn alert_stats(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only alerts of this time or later.")] since: Option<DateTime<Utc>>,
    ) -> Result<Option<AlertStats>> {
        let since = since.map(UnixTime::from);
        let stats = read!(ctx, alert::Entity, |alerts| alerts.stats(since).await)?;
        Ok(Some(AlertStats {
            total: stats.total,
            failed: stats.failed,
            by_type: named_counts(stats.by_type),
            by_severity: named_counts(stats.by_severity),
        }))
    }
}

/// The time asked about: the day that ends now unless said.
fn span(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> (UnixTime, UnixTime) {
    let to = to.unwrap_or_else(Utc::now);
    let from = from.unwrap_or(to - TimeDelta::days(1));
    (from.into(), to.into())
}
