//! The cross-matched catalogue.

use super::products::Photometry;

table! { Source shows master_sources::source;
    /// Its forced photometry.
    many photometry: Photometry, SourceId => SourceId;
}

table! { GoodReference shows master_sources::good_reference;
    /// Its forced photometry.
    many photometry: Photometry, SourceId => SourceId;
}

table! { FinalReference shows master_sources::final_reference;
    /// Its forced photometry.
    many photometry: Photometry, SourceId => SourceId;
}
