//! Sources watched for variability.

use super::{Alert, EseCandidate, Photometry, TransientCandidate, VariabilityStats};
use crate::graphql::master_sources::Source;

table! { MonitoringSource shows products::monitoring_source;
    /// The source in the catalogue.
    one source: Source, SourceId => SourceId;
    /// Its forced photometry.
    many photometry: Photometry, SourceId => SourceId;
    /// How it varies.
    one variability_stats: VariabilityStats, SourceId => SourceId;
    /// Its candidate extreme scattering events.
    many ese_candidates: EseCandidate, SourceId => SourceId;
    /// Transient candidates identified with it.
    many transient_candidates: TransientCandidate, SourceId => SourceId;
    /// Alerts that were sent about it.
    many alerts: Alert, SourceId => SourceId;
}
