//! What connects rows.

use super::NodeKind;

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Heading {
    /// From a row to what it was made of.
    Ancestors,
    /// From a row to what was made of it.
    Descendants,
}

/// How a child came from its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// A subband file belongs to its observation group.
    SubbandOfGroup,
    /// A measurement set was converted from an observation group; inferred where it only began within a
    /// minute of it.
    ConvertedFrom,
    /// A calibration table was solved on a measurement set.
    SolvedOn,
    /// A measurement set was calibrated with a calibration table; inferred where nobody recorded it and
    /// the table is the one that would be chosen.
    CalibratedWith,
    /// An image was made from a measurement set.
    ImagedFrom,
    /// A mosaic has an image as a tile.
    MosaickedFrom,
    /// A measurement set is a member of the group that a mosaic was made of.
    MosaickedFromMember,
    /// A measurement was made on an image.
    MeasuredOnImage,
    /// A measurement was made on a mosaic.
    MeasuredOnMosaic,
    /// What is known of a source comes from a measurement.
    MeasuredBy,
    /// A source of the cross-match comes from a catalogue.
    ListedIn,
    /// A data product is related to another.
    RelatedTo,
}

impl EdgeKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::SubbandOfGroup,
        Self::ConvertedFrom,
        Self::SolvedOn,
        Self::CalibratedWith,
        Self::ImagedFrom,
        Self::MosaickedFrom,
        Self::MosaickedFromMember,
        Self::MeasuredOnImage,
        Self::MeasuredOnMosaic,
        Self::MeasuredBy,
        Self::ListedIn,
        Self::RelatedTo,
    ];

    /// What the child is.
    pub fn child(self) -> NodeKind {
        match self {
            Self::SubbandOfGroup => NodeKind::SubbandFile,
            Self::ConvertedFrom | Self::CalibratedWith => NodeKind::MeasurementSet,
            Self::SolvedOn => NodeKind::Caltable,
            Self::ImagedFrom => NodeKind::Image,
            Self::MosaickedFrom | Self::MosaickedFromMember => NodeKind::Mosaic,
            Self::MeasuredOnImage | Self::MeasuredOnMosaic => NodeKind::Photometry,
            Self::MeasuredBy | Self::ListedIn => NodeKind::Source,
            Self::RelatedTo => NodeKind::DataProduct,
        }
    }

    /// What the parent is.
    pub fn parent(self) -> NodeKind {
        match self {
            Self::SubbandOfGroup | Self::ConvertedFrom => NodeKind::IngestGroup,
            Self::SolvedOn | Self::ImagedFrom | Self::MosaickedFromMember => {
                NodeKind::MeasurementSet
            }
            Self::CalibratedWith => NodeKind::Caltable,
            Self::MosaickedFrom | Self::MeasuredOnImage => NodeKind::Image,
            Self::MeasuredOnMosaic => NodeKind::Mosaic,
            Self::MeasuredBy => NodeKind::Photometry,
            Self::ListedIn => NodeKind::Catalogue,
            Self::RelatedTo => NodeKind::DataProduct,
        }
    }

    /// What the edge leads away from on a walk that way.
    pub(super) fn near(self, heading: Heading) -> NodeKind {
        match heading {
            Heading::Ancestors => self.child(),
            Heading::Descendants => self.parent(),
        }
    }

    /// What the edge leads to on a walk that way.
    pub(super) fn far(self, heading: Heading) -> NodeKind {
        match heading {
            Heading::Ancestors => self.parent(),
            Heading::Descendants => self.child(),
        }
    }
}

/// An edge of a walk; its ends are places in the walk's list of nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// What was made.
    pub child: usize,
    /// What it was made of.
    pub parent: usize,
    /// How.
    pub kind: EdgeKind,
    /// Whether nobody recorded it, and it follows from the time.
    pub inferred: bool,
    /// The relationship of data products, as recorded.
    pub relationship: Option<String>,
}

/// An edge as it is read: the keys of its ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) child: String,
    pub(super) parent: String,
    pub(super) inferred: bool,
    pub(super) relationship: Option<String>,
}

impl Link {
    pub(super) fn new(child: impl Into<String>, parent: impl Into<String>) -> Self {
        Self { child: child.into(), parent: parent.into(), inferred: false, relationship: None }
    }

    pub(super) fn inferred(child: impl Into<String>, parent: impl Into<String>) -> Self {
        Self { inferred: true, ..Self::new(child, parent) }
    }

    /// The key of the end that a walk that way leads to.
    pub(super) fn far(&self, heading: Heading) -> &str {
        match heading {
            Heading::Ancestors => &self.parent,
            Heading::Descendants => &self.child,
        }
    }
}
