//! Everything that changes a row at somebody's wish, and the role that it asks for.

use super::Role;

/// The operations: a line each, with the least role.
macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $name:ident: $role:ident,)+) => {
        /// Something that changes rows. The graph's mutation has the same name in camel case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Operation {
            /// All operations.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Those that only workers carry out, and no mutation of the graph.
            pub const OF_WORKERS: &[Self] = &[Self::WorkOnAstridJobs];

            /// The least role that may do it.
            pub fn least_role(self) -> Role {
                match self {
                    $(Self::$name => Role::$role,)+
                }
            }

            /// Its name in Pascal case.
            fn word(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

impl Operation {
    /// Its name, such as `retireCaltableSet`.
    pub fn name(self) -> String {
        let word = self.word();
        let (head, tail) = word.split_at(1);
        head.to_lowercase() + tail
    }
}

operations! {
    // Ingest queue.
    /// Records a subband file in its observation group.
    RecordSubband: Operator,
    /// Takes the earliest pending observation group.
    AcquireNextIngestGroup: Operator,
    /// Brings an observation group to a state.
    UpdateIngestState: Operator,
    /// Writes down that work on an observation group failed.
    FailOrRetryIngestGroup: Operator,
    /// Lets an observation group that failed be tried again.
    RetryIngestGroup: Operator,
    /// Writes down which calibrators are in the field of an observation group.
    SetIngestCalibrator: Operator,
    /// Writes down what is being done with an observation group.
    SetIngestStage: Operator,
    /// Writes down where the conversion of an observation group resumes.
    SetIngestCheckpoint: Operator,
    /// Records how long stages took.
    RecordPerformanceMetrics: Operator,
    /// Puts observation groups together that are one observation.
    ConsolidateIngestGroups: Operator,
    /// Ends the wait for subbands that do not come.
    ExpireCollectingGroups: Operator,
    /// Fails observation groups that nobody works on any more.
    FailStaleIngestGroups: Operator,
    /// Records the subband files of a directory.
    BootstrapIngest: Operator,

    // Calibration registry.
    /// Retires every table of a set.
    RetireCaltableSet: Operator,
    /// Registers one calibration table.
    AddCaltable: Operator,
    /// Registers the calibration tables of a set.
    RegisterCaltableSet: Operator,
    /// Registers the calibration tables on disk whose paths begin alike.
    RegisterCaltableSetFromPrefix: Operator,
    /// Registers calibration tables on disk and looks whether they can be used.
    RegisterAndVerifyCaltableSet: Operator,
    /// Makes room for a new set of calibration tables.
    ResolveCaltableOverlap: Operator,
    /// Writes down where a calibration table comes from.
    TrackCaltableProvenance: Operator,
    /// Holds a calibration to be suspect, and with it all that it touched.
    MarkCalibrationSuspect: Operator,
    /// Holds it to be suspect no longer.
    ClearCalibrationSuspect: Operator,

    // Products: measurement sets and images.
    /// Brings a measurement set to a stage.
    UpdateMeasurementSetStage: Operator,
    /// Writes a new measurement set.
    AddMeasurementSet: Operator,
    /// Writes or changes a measurement set.
    UpsertMeasurementSet: Operator,
    /// Brings a measurement set to another state.
    TransitionMeasurementSet: Operator,
    /// Writes down that work on a measurement set failed.
    MarkMeasurementSetFailed: Operator,
    /// Writes down that nothing is left to do for a measurement set.
    MarkMeasurementSetDone: Operator,
    /// Lets a measurement set that failed be tried again.
    ResetMeasurementSetForRetry: Operator,
    /// Gives up a measurement set that failed.
    EscalateMeasurementSet: Operator,
    /// Writes down where work on a measurement set resumes.
    SaveMeasurementSetCheckpoint: Operator,
    /// Fails measurement sets that nothing works on any more.
    RecoverStaleMeasurementSets: Operator,
    /// Forgets the states of measurement sets that are long done or given up.
    CleanUpMeasurementSetStates: Admin,
    /// Writes a new image.
    AddImage: Operator,
    /// Writes or changes an image.
    UpsertImage: Operator,
    /// Removes an image, or says what would go with it.
    DeleteImage: Admin,
    /// Writes measurements of sources.
    AddPhotometry: Operator,

    // Products: variability and transients.
    /// Computes variability statistics from photometry.
    RecomputeVariability: Operator,
    /// Looks for extreme scattering events.
    DetectEseCandidates: Operator,
    /// Flags a source as a candidate for an extreme scattering event.
    FlagEseCandidate: Analyst,
    /// Brings a candidate for an extreme scattering event to a status.
    SetEseStatus: Analyst,
    /// Adds a remark to a candidate for an extreme scattering event.
    AddEseNote: Analyst,
    /// Normalises the photometry of an image.
    NormalisePhotometry: Operator,
    /// Watches the sources of a CSV file.
    RegisterMonitoringSources: Operator,
    /// Writes what is known anew of a watched source.
    UpdateMonitoringSource: Operator,
    /// Compares what was observed with a catalogue.
    DetectTransients: Operator,
    /// Classifies a transient candidate.
    ClassifyTransient: Analyst,
    /// Writes down how the follow-up of a transient candidate stands.
    SetFollowUp: Analyst,
    /// Acknowledges an alert about a transient candidate.
    AcknowledgeTransientAlert: Analyst,

    // Products: jobs, QA and the rest.
    /// Asks for a job.
    CreateJob: Operator,
    /// Brings a job to a status.
    UpdateJobStatus: Operator,
    /// Adds a line to the log of a job.
    AppendJobLog: Operator,
    /// Asks for a job once more.
    RerunJob: Operator,
    /// Calls a job off.
    CancelJob: Operator,
    /// Puts a call into the task queue.
    EnqueueTask: Operator,
    /// Takes a task out of the queue.
    AcquireTask: Operator,
    /// Calls a task off.
    CancelTask: Operator,
    /// Asks for a batch.
    CreateBatch: Operator,
    /// Asks for a conversion of raw data.
    CreateConversionBatch: Operator,
    /// Asks for measurements of positions on images.
    CreatePhotometryBatch: Operator,
    /// Asks for a publication of data products.
    CreatePublishBatch: Operator,
    /// Asks for a search for extreme scattering events.
    CreateEseDetectBatch: Operator,
    /// Brings an item of a batch to a status.
    UpdateBatchItem: Operator,
    /// Calls a batch off.
    CancelBatch: Operator,
    /// Writes down that an operation failed.
    AddDeadLetter: Operator,
    /// Marks a failure as being tried again.
    RetryDeadLetter: Operator,
    /// Marks a failure as settled.
    ResolveDeadLetter: Operator,
    /// Marks a failure as given up.
    FailDeadLetter: Operator,
    /// Forgets a failure.
    DeleteDeadLetter: Admin,
    /// Writes down an assessment of an image.
    RecordImageQa: Operator,
    /// Writes down an assessment of a calibration.
    RecordCalibrationQa: Operator,
    /// Writes down a plot, table or report.
    AddQaArtifact: Operator,
    /// Writes a new mosaic.
    AddMosaic: Operator,
    /// Writes a mosaic, or changes it.
    UpsertMosaic: Operator,
    /// Brings a mosaic to a status.
    SetMosaicStatus: Operator,
    /// Forms a group of measurement sets that become a mosaic.
    CreateMosaicGroup: Operator,
    /// Brings such a group to its next status.
    AdvanceMosaicGroup: Operator,
    /// Logs where the telescope pointed.
    LogPointing: Operator,
    /// Takes over pointings from another database.
    MergePointings: Operator,
    /// Writes down that an alert was sent.
    SendAlert: Operator,
    /// Takes a place for files into use.
    RegisterStorageLocation: Admin,
    /// Takes a place for files out of use.
    DeactivateStorageLocation: Admin,
    /// Writes the places of a configuration.
    SeedStorageLocations: Admin,

    // Calibrators and catalogues.
    /// Registers a bandpass calibrator.
    RegisterBandpassCalibrator: Operator,
    /// Lets a bandpass calibrator take the place of others.
    SupersedeBandpassCalibrator: Operator,
    /// Puts a bandpass calibrator into use, or out of it.
    SetBandpassCalibratorStatus: Operator,
    /// Registers a gain calibrator.
    RegisterGainCalibrator: Operator,
    /// Writes a catalogue source.
    UpsertCatalogSource: Operator,
    /// Takes over the VLA calibrator list.
    ImportVlaCalibrators: Operator,
    /// Makes a sky model.
    CreateSkyModel: Operator,
    /// Deletes sky models.
    DeleteSkyModel: Admin,
    /// Computes the transits of bandpass calibrators.
    RecomputeTransits: Operator,

    // HDF5 index.
    /// Writes a raw file into the index.
    AddHdf5File: Operator,
    /// Writes a raw file into the index, or changes its row.
    UpsertHdf5File: Operator,
    /// Brings the index up to what lies in a directory.
    IndexHdf5Directory: Operator,
    /// Marks raw files that are gone, and indexes those that are not known.
    ReconcileHdf5Directory: Operator,

    // Data registry.
    /// Registers a data product that was staged.
    RegisterDataProduct: Operator,
    /// Makes a data product final, and publishes it if its criteria hold.
    FinalizeDataProduct: Operator,
    /// Publishes a data product whose criteria hold.
    TriggerAutoPublish: Operator,
    /// Publishes a data product whatever its criteria.
    PublishDataProduct: Operator,
    /// Finishes or takes back publications that were interrupted.
    RecoverDataPublications: Operator,
    /// Sets the status of a data product whose files somebody else has moved.
    UpdateDataProductStatus: Operator,
    /// Lets a data product be published automatically.
    EnableAutoPublish: Operator,
    /// Keeps a data product from being published automatically.
    DisableAutoPublish: Operator,
    /// Says how far the photometry of a data product is.
    UpdateDataProductPhotometry: Operator,
    /// Names the job that measures the photometry of a data product.
    LinkDataProductPhotometry: Operator,
    /// Relates two data products.
    LinkDataProducts: Operator,
    /// Puts a tag on a data product.
    TagDataProduct: Analyst,
    /// Takes a tag off a data product.
    UntagDataProduct: Analyst,

    // AstrID.
    /// Makes one of AstrID's surveys.
    CreateAstridSurvey: Operator,
    /// Changes one of AstrID's surveys.
    UpdateAstridSurvey: Operator,
    /// Lets new data of one of AstrID's surveys be ingested.
    ActivateAstridSurvey: Operator,
    /// Keeps new data of one of AstrID's surveys out.
    DeactivateAstridSurvey: Operator,
    /// Removes one of AstrID's surveys.
    DeleteAstridSurvey: Admin,
    /// Ingests an observation.
    IngestAstridObservation: Operator,
    /// Ingests observations.
    IngestAstridObservations: Operator,
    /// Changes what is known of an observation.
    UpdateAstridObservation: Operator,
    /// Lets an observation that failed go through the pipeline once more.
    RetryAstridObservation: Operator,
    /// Puts an observation away.
    ArchiveAstridObservation: Operator,
    /// Removes an observation with all that came of it.
    PurgeAstridObservation: Admin,
    /// Asks for an observation to be preprocessed.
    StartAstridPreprocessing: Operator,
    /// Asks for a reference to be subtracted from an observation.
    StartAstridDifferencing: Operator,
    /// Asks for candidates to be scored.
    StartAstridInference: Operator,
    /// Calls a processing job off.
    CancelAstridJob: Operator,
    /// Puts a failed processing job back into the queue.
    RequeueAstridJob: Operator,
    /// Brings a candidate to a status.
    SetAstridCandidateStatus: Operator,
    /// Removes candidates that came to nothing.
    PurgeAstridCandidates: Admin,
    /// Registers a version of a model.
    RegisterAstridModel: Operator,
    /// Writes what is told anew of a model.
    UpdateAstridModel: Operator,
    /// Deploys a version of a model.
    DeployAstridModel: Operator,
    /// Takes a version of a model out of service.
    RetireAstridModel: Operator,
    /// Votes on a detection.
    RecordAstridValidation: Analyst,
    /// Votes alike on many detections.
    RecordAstridValidations: Analyst,
    /// Revises a vote.
    ReviseAstridValidation: Analyst,
    /// Takes a vote back.
    WithdrawAstridValidation: Analyst,
    /// Rejects a detection that nobody voted on.
    RejectAstridDetection: Operator,
    /// Confirms a detection.
    ConfirmAstridDetection: Operator,
    /// Puts a detection away.
    ArchiveAstridDetection: Operator,
    /// Makes an alert about a detection.
    CreateAstridAlert: Analyst,
    /// Acknowledges an alert about a detection.
    AcknowledgeAstridAlert: Analyst,
    /// Lets the delivery of an alert be tried again.
    RetryAstridAlert: Operator,
    /// Calls an alert off.
    CancelAstridAlert: Operator,
    /// Sets one of AstrID's settings.
    SetAstridSystemConfig: Admin,
    /// Removes one of AstrID's settings.
    DeleteAstridSystemConfig: Admin,
    /// Makes a survey configuration.
    CreateAstridSurveyConfig: Admin,
    /// Changes a survey configuration.
    UpdateAstridSurveyConfig: Admin,
    /// Removes a survey configuration.
    DeleteAstridSurveyConfig: Admin,
    /// Works on processing jobs: claims, heartbeats, results. A worker's, and no mutation.
    WorkOnAstridJobs: Operator,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_camel_case() {
        assert_eq!(Operation::RetireCaltableSet.name(), "retireCaltableSet");
    }
}
