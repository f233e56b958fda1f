//! Words of the `products` database.

vocabularies! {
    /// What an image product shows.
    ImageType {
        /// Restored image.
        "image" => Image,
        /// Restored image, corrected for the primary beam.
        "pbcor" => Pbcor,
        /// What the model leaves of the data.
        "residual" => Residual,
        /// Several images put together.
        "mosaic" => Mosaic,
        /// Not deconvolved.
        "dirty" => Dirty,
        /// Deconvolved.
        "clean" => Clean,
        /// Continuum image.
        "continuum" => Continuum,
        /// Primary beam.
        "pb" => Pb,
        /// Point-spread function.
        "psf" => Psf,
        /// Deconvolution model.
        "model" => Model,
        /// Nobody said.
        "unknown" => Unknown,
    }

    /// File format of an image.
    ImageFormat {
        /// A FITS file.
        "fits" => Fits,
        /// A CASA image, which is a directory.
        "casa" => Casa,
    }

    /// Outcome of processing a measurement set.
    MeasurementSetStatus {
        "ok" => Ok,
        "failed" => Failed,
        "flagged" => Flagged,
        "pending" => Pending,
        "completed" => Completed,
        "converted" => Converted,
    }

    /// How far a measurement set has come.
    MeasurementSetStage {
        "discovered" => Discovered,
        "pending" => Pending,
        "ingested" => Ingested,
        "converted" => Converted,
        "calibrated" => Calibrated,
        "imaged" => Imaged,
        "mosaicked" => Mosaicked,
        "cataloged" => Cataloged,
        "photometry_complete" => PhotometryComplete,
        "done" => Done,
    }

    /// Why a source was flagged as a candidate for an extreme scattering event.
    EseFlagType {
        /// Its statistics say that it is variable.
        "variability" => Variability,
        /// Its flux density changed within a day.
        "rapid_change" => RapidChange,
        /// A person flagged it.
        "user" => User,
    }

    /// What became of a candidate for an extreme scattering event.
    EseCandidateStatus {
        /// To be looked at.
        "active" => Active,
        /// Looked at.
        "investigated" => Investigated,
        /// Found to be none.
        "dismissed" => Dismissed,
    }

    /// What a file of quality assurance is.
    QaArtifactType {
        "plot" => Plot,
        "table" => Table,
        "report" => Report,
    }

    /// What a file of quality assurance reports on.
    QaArtifactCategory {
        "calibration" => Calibration,
        "imaging" => Imaging,
        "system" => System,
    }

    /// How far a mosaic has come.
    MosaicStatus {
        "planned" => Planned,
        "building" => Building,
        "completed" => Completed,
        "failed" => Failed,
    }

    /// What gave rise to an alert.
    AlertType {
        /// A source was flagged as a candidate for an extreme scattering event.
        "ese_candidate" => EseCandidate,
        /// No calibrator was found.
        "calibrator_missing" => CalibratorMissing,
        /// A part of the pipeline failed.
        "system_error" => SystemError,
    }

    /// How serious something is.
    Severity {
        "info" => Info,
        "warning" => Warning,
        "critical" => Critical,
    }

    /// How a transient candidate differs from the catalogue.
    TransientType {
        /// Not in the catalogue.
        "new" => New,
        /// Brighter than in the catalogue.
        "brightening" => Brightening,
        /// Fainter than in the catalogue, or gone.
        "fading" => Fading,
        /// Different from the catalogue, but by less than brightening and fading ask.
        "variable" => Variable,
    }

    /// What a transient candidate was judged to be.
    TransientClassification {
        /// A transient.
        "real" => Real,
        /// A fault of the image.
        "artifact" => Artifact,
        /// A variable source.
        "variable" => Variable,
        /// Nobody can say.
        "uncertain" => Uncertain,
    }

    /// How the follow-up of a transient candidate stands.
    FollowUpStatus {
        "pending" => Pending,
        "scheduled" => Scheduled,
        "completed" => Completed,
        "declined" => Declined,
    }

    /// How urgent a transient candidate is.
    TransientPriority {
        "low" => Low,
        "normal" => Normal,
        "high" => High,
        "critical" => Critical,
    }

    /// How significant the transient candidate behind an alert is.
    AlertLevel {
        /// 10 standard deviations or more.
        "CRITICAL" => Critical,
        /// 7 standard deviations or more.
        "HIGH" => High,
        /// 5 standard deviations or more.
        "MEDIUM" => Medium,
    }

    /// How closely a source is watched.
    MonitoringPriority {
        "low" => Low,
        "normal" => Normal,
        "high" => High,
    }

    /// What a job does.
    JobType {
        /// Solves the calibration of a measurement set.
        "calibrate" => Calibrate,
        /// Makes an image.
        "image" => Image,
        /// Converts raw subband files to a measurement set.
        "convert" => Convert,
        /// Runs several steps.
        "workflow" => Workflow,
        /// Looks for extreme scattering events.
        "ese-detect" => EseDetect,
    }

    /// How far a job has come.
    JobStatus {
        "pending" => Pending,
        "running" => Running,
        "completed" => Completed,
        "failed" => Failed,
        "cancelled" => Cancelled,
    }

    /// What a batch job does.
    BatchJobType {
        /// Solves the calibration of measurement sets.
        "calibrate" => Calibrate,
        /// Applies calibration to measurement sets.
        "apply" => Apply,
        /// Makes images.
        "image" => Image,
        /// Converts raw subband files to measurement sets.
        "convert" => Convert,
        /// Publishes data products.
        "publish" => Publish,
        /// Measures sources on images.
        "batch_photometry" => BatchPhotometry,
        /// Looks for extreme scattering events.
        "ese-detect" => EseDetect,
    }

    /// How far a batch job, or one of its items, has come.
    BatchStatus {
        "pending" => Pending,
        "running" => Running,
        "done" => Done,
        "failed" => Failed,
        "cancelled" => Cancelled,
    }

    /// Grade of a calibration or an image.
    QualityGrade {
        "excellent" => Excellent,
        "good" => Good,
        "marginal" => Marginal,
        "poor" => Poor,
    }

    /// What became of an operation that failed.
    DeadLetterStatus {
        /// Waits.
        "pending" => Pending,
        /// Is being tried again.
        "retrying" => Retrying,
        /// Is settled.
        "resolved" => Resolved,
        /// Was given up.
        "failed" => Failed,
    }

    /// Whether a place for files is in use.
    StorageStatus {
        "active" => Active,
        "inactive" => Inactive,
    }

    /// How far a mosaic group has come.
    MosaicGroupStatus {
        "pending" => Pending,
        "calibrating" => Calibrating,
        "calibrated" => Calibrated,
        "imaging" => Imaging,
        "imaged" => Imaged,
        "mosaicking" => Mosaicking,
        "completed" => Completed,
        "failed" => Failed,
    }

    /// State of a measurement set in the pipeline's state machine.
    ProcessingState {
        /// Waits.
        "pending" => Pending,
        /// Is being converted from raw subband files.
        "converting" => Converting,
        /// Is converted.
        "converted" => Converted,
        /// Interference is being flagged.
        "flagging_rfi" => FlaggingRfi,
        /// Calibration is being solved.
        "solving_cal" => SolvingCal,
        /// Calibration is being applied.
        "applying_cal" => ApplyingCal,
        /// Is being imaged.
        "imaging" => Imaging,
        /// Nothing is left to do.
        "done" => Done,
        /// Failed, and may be tried again.
        "failed" => Failed,
        /// Failed, and was given up.
        "error" => Error,
    }
}
