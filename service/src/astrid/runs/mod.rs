//! What runs have in common: their states, and how those of which a retry reuses the row start, end and wait
//! for their next try.

mod document;
mod life;
mod retried;
mod state;

pub(super) use document::{document, of_row, setting};
pub(super) use retried::{
    Ending, begin, complete, fail, follow, locked, none_underway, revive, running, start,
};
pub use state::{RUN_STATES, RunStatus};

use sea_orm::prelude::{DateTimeUtc, Decimal};

use super::new_observation::rounded;
use crate::{Error, Result};

/// The instant at which something that started then ends now: a clock that was set back does not let it end
/// before it began.
pub(super) fn ended(started_at: Option<DateTimeUtc>, now: DateTimeUtc) -> DateTimeUtc {
    started_at.map_or(now, |started_at| started_at.max(now))
}

/// How long something took, whole seconds, rounded up.
fn seconds_between(started_at: DateTimeUtc, completed_at: DateTimeUtc) -> i32 {
    let took = (completed_at - started_at).num_microseconds().unwrap_or(i64::MAX);
    i32::try_from(took.max(0).saturating_add(999_999) / 1_000_000).unwrap_or(i32::MAX)
}

/// A number from 0 to 1, rounded to `scale` decimals.
pub(super) fn share(field: &str, number: f64, scale: u32) -> Result<Decimal> {
    if !(0.0..=1.0).contains(&number) {
        return Err(Error::breaks("range", field, format!("{number} is not from 0 to 1")));
    }
    rounded(field, number, scale)
}

/// A number that is not negative, rounded to `scale` decimals.
pub(super) fn not_negative(field: &str, number: f64, scale: u32) -> Result<Decimal> {
    if !(number.is_finite() && number >= 0.0) {
        return Err(Error::breaks("range", field, format!("{number} is not 0 or more")));
    }
    rounded(field, number, scale)
}

/// A count or a time that is not negative.
pub(super) fn not_below_zero(field: &str, number: i32) -> Result<i32> {
    if number < 0 {
        return Err(Error::breaks("range", field, format!("{number} is not 0 or more")));
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn seconds_are_rounded_up(took in 0_i64..10_000_000_000) {
            let start = DateTimeUtc::from_timestamp_micros(1_700_000_000_123_456).unwrap();
            let end = start + TimeDelta::microseconds(took);
            let seconds = i64::from(seconds_between(start, end));
            prop_assert!(seconds * 1_000_000 >= took && (seconds - 1) * 1_000_000 < took);
            prop_assert_eq!(ended(Some(end), start), end);
        }
    }
}
