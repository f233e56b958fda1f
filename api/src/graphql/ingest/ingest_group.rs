//! Observation groups.

use std::sync::Arc;

use almanac_entity::ingest::ingest_group::Column::GroupId;
use almanac_service::Repository;

use super::{PerformanceMetrics, SubbandFile};
use crate::graphql::{
    context::{Context, ContextExt},
    error::Result,
    hdf5::Hdf5File,
    products::{CalibratorTransit, MeasurementSet, QaArtifact},
};

table! { IngestGroup shows ingest::ingest_group;
    /// Its subband files.
    many subband_files: SubbandFile, GroupId => GroupId;
    /// How long each stage took.
    one performance_metrics: PerformanceMetrics, GroupId => GroupId;
    /// Measurement sets made from it.
    many measurement_sets: MeasurementSet, GroupId => GroupId;
    /// Its files in the index of raw files.
    many hdf5_files: Hdf5File, GroupId => GroupId;
    /// Transits of calibrators that it covers.
    many calibrator_transits: CalibratorTransit, GroupId => GroupId;
    /// Plots, tables and reports about it.
    many qa_artifacts: QaArtifact, GroupId => GroupId;

    /// Number of subbands it has.
    async fn subband_count(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        let count = Box::pin(async {
            let reader = ctx.reader_of::<almanac_entity::ingest::subband_file::Entity>().await?;
            let groups =
                Repository::<_, almanac_entity::ingest::ingest_group::Entity>::new(&reader);
            groups.subband_counts(&self.siblings().keys(GroupId)).await.map(Arc::new)
        });
        let counts = self.siblings().once("subband count".to_owned(), count).await?;
        let count = |group| counts.get(&group).copied().unwrap_or_default();
        Ok(self.row().key(GroupId).map(count))
    }
}
