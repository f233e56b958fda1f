//! Forced photometry.

use super::{Image, MonitoringSource, Mosaic, VariabilityStats};
use crate::graphql::master_sources::Source;

table! { Photometry shows products::photometry;
    /// The image it was measured on.
    one image: Image, ImagePath => Path;
    /// The mosaic it was measured on, where it was one.
    one mosaic: Mosaic, MosaicPath => Path;
    /// The catalogue source it was measured for.
    one source: Source, SourceId => SourceId;
    /// How that source varies.
    one variability_stats: VariabilityStats, SourceId => SourceId;
    /// That source among those watched.
    one monitoring_source: MonitoringSource, SourceId => SourceId;
}
