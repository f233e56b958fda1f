//! The graph.
//!
//! A table's object is made from its entity; `table!` adds its edges. What every table needs (filter,
//! order, pages, look-ups for many rows at once) is written once, generic over the entity.

#[macro_use]
mod table;
#[macro_use]
mod mutation;
#[macro_use]
mod read;

mod apart;
mod change_log;
mod cone;
mod connection;
mod context;
mod error;
mod field;
mod filter;
mod input;
mod loader;
mod meta;
mod migration_status;
mod nearby;
mod node;
mod object;
mod order;
mod scalar;
mod series;
mod word;

pub mod astrid;
pub mod cal_registry;
pub mod calibration;
pub mod calibrators;
pub mod catalogues;
pub mod data_registry;
pub mod hdf5;
pub mod ingest;
pub mod live;
pub mod master_sources;
pub mod products;
pub mod provenance;
pub mod statistics;

pub use change_log::*;
pub use connection::{Connection, Edge, PageInfo};
pub use context::RequestId;
pub use filter::Where;
pub use input::RowInput;
pub use migration_status::{DatabaseRevisions, MigrationStatus};
pub use nearby::Nearby;
pub use object::{Object, Shown};
pub use order::OrderBy;
pub use scalar::BigInt;
pub use series::{Leaf, Series};
pub use word::{Word, WordOf};

use almanac_service::{
    Sessions,
    live::{Live, Settings as LiveSettings},
};
use async_graphql::{ID, MergedObject, Schema};

use apart::Apart;
use astrid::{
    AstridAlert, AstridAuditRecord, AstridCandidate, AstridDetection, AstridDifferenceRun,
    AstridModel, AstridModelRun, AstridObservation, AstridPreprocessRun, AstridProcessingJob,
    AstridSurvey, AstridSystemConfig, AstridValidationEvent,
};
use cal_registry::{Calibration, CalibrationApplied, CalibrationFence, Caltable};
use calibration::{CalRegistrySuspect, CalRegistrySuspicion, ProductsSuspect, ProductsSuspicion};
use calibrators::{
    BandpassCalibrator, BandpassCalibratorHistory, CatalogSource, GainCalibrator, SkyModel,
    VlaCalibrator, VlaFlux,
};
use context::Context;
use data_registry::{DataProduct, DataRelationship, DataTag};
use error::Result;
use hdf5::{Hdf5File, Hdf5Pointing, Hdf5StorageLocation};
use ingest::{IngestGroup, IngestPointing, PerformanceMetrics, SubbandFile};
use live::Subscriptions;
use master_sources::{CatalogBuildMeta, FinalReference, GoodReference, Source, StableId};
use products::{
    Alert, BatchJob, BatchJobItem, CalibrationQa, CalibratorTransit, DeadLetter, EseCandidate,
    Image, ImageQa, Job, MeasurementSet, MeasurementSetState, MeasurementSetTransition,
    MonitoringSource, Mosaic, MosaicGroup, MosaicMembership, Photometry, Pointing,
    ProductsHdf5File, QaArtifact, StorageLocation, TransientAlert, TransientCandidate,
    TransientMeasurement, VariabilityStats,
};

lists! {
    /// Observation groups in the ingest queue.
    ingest_groups: IngestGroup,
    /// Subband files of the observation groups.
    subband_files: SubbandFile,
    /// Seconds that each stage took, by observation group.
    performance_metrics: PerformanceMetrics,
    /// Where the telescope pointed, as the ingest recorded it.
    ingest_pointings: IngestPointing,
    /// Calibration tables.
    caltables: Caltable,
    /// Applications of calibration tables to measurement sets.
    calibration_applied: CalibrationApplied,
    /// Calibrations that science data wait for.
    calibration_fences: CalibrationFence,
    /// Measurement sets.
    measurement_sets: MeasurementSet,
    /// Where each measurement set stands.
    measurement_set_states: MeasurementSetState,
    /// The states that measurement sets went through.
    measurement_set_transitions: MeasurementSetTransition,
    /// Image products.
    images: Image,
    /// Forced photometry.
    photometry: Photometry,
    /// How sources vary.
    variability_stats: VariabilityStats,
    /// Candidate extreme scattering events.
    ese_candidates: EseCandidate,
    /// Sources watched for variability.
    monitoring_sources: MonitoringSource,
    /// Transient candidates.
    transient_candidates: TransientCandidate,
    /// Alerts about transient candidates.
    transient_alerts: TransientAlert,
    /// Measurements of transient candidates.
    transient_measurements: TransientMeasurement,
    /// Alerts that were sent.
    alerts: Alert,
    /// Mosaics.
    mosaics: Mosaic,
    /// Groups of measurement sets that become mosaics.
    mosaic_groups: MosaicGroup,
    /// Measurement sets in groups that become mosaics.
    mosaic_memberships: MosaicMembership,
    /// Assessments of calibrations.
    calibration_qa: CalibrationQa,
    /// Assessments of images.
    image_qa: ImageQa,
    /// Plots, tables and reports.
    qa_artifacts: QaArtifact,
    /// Jobs.
    jobs: Job,
    /// Batches of jobs.
    batch_jobs: BatchJob,
    /// Items of the batches.
    batch_job_items: BatchJobItem,
    /// Transits of calibrators.
    calibrator_transits: CalibratorTransit,
    /// Where the telescope pointed.
    pointings: Pointing,
    /// Operations that failed for good.
    dead_letters: DeadLetter,
    /// Where products are stored.
    storage_locations: StorageLocation,
    /// The older copy of the index of raw files.
    products_hdf5_files: ProductsHdf5File,
    /// Sources of the NVSS, VLASS and FIRST cross-match.
    sources: Source,
    /// Sources good enough to be measured as references.
    good_references: GoodReference,
    /// The strictest selection of reference sources.
    final_references: FinalReference,
    /// How the catalogue was built.
    catalog_build_meta: CatalogBuildMeta,
    /// Sources that may become references.
    stable_ids: StableId,
    /// Bandpass calibrators.
    bandpass_calibrators: BandpassCalibrator,
    /// What bandpass calibrators were before.
    bandpass_calibrator_history: BandpassCalibratorHistory,
    /// Gain calibrators.
    gain_calibrators: GainCalibrator,
    /// Sources of catalogues that calibrators were looked for in.
    catalog_sources: CatalogSource,
    /// The VLA's calibrators.
    vla_calibrators: VlaCalibrator,
    /// Flux densities of the VLA's calibrators.
    vla_fluxes: VlaFlux,
    /// Sky models.
    sky_models: SkyModel,
    /// Raw subband files.
    hdf5_files: Hdf5File,
    /// Where raw files are stored.
    hdf5_storage_locations: Hdf5StorageLocation,
    /// Where the telescope pointed, as the raw files say.
    hdf5_pointings: Hdf5Pointing,
    /// Data products.
    data_products: DataProduct,
    /// Relationships of data products.
    data_relationships: DataRelationship,
    /// Tags of data products.
    data_tags: DataTag,
    /// Surveys that AstrID takes its data from.
    astrid_surveys: AstridSurvey,
    /// Exposures that AstrID works on.
    astrid_observations: AstridObservation,
    /// AstrID's runs that calibrate and align observations.
    astrid_preprocess_runs: AstridPreprocessRun,
    /// AstrID's runs that subtract a reference.
    astrid_difference_runs: AstridDifferenceRun,
    /// AstrID's candidates.
    astrid_candidates: AstridCandidate,
    /// AstrID's models.
    astrid_models: AstridModel,
    /// AstrID's runs of models.
    astrid_model_runs: AstridModelRun,
    /// AstrID's detections.
    astrid_detections: AstridDetection,
    /// What people say of AstrID's detections.
    astrid_validation_events: AstridValidationEvent,
    /// AstrID's alerts.
    astrid_alerts: AstridAlert,
    /// AstrID's jobs.
    astrid_processing_jobs: AstridProcessingJob,
    /// AstrID's settings.
    astrid_system_config: AstridSystemConfig,
    /// What was changed in AstrID's tables, and by whom.
    astrid_audit_records: AstridAuditRecord,
    /// Suspicions about calibrations, as the calibration registry has them.
    cal_registry_suspicions: CalRegistrySuspicion,
    /// Calibration tables under suspicion.
    cal_registry_suspects: CalRegistrySuspect,
    /// Suspicions about calibrations, as the products have them.
    products_suspicions: ProductsSuspicion,
    /// Rows of the products that suspect calibrations touched.
    products_suspects: ProductsSuspect,
    /// Changes to the ingest queue.
    ingest_changes: IngestChange,
    /// Changes to the calibration registry.
    cal_registry_changes: CalRegistryChange,
    /// Changes to the products.
    products_changes: ProductsChange,
    /// Changes to the catalogue of sources.
    master_sources_changes: MasterSourcesChange,
    /// Changes to the calibrators.
    calibrators_changes: CalibratorsChange,
    /// Changes to the index of raw files.
    hdf5_changes: Hdf5Change,
    /// Changes to the data registry.
    data_registry_changes: DataRegistryChange,
}

/// The root of all queries.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    // A line each: what spans databases, then by database.
    Apart<Nodes>,
    Apart<Lists>,
    Apart<statistics::StatisticsQueries>,
    Apart<provenance::ProvenanceQueries>,
    Apart<migration_status::MigrationQueries>,
    Apart<catalogues::CatalogueQueries>,
    Apart<astrid::AstridRootQueries>,
    Apart<Calibration>,
    Apart<calibration::CalibrationImpactQueries>,
    Apart<calibration::SuspicionQueries>,
    Apart<cal_registry::CaltableSetQueries>,
    Apart<calibrators::CalibratorQueries>,
    Apart<data_registry::DataProductQueries>,
    Apart<hdf5::Hdf5Queries>,
    Apart<ingest::IngestQueries>,
    Apart<master_sources::ReferenceQueries>,
    Apart<products::ProductsQueries>,
);

/// The root of all changes.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    // A line each: what spans databases, then by database.
    Apart<calibration::SuspicionMutations>,
    Apart<astrid::AstridMutations>,
    Apart<cal_registry::CaltableMutations>,
    Apart<calibrators::CalibratorMutations>,
    Apart<calibrators::SkyModelMutations>,
    Apart<calibrators::VlaCalibratorMutations>,
    Apart<data_registry::DataProductMutations>,
    Apart<data_registry::PublicationMutations>,
    Apart<hdf5::Hdf5Mutations>,
    Apart<ingest::IngestQueueMutations>,
    Apart<ingest::IngestUpkeepMutations>,
    Apart<products::ProductsMutations>,
);

/// Rows by their names in the whole graph.
#[derive(Debug, Default)]
pub struct Nodes;

#[async_graphql::Object]
impl Nodes {
    /// The row that `id` names; null where there is none.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The row's name in the whole graph.")] id: ID,
    ) -> Result<Option<Node>> {
        match node::read_global_id(&id) {
            Some((type_name, key)) => find_node(ctx, &type_name, &key).await,
            None => Err(error::bad_input("id", "it is no name that this server gave")),
        }
    }
}

/// The graph, ready to answer.
pub type Graph = Schema<Query, Mutation, Subscriptions>;

/// The graph over `sessions`, which looks for changes once a second.
pub fn graph(sessions: Sessions) -> Graph {
    let live = Live::new(sessions.clone(), LiveSettings::default());
    live_graph(sessions, live)
}

/// The graph over `sessions`, and over the topics of `live`, which has the same sessions.
pub fn live_graph(sessions: Sessions, live: Live) -> Graph {
    builder().data(sessions).data(live).finish()
}

/// The same; `status` knows the databases' revisions.
pub fn informed_graph(sessions: Sessions, live: Live, status: MigrationStatus) -> Graph {
    builder().data(sessions).data(live).data(status).finish()
}

/// The graph's schema, in the schema definition language.
pub fn sdl() -> String {
    builder().finish().sdl()
}

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, Subscriptions> {
    Schema::build(Query::default(), Mutation::default(), Subscriptions).disable_suggestions()
}
