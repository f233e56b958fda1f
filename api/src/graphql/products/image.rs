//! Images.

use almanac_entity::{
    ingest::ingest_group,
    products::{image, ms_index},
};

use super::{
    ImageQa, MeasurementSet, Mosaic, MosaicMembership, Photometry, TransientCandidate,
    TransientMeasurement,
};
use crate::graphql::{
    cal_registry::{Caltable, valid_for_measurement_sets},
    connection::selected_columns,
    context::Context,
    error::Result,
    ingest::IngestGroup,
    object::Object,
};

table! { Image shows products::image;
    /// The measurement set it was made from.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// Forced photometry on it.
    many photometry: Photometry, Path => ImagePath;

    /// Assessments of its quality.
    many image_qa: ImageQa, Path => ImagePath;
    /// It among the mosaics, where it is one.
    one mosaic: Mosaic, Path => Path;
    /// The groups through which its measurement set becomes part of mosaics.
    many mosaic_memberships: MosaicMembership, MsPath => MsPath;
    /// Transient candidates found on it.
    many transient_candidates: TransientCandidate, Path => ImagePath;
    /// Measurements of transient candidates on it.
    many transient_measurements: TransientMeasurement, Path => ImagePath;

    /// The observation group of its measurement set.
    async fn ingest_group(&self, ctx: &Context<'_>) -> Result<Option<IngestGroup>> {
        let through = [ms_index::Column::Path, ms_index::Column::GroupId];
        let sets = Box::pin(self.siblings().ones::<ms_index::Entity>(
            ctx,
            image::Column::MsPath,
            ms_index::Column::Path,
            &through,
        ))
        .await?;
        let columns = selected_columns::<ingest_group::Entity>(ctx.field().selection_set());
        let groups = Box::pin(sets.siblings.ones::<ingest_group::Entity>(
            ctx,
            ms_index::Column::GroupId,
            ingest_group::Column::GroupId,
            &columns,
        ))
        .await?;
        let set = self.row().key(image::Column::MsPath).and_then(|path| sets.by_key.get(&path));
        let group = set
            .and_then(|set| sets.siblings.rows[*set].key(ms_index::Column::GroupId))
            .and_then(|group| groups.by_key.get(&group));
        Ok(group.map(|index| Object::new(groups.siblings.clone(), *index)))
    }

    /// The calibration tables that are active and valid at the middle of its observation, in the order in
    /// which they are applied.
    async fn caltables(&self, ctx: &Context<'_>) -> Result<Option<Vec<Caltable>>> {
        let mid_time = [ms_index::Column::Path, ms_index::Column::MidMjd];
        let found = self
            .siblings()
            .ones::<ms_index::Entity>(ctx, image::Column::MsPath, ms_index::Column::Path, &mid_time)
            .await?;
        let key = self.row().key(image::Column::MsPath);
        match key.and_then(|key| found.by_key.get(&key).copied()) {
            Some(index) => {
                valid_for_measurement_sets(ctx, &found.siblings, index).await.map(Some)
            }
            None => Ok(Some(Vec::new())),
        }
    }
}
