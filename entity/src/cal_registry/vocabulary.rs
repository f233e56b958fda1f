//! Words of the `cal_registry` database.

vocabularies! {
    /// What a calibration table corrects.
    CaltableType {
        /// Delay.
        "K" => K,
        /// Bandpass amplitude.
        "BA" => Ba,
        /// Bandpass phase, or the whole bandpass.
        "BP" => Bp,
        /// Gain amplitude.
        "GA" => Ga,
        /// Gain phase.
        "GP" => Gp,
        /// Gain.
        "G" => G,
        /// Gain on short timescales.
        "2G" => TwoG,
        /// Flux scale.
        "FLUX" => Flux,
    }

    /// Whether a calibration table may be applied.
    CaltableStatus {
        /// It may.
        "active" => Active,
        /// It was taken out of use.
        "retired" => Retired,
        /// It could not be solved.
        "failed" => Failed,
    }

    /// How far the solve of a calibrator is.
    FenceStatus {
        /// Science data wait for it.
        "in_progress" => InProgress,
        /// Its calibration tables are ready.
        "completed" => Completed,
        /// It made no calibration tables.
        "failed" => Failed,
    }
}
