//! Images.

use super::{MeasurementSet, Photometry};
use crate::graphql::{
    cal_registry::{Caltable, valid_for_measurement_sets},
    context::Context,
    error::Result,
};

table! { Image shows products::image;
    /// The measurement set it was made from.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// Forced photometry on it.
    many photometry: Photometry, Path => ImagePath;

    /// The calibration tables that are active and valid at the middle of its observation, in the order in
    /// which they are applied.
    async fn caltables(&self, ctx: &Context<'_>) -> Result<Option<Vec<Caltable>>> {
        use almanac_entity::products::{image, ms_index};
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
