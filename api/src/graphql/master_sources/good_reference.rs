//! Sources good enough for reference.

use super::Source;
use crate::graphql::products::{Photometry, VariabilityStats};

table! { GoodReference shows master_sources::good_reference;
    /// It among all sources.
    one source: Source, SourceId => SourceId;
    /// Its forced photometry.
    many photometry: Photometry, SourceId => SourceId;
    /// How it varies.
    one variability_stats: VariabilityStats, SourceId => SourceId;
}
