//! Words of the `data_registry` database.

vocabularies! {
    /// What a data product is.
    DataType {
        /// A measurement set.
        "ms" => Ms,
        /// A calibrated measurement set.
        "calib_ms" => CalibMs,
        /// A calibration table.
        "caltable" => Caltable,
        /// An image.
        "image" => Image,
        /// A mosaic of images.
        "mosaic" => Mosaic,
        /// A catalogue of sources.
        "catalog" => Catalog,
        /// A plot or report on quality.
        "qa" => Qa,
        /// Metadata.
        "metadata" => Metadata,
        /// The same as `ms`.
        "raw_ms" => RawMs,
        /// The same as `calib_ms`.
        "calibrated_ms" => CalibratedMs,
        /// The same as `caltable`.
        "calibration_table" => CalibrationTable,
    }

    /// How far the publication of a data product is.
    DataStatus {
        /// In the staging area.
        "staging" => Staging,
        /// Being moved to where it is published.
        "publishing" => Publishing,
        /// Published.
        "published" => Published,
        /// Validated, not published yet.
        "validated" => Validated,
        /// Publication failed.
        "failed" => Failed,
        /// No longer published.
        "retracted" => Retracted,
    }

    /// Who decided to publish a data product.
    PublishMode {
        /// The pipeline.
        "auto" => Auto,
        /// A person.
        "manual" => Manual,
    }

    /// How far the quality assessment of a data product is.
    DataQaStatus {
        "pending" => Pending,
        "running" => Running,
        "passed" => Passed,
        "failed" => Failed,
        /// Passed, with something to look at.
        "warning" => Warning,
    }

    /// How far the validation of a data product is.
    DataValidationStatus {
        "pending" => Pending,
        "validated" => Validated,
        "invalid" => Invalid,
    }

    /// Whether a data product is final.
    DataFinalizationStatus {
        "pending" => Pending,
        "finalized" => Finalized,
        "failed" => Failed,
    }

    /// How far the photometry of a data product is.
    DataPhotometryStatus {
        "pending" => Pending,
        "running" => Running,
        "completed" => Completed,
        "failed" => Failed,
    }

    /// What relates a data product to another.
    DataRelationshipType {
        /// The parent produced the child.
        "produced" => Produced,
        /// The child was derived from the parent.
        "derived_from" => DerivedFrom,
        /// The parent contains the child.
        "contains" => Contains,
        /// One was calibrated by the other.
        "calibrated_by" => CalibratedBy,
    }
}
