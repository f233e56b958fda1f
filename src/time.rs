//! The clock, which only the command looks at.

use almanac_entity::UnixTime;

/// This instant.
pub(crate) fn now() -> UnixTime {
    chrono::Utc::now().into()
}
