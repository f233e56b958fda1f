//! Alerts that were sent.

use super::{MonitoringSource, VariabilityStats};
use crate::graphql::master_sources::Source;

table! { Alert shows products::alert;
    /// The catalogue source it is about, where it is about one.
    one source: Source, SourceId => SourceId;
    /// How that source varies.
    one variability_stats: VariabilityStats, SourceId => SourceId;
    /// That source among those watched.
    one monitoring_source: MonitoringSource, SourceId => SourceId;
}
