//! Words of the `calibrators` database.

vocabularies! {
    /// Whether a calibrator is in use.
    CalibratorStatus {
        /// In use.
        "active" => Active,
        /// Not in use.
        "inactive" => Inactive,
        /// Replaced by another.
        "deprecated" => Deprecated,
    }

    /// The catalogue that a source comes from.
    CalibratorCatalog {
        /// The VLA calibrator list.
        "VLA" => Vla,
        /// The NRAO VLA Sky Survey, 1.4 GHz.
        "NVSS" => Nvss,
        /// Faint Images of the Radio Sky at Twenty-Centimeters, 1.4 GHz.
        "FIRST" => First,
        /// The Rapid ASKAP Continuum Survey.
        "RACS" => Racs,
    }

    /// How good a calibrator a source is, as the VLA calibrator list rates it.
    VlaQualityCode {
        /// Amplitude closure errors below 3 %.
        "P" => P,
        /// Amplitude closure errors of 3 % to 10 %.
        "S" => S,
        /// Amplitude closure errors above 10 %: good for phases only.
        "W" => W,
        /// Confused.
        "C" => C,
        /// Not to be used: too resolved or too weak.
        "X" => X,
        /// Structure unknown.
        "?" => Unknown,
    }

    /// Why a registration of a calibrator is past.
    CalibratorHistoryOrigin {
        /// It was past already when it was moved here.
        "migration" => Migration,
        /// The calibrator was registered again.
        "update" => Update,
        /// Another calibrator took its place.
        "supersede" => Supersede,
        /// The calibrator's status changed.
        "status" => Status,
    }
}
