//! What a dashboard counts: totals, throughput, percentiles, completeness and coverage. Each answer is a
//! fixed number of grouped statements, whatever the number of rows, and the same on both engines.

mod completeness;
mod counts;
mod distribution;
mod throughput;
mod validity;

pub use completeness::{Completeness, FULL_GROUP, USABLE_GROUP};
pub use counts::RecentCount;
pub use distribution::{DailyDistribution, Distribution, StageTimes};
pub use validity::{TypeCoverage, Window};

use almanac_entity::UnixTime;

use crate::{Error, Result};

pub(crate) const SECONDS_OF_AN_HOUR: f64 = 3_600.0;
pub(crate) const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// A span of time that is asked about: from its start, included, to its end, not included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeRange {
    from: UnixTime,
    to: UnixTime,
}

impl TimeRange {
    /// From `from` to `to`.
    ///
    /// # Errors
    /// A bound is no instant, `from` does not lie before `to`, or they are more than `most_days` apart.
    pub fn new(from: UnixTime, to: UnixTime, most_days: f64) -> Result<Self> {
        for (argument, time) in [("from", from), ("to", to)] {
            if time.0 < 0.0 || time.date_time().is_none() {
                let message = format!("{} is no instant from 1970 on", time.0);
                return Err(Error::invalid(argument, message));
            }
        }
        if from.0 >= to.0 {
            return Err(Error::invalid("from", "it does not lie before to"));
        }
        if to.0 - from.0 > most_days * SECONDS_OF_A_DAY {
            let message = format!("it lies more than {most_days} days behind from");
            return Err(Error::invalid("to", message));
        }
        Ok(Self { from, to })
    }

    /// The span of so many days that ends at `now`.
    pub fn last_days(days: f64, now: UnixTime) -> Self {
        Self { from: UnixTime(now.0 - days * SECONDS_OF_A_DAY), to: now }
    }

    /// Its start.
    pub fn from(self) -> UnixTime {
        self.from
    }

    /// Its end.
    pub fn to(self) -> UnixTime {
        self.to
    }

    /// The starts of the hours that it touches, in UTC.
    pub fn hours(self) -> Vec<UnixTime> {
        #[expect(clippy::cast_precision_loss, reason = "hours since 1970 are few")]
        let hour = |hour: i64| UnixTime(hour as f64 * SECONDS_OF_AN_HOUR);
        (self.first_hour()..self.last_hour()).map(hour).collect()
    }

    #[expect(clippy::cast_possible_truncation, reason = "hours since 1970 are few")]
    fn first_hour(self) -> i64 {
        (self.from.0 / SECONDS_OF_AN_HOUR).floor() as i64
    }

    /// The hour behind the last one.
    #[expect(clippy::cast_possible_truncation, reason = "hours since 1970 are few")]
    fn last_hour(self) -> i64 {
        (self.to.0 / SECONDS_OF_AN_HOUR).ceil() as i64
    }
}
