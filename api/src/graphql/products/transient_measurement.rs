//! Measurements of transient candidates.

use super::{Image, Mosaic, TransientCandidate};

table! { TransientMeasurement shows products::transient_measurement;
    /// The candidate that was measured.
    one candidate: TransientCandidate, CandidateId => Id;
    /// The mosaic it was measured on.
    one mosaic: Mosaic, MosaicId => Id;
    /// The image it was measured on.
    one image: Image, ImagePath => Path;
}
