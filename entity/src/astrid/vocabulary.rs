//! Words of the `astrid` database.

closed_vocabularies! { "Astrid"
    /// How far the pipeline has come with an observation.
    ObservationStatus "observation_status" {
        /// Its row was made.
        "ingested" => Ingested,
        /// It is being preprocessed.
        "preprocessing" => Preprocessing,
        /// It was preprocessed.
        "preprocessed" => Preprocessed,
        /// A reference is being subtracted.
        "differencing" => Differencing,
        /// A reference was subtracted.
        "differenced" => Differenced,
        /// A stage failed for good.
        "failed" => Failed,
        /// It was put away.
        "archived" => Archived,
    }

    /// How far a preprocessing run has come.
    PreprocessRunStatus "preprocess_run_status" {
        /// Not started.
        "pending" => Pending,
        /// At work.
        "running" => Running,
        /// Ended well.
        "completed" => Completed,
        /// Ended badly.
        "failed" => Failed,
    }

    /// How far a difference run has come.
    DifferenceRunStatus "difference_run_status" {
        /// Not started.
        "pending" => Pending,
        /// At work.
        "running" => Running,
        /// Ended well.
        "completed" => Completed,
        /// Ended badly.
        "failed" => Failed,
    }

    /// What became of a candidate.
    CandidateStatus "candidate_status" {
        /// Nobody looked at it yet.
        "pending" => Pending,
        /// A model is scoring it.
        "processing" => Processing,
        /// It became a detection.
        "detected" => Detected,
        /// It is not a source of interest.
        "rejected" => Rejected,
        /// It is another candidate seen again.
        "duplicate" => Duplicate,
    }

    /// How far a processing job has come.
    ProcessingJobStatus "processing_job_status" {
        /// Waiting to be claimed.
        "pending" => Pending,
        /// A worker holds it.
        "running" => Running,
        /// Ended well.
        "completed" => Completed,
        /// Ended badly, its retries used up.
        "failed" => Failed,
        /// Called off.
        "cancelled" => Cancelled,
    }

    /// What a model does.
    ModelType "model_type" {
        /// A U-Net, which marks sources in an image.
        "unet" => Unet,
        /// Finds what is unusual.
        "anomaly_detector" => AnomalyDetector,
        /// Sorts sources into classes.
        "classifier" => Classifier,
        /// Divides an image into regions.
        "segmentation" => Segmentation,
    }

    /// How far a model run has come.
    ModelRunStatus "model_run_status" {
        /// Not started.
        "pending" => Pending,
        /// At work.
        "running" => Running,
        /// Ended well.
        "completed" => Completed,
        /// Ended badly.
        "failed" => Failed,
    }

    /// How far the review of a detection has come.
    DetectionStatus "detection_status" {
        /// Nobody voted yet.
        "pending" => Pending,
        /// Reviewers are voting.
        "validating" => Validating,
        /// Reviewers accepted it.
        "validated" => Validated,
        /// Reviewers rejected it.
        "rejected" => Rejected,
        /// It was confirmed after its validation.
        "confirmed" => Confirmed,
        /// It was put away.
        "archived" => Archived,
    }

    /// What a model takes a detection for.
    DetectionType "detection_type" {
        /// A supernova.
        "supernova" => Supernova,
        /// A variable source.
        "variable" => Variable,
        /// A transient of another kind.
        "transient" => Transient,
        /// The model cannot say.
        "unknown" => Unknown,
        /// A fault of the image or of its processing.
        "artifact" => Artifact,
    }

    /// How sure a reviewer is.
    ConfidenceLevel "confidence_level" {
        /// Unsure.
        "low" => Low,
        /// Fairly sure.
        "medium" => Medium,
        /// Sure.
        "high" => High,
        /// Sure as an expert in the matter.
        "expert" => Expert,
    }

    /// Quality of an image or of a detection, as a reviewer sees it.
    QualityLevel "quality_level" {
        /// Without a flaw.
        "excellent" => Excellent,
        /// With small flaws.
        "good" => Good,
        /// Usable.
        "fair" => Fair,
        /// Hardly usable.
        "poor" => Poor,
    }

    /// How urgent an alert is.
    AlertPriority "alert_priority" {
        /// Can wait.
        "low" => Low,
        /// As usual.
        "medium" => Medium,
        /// Soon.
        "high" => High,
        /// At once.
        "critical" => Critical,
    }

    /// How far the delivery of an alert has come.
    AlertStatus "alert_status" {
        /// Not sent yet.
        "pending" => Pending,
        /// Handed over to its channel.
        "sent" => Sent,
        /// The channel confirmed its delivery.
        "delivered" => Delivered,
        /// Could not be delivered.
        "failed" => Failed,
        /// Called off.
        "cancelled" => Cancelled,
    }
}
