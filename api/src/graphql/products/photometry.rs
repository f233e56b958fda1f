//! Forced photometry.

use super::Image;
use crate::graphql::master_sources::Source;

table! { Photometry shows products::photometry;
    /// The image it was measured on.
    one image: Image, ImagePath => Path;
    /// The catalogue source it was measured for.
    one source: Source, SourceId => SourceId;
}
