//! Measurement sets.

use almanac_entity::products::{MeasurementSetStage, ms_index};
use almanac_service::products::{Verdict, run_id_of};

use super::{
    BatchJobItem, CalibrationQa, Image, ImageQa, Job, MeasurementSetState,
    MeasurementSetTransition, MosaicGroup, MosaicMembership, QaVerdict, TransientCandidate,
};
use crate::graphql::{
    cal_registry::{CalibrationApplied, CalibrationFence, Caltable, valid_for_measurement_sets},
    context::Context,
    error::Result,
    ingest::IngestGroup,
};

table! { MeasurementSet shows products::ms_index;
    through Path, Stage, MidMjd;
    /// The observation group it was made from.
    one ingest_group: IngestGroup, GroupId => GroupId;
    /// Images made from it.
    many images: Image, Path => MsPath;
    /// Calibration tables solved from it.
    many solved_caltables: Caltable, Path => SourceMsPath;
    /// Calibration tables that were applied to it, and how that went.
    many calibration_applied: CalibrationApplied, Path => MsPath;
    /// Calibrations on it that science data wait for.
    many calibration_fences: CalibrationFence, Path => CalibratorMs;
    /// Where it stands.
    one state: MeasurementSetState, Path => MsPath;
    /// The states it went through.
    many transitions: MeasurementSetTransition, Path => MsPath;
    /// Jobs that work on it.
    many jobs: Job, Path => MsPath;
    /// Items of batches about it.
    many batch_items: BatchJobItem, Path => MsPath;
    /// Assessments of its images.
    many image_qa: ImageQa, Path => MsPath;
    /// Assessments of its calibration.
    many calibration_qa: CalibrationQa, Path => MsPath;
    /// Its places in groups that become mosaics.
    many mosaic_memberships: MosaicMembership, Path => MsPath;
    /// Groups whose calibration was solved on it.
    many calibrated_mosaic_groups: MosaicGroup, Path => CalibrationMsPath;
    /// Transient candidates found in it.
    many transient_candidates: TransientCandidate, Path => MsPath;

    /// What can be said of it by its stage alone.
    async fn qa_verdict(&self) -> QaVerdict {
        let stage = self.row().text(ms_index::Column::Stage).map(MeasurementSetStage::from);
        Verdict::by_stage(stage.as_ref()).into()
    }

    /// The name of the run that works on it, from its file's name.
    async fn run_id(&self) -> Option<String> {
        self.row().text(ms_index::Column::Path).and_then(run_id_of)
    }

    /// The calibration tables that are active and valid at the middle of its observation, in the order in
    /// which they are applied.
    async fn caltables(&self, ctx: &Context<'_>) -> Result<Option<Vec<Caltable>>> {
        valid_for_measurement_sets(ctx, self.siblings(), self.index()).await.map(Some)
    }

    /// Suspicions that stand on a calibration that touched it; none where nothing speaks against it.
    async fn suspect(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> async_graphql::Result<Option<Vec<crate::graphql::calibration::StandingSuspicion>>> {
        crate::graphql::calibration::suspect(self, ctx).await
    }
}
