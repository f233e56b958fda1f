//! Observations.

use almanac_service::astrid::{estimated_airmass, observation_metrics};

use super::{
    AstridAuditRecord, AstridCandidate, AstridDetection, AstridDifferenceRun, AstridModelRun,
    AstridPreprocessRun, AstridProcessingJob, AstridSurvey, statistics::float,
};
use crate::graphql::error::{Result, graph_error};

table! { AstridObservation shows astrid::observation;
    through Status, Ra, Dec, ExposureTime, FitsFilePath, ThumbnailPath, Airmass;
    /// The survey it belongs to.
    one survey: AstridSurvey, SurveyId => Id;
    /// Runs that calibrated and aligned it.
    many preprocess_runs: AstridPreprocessRun, Id => ObservationId;
    /// Runs that subtracted a reference from it.
    many difference_runs: AstridDifferenceRun, Id => ObservationId;
    /// Runs that took it for their reference.
    many reference_for_runs: AstridDifferenceRun, Id => ReferenceObservationId;
    /// Candidates found in it.
    many candidates: AstridCandidate, Id => ObservationId;
    /// Runs of models on it.
    many model_runs: AstridModelRun, Id => ObservationId;
    /// Detections in it.
    many detections: AstridDetection, Id => ObservationId;
    /// Jobs that work on it.
    many processing_jobs: AstridProcessingJob, Id => EntityId where EntityType = "observation";
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "observation";

    /// What the pipeline does with it next: `preprocessing`, `differencing` or `detection`; null where nothing.
    async fn next_stage(&self) -> Option<&'static str> {
        observation_metrics(self.row()).next_stage
    }

    /// Whether a stage can take it now.
    async fn can_process(&self) -> bool {
        observation_metrics(self.row()).can_process
    }

    /// Whether its image is stored.
    async fn has_fits_file(&self) -> bool {
        observation_metrics(self.row()).has_fits_file
    }

    /// Whether it has a preview.
    async fn has_thumbnail(&self) -> bool {
        observation_metrics(self.row()).has_thumbnail
    }

    /// Its airmass: the one it has, else that of its culmination at a latitude, to two decimals; 10 where it
    /// culminates lower than 10° above the horizon.
    async fn estimated_airmass(
        &self,
        #[graphql(desc = "The observatory's latitude, degrees, from -90 to 90.")] latitude_deg: f64,
    ) -> Result<Option<f64>> {
        let airmass = estimated_airmass(self.row(), latitude_deg);
        airmass.map(|airmass| Some(float(airmass))).map_err(|error| graph_error(&error))
    }
}
