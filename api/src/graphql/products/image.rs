//! Images.

use almanac_entity::{
    cal_registry::caltable,
    ingest::ingest_group,
    products::{QualityGrade, image, image_qa, ms_index},
};
use almanac_service::{
    Filter, Order, PageRequest, Row,
    products::{Verdict, image_grade, image_summary, run_id_of},
};

use super::{
    ImageQa, MeasurementSet, Mosaic, MosaicMembership, Photometry, QaVerdict, TransientCandidate,
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
    through Path, MsPath, NoiseJy, DynamicRange, BeamMajorArcsec;
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

    /// Suspicions that stand on a calibration that touched it; none where nothing speaks against it.
    async fn suspect(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> async_graphql::Result<Option<Vec<crate::graphql::calibration::StandingSuspicion>>> {
        crate::graphql::calibration::suspect(self, ctx).await
    }

    /// Its grade, `excellent`, `good`, `marginal` or `poor`: that of its newest assessment, else of its
    /// dynamic range.
    async fn qa_grade(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(grade(self, ctx).await?.map(Into::into))
    }

    /// What its grade comes to.
    async fn qa_verdict(&self, ctx: &Context<'_>) -> Result<Option<QaVerdict>> {
        let grade = grade(self, ctx).await?;
        Ok(grade.as_ref().and_then(Verdict::of).map(Into::into))
    }

    /// The image in a line, such as `RMS 0.41 mJy, DR 512, Beam 12.8"`; parts that are unknown are left out.
    async fn qa_summary(&self) -> Option<String> {
        let number = |column| self.row().float(column);
        image_summary(
            number(image::Column::NoiseJy),
            number(image::Column::DynamicRange),
            number(image::Column::BeamMajorArcsec),
        )
    }

    /// The name of the run that made it, from the file's name of its measurement set.
    async fn run_id(&self) -> Option<String> {
        self.row().text(image::Column::MsPath).and_then(run_id_of)
    }

    /// The first calibration table, in the order of application, that was solved from its measurement set.
    async fn cal_table(&self, ctx: &Context<'_>) -> Result<Option<Caltable>> {
        use caltable::Column::{OrderIndex, SourceMsPath};
        let first = PageRequest::new(Filter::default(), [Order::asc(OrderIndex)], 1);
        let columns = selected_columns::<caltable::Entity>(ctx.field().selection_set());
        let found = Box::pin(self.siblings().manies::<caltable::Entity>(
            ctx,
            image::Column::MsPath,
            SourceMsPath,
            &first,
            &columns,
            false,
        ))
        .await?;
        let key = self.row().key(image::Column::MsPath);
        let page = key.and_then(|key| found.by_parent.get(&key));
        let index = page.and_then(|page| page.rows.first()).map(|(_, index)| *index);
        Ok(index.map(|index| Object::new(found.siblings.clone(), index)))
    }

    /// Its preview, a PNG file, as its newest assessment names it.
    async fn thumbnail_path(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        assessed(self, ctx, |row| row.text(image_qa::Column::ThumbnailPath).map(str::to_owned)).await
    }
}

/// What the newest assessment of an image says, which is read for all of its siblings at once.
async fn assessed<T>(
    image: &Image,
    ctx: &Context<'_>,
    say: impl FnOnce(&Row<image_qa::Entity>) -> Option<T>,
) -> Result<Option<T>> {
    use image_qa::Column::{ImagePath, OverallQuality, ThumbnailPath, Timestamp};
    let newest = PageRequest::new(Filter::default(), [Order::desc(Timestamp)], 1);
    let found = Box::pin(image.siblings().manies::<image_qa::Entity>(
        ctx,
        image::Column::Path,
        ImagePath,
        &newest,
        &[OverallQuality, ThumbnailPath],
        false,
    ))
    .await?;
    let key = image.row().key(image::Column::Path);
    let page = key.and_then(|key| found.by_parent.get(&key));
    let index = page.and_then(|page| page.rows.first()).map(|(_, index)| *index);
    Ok(index.and_then(|index| say(&found.siblings.rows[index])))
}

async fn grade(image: &Image, ctx: &Context<'_>) -> Result<Option<QualityGrade>> {
    let of_assessment = assessed(image, ctx, |row| {
        row.text(image_qa::Column::OverallQuality).map(QualityGrade::from)
    });
    let by_range = || image.row().float(image::Column::DynamicRange).map(image_grade);
    Ok(of_assessment.await?.or_else(by_range))
}
