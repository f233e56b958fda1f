//! Measurement sets.

use super::Image;
use crate::graphql::{
    cal_registry::{Caltable, valid_for_measurement_sets},
    context::Context,
    error::Result,
    ingest::IngestGroup,
};

table! { MeasurementSet shows products::ms_index;
    /// The observation group it was made from.
    one ingest_group: IngestGroup, GroupId => GroupId;
    /// Images made from it.
    many images: Image, Path => MsPath;
    /// Calibration tables solved from it.
    many solved_caltables: Caltable, Path => SourceMsPath;

    /// The calibration tables that are active and valid at the middle of its observation, in the order in
    /// which they are applied.
    async fn caltables(&self, ctx: &Context<'_>) -> Result<Option<Vec<Caltable>>> {
        valid_for_measurement_sets(ctx, self.siblings(), self.index()).await.map(Some)
    }
}
