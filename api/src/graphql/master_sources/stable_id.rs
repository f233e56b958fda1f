//! Sources that may become references.

use super::Source;

table! { StableId shows master_sources::stable_id;
    /// The source.
    one source: Source, SourceId => SourceId;
}
