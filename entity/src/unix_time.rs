//! Instants as the pipeline stores them.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The Modified Julian Date of 1970-01-01T00:00:00 UTC.
pub const MJD_OF_UNIX_EPOCH: f64 = 40_587.0;
const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// An instant: seconds since 1970-01-01 UTC, with fractions.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct UnixTime(pub f64);

impl UnixTime {
    /// The instant that old files hold as text: ISO 8601, or with a space between date and time; in UTC where it
    /// names no zone.
    pub fn parse(text: &str) -> Option<Self> {
        let zoned = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"].into_iter();
        let mut zoned = zoned.filter_map(|form| DateTime::parse_from_str(text, form).ok());
        let plain = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"].into_iter();
        let mut plain = plain.filter_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        let instant = zoned.next().map(|instant| instant.to_utc());
        instant.or_else(|| plain.next().map(|instant| instant.and_utc())).map(Self::from)
    }

    /// The instant of a Modified Julian Date.
    pub fn from_mjd(mjd: f64) -> Self {
        Self((mjd - MJD_OF_UNIX_EPOCH) * SECONDS_OF_A_DAY)
    }

    /// The Modified Julian Date of the instant.
    pub fn mjd(self) -> f64 {
        self.0 / SECONDS_OF_A_DAY + MJD_OF_UNIX_EPOCH
    }

    /// The instant in UTC, to the microsecond; none where it lies outside chrono's years.
    pub fn date_time(self) -> Option<DateTime<Utc>> {
        if !self.0.is_finite() {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "out of range saturates and is refused"
        )]
        let microseconds = (self.0 * 1e6).round() as i64;
        DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::microseconds(microseconds))
    }
}

impl From<f64> for UnixTime {
    fn from(seconds: f64) -> Self {
        Self(seconds)
    }
}

impl From<UnixTime> for f64 {
    fn from(time: UnixTime) -> Self {
        time.0
    }
}

impl From<DateTime<Utc>> for UnixTime {
    fn from(time: DateTime<Utc>) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a double holds microseconds until the year 2255"
        )]
        Self(time.timestamp_micros() as f64 / 1e6)
    }
}

stored_as!(UnixTime, f64, "UnixTime", or UnixTime::parse);

impl sea_orm::TryFromU64 for UnixTime {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("UnixTime"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_new_year_of_2025_is_mjd_60676() {
        assert!((UnixTime(1_735_689_600.0).mjd() - 60_676.0).abs() < 1e-9);
    }

    #[test]
    fn instants_are_read_from_text() {
        let expected = Some(UnixTime(1_759_406_700.25));
        for text in [
            "2025-10-02T12:05:00.25",
            "2025-10-02 12:05:00.250000",
            "2025-10-02T12:05:00.25Z",
            "2025-10-02T12:05:00.250+00:00",
            "2025-10-02 14:05:00.25+0200",
        ] {
            assert_eq!(UnixTime::parse(text), expected, "{text}");
        }
        for text in ["", "soon", "2025-10-02T25:00:00", "1759406700"] {
            assert_eq!(UnixTime::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".*") {
            let _ = UnixTime::parse(&text);
        }

        #[test]
        fn mjd_reads_back_to_a_microsecond(mjd in 40_000.0..80_000.0_f64) {
            let back = UnixTime::from_mjd(mjd).mjd();
            prop_assert!((back - mjd).abs() * 86_400.0 < 1e-6);
        }

        #[test]
        fn an_instant_reads_back_to_a_microsecond(seconds in -1e9..4e9_f64) {
            let back = UnixTime::from(UnixTime(seconds).date_time().unwrap());
            prop_assert!((back.0 - seconds).abs() < 2e-6);
        }
    }
}
