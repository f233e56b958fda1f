//! Sources of the catalogue.

use super::StableId;
use crate::graphql::{
    astrid::AstridDetection,
    products::{
        Alert, EseCandidate, MonitoringSource, Photometry, TransientCandidate, VariabilityStats,
    },
};

table! { Source shows master_sources::source;
    /// Its forced photometry.
    many photometry: Photometry, SourceId => SourceId;
    /// How it varies.
    one variability_stats: VariabilityStats, SourceId => SourceId;
    /// Its candidate extreme scattering events.
    many ese_candidates: EseCandidate, SourceId => SourceId;
    /// Transient candidates identified with it.
    many transient_candidates: TransientCandidate, SourceId => SourceId;
    /// It among the sources watched for variability.
    one monitoring_source: MonitoringSource, SourceId => SourceId;
    /// Alerts that were sent about it.
    many alerts: Alert, SourceId => SourceId;
    /// It on the list of sources that keep their place among the references.
    one stable_id: StableId, SourceId => SourceId;
    /// AstrID's detections around it, nearest first.
    near nearby_detections: AstridDetection;
    through RaDeg, DecDeg;
}
