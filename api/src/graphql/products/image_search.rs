//! Looking for images.

use almanac_entity::{
    UnixTime,
    ingest::ingest_group,
    products::{ImageFormat, ImageType, QualityGrade, image},
};
use almanac_service::{
    Direction, Error, Repository, Row,
    products::{Between, ImageSearch, ImageSort as Sort, SkyCone},
};
use async_graphql::{Enum, InputObject, Object};
use chrono::{DateTime, Utc};

use super::Image;
use crate::graphql::{
    Word,
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
    node::objects,
};

/// Observation groups that a search by calibrators may be about.
const MOST_GROUPS: u64 = 20_000;
/// An observation's group starts no longer before its middle than this, days.
const MARGIN_DAYS: f64 = 0.05;

/// What images are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Sort")]
pub enum ImageSort {
    /// When they were made.
    Created,
    /// Their noise.
    Noise,
    /// Peak over noise.
    DynamicRange,
    /// Declination of their centre.
    Declination,
    /// The middle of their observation.
    MidMjd,
}

/// From where to where, both included.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct FloatRange {
    /// The least.
    from: Option<f64>,
    /// The greatest.
    to: Option<f64>,
}

impl From<FloatRange> for Between {
    fn from(range: FloatRange) -> Self {
        Self { from: range.from, to: range.to }
    }
}

/// From when to when, both included.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct TimeRange {
    /// The earliest.
    from: Option<DateTime<Utc>>,
    /// The latest.
    to: Option<DateTime<Utc>>,
}

/// The sky around a direction.
#[derive(Clone, Copy, Debug, InputObject)]
#[expect(clippy::struct_field_names, reason = "units stand in names")]
pub struct ImageCone {
    /// Right ascension of the centre, degrees, ICRS.
    ra_deg: f64,
    /// Declination of the centre, degrees, ICRS.
    dec_deg: f64,
    /// Radius, degrees.
    radius_deg: f64,
}

/// Which images are wanted. An image of which something is not known is not found by it.
#[derive(Debug, Default, InputObject)]
pub struct ImageSearchInput {
    /// What they show; any unless said.
    types: Option<Vec<Word<ImageType>>>,
    /// Their file format.
    format: Option<Word<ImageFormat>>,
    /// Whether they are corrected for the primary beam.
    pbcor: Option<bool>,
    /// The field observed.
    field_name: Option<String>,
    /// When they were made.
    created: Option<TimeRange>,
    /// The middle of their observation, MJD.
    mid_mjd: Option<FloatRange>,
    /// Noise, Jy/beam.
    noise_jy: Option<FloatRange>,
    /// Peak over noise.
    dynamic_range: Option<FloatRange>,
    /// Declination of their centre, degrees.
    dec_deg: Option<FloatRange>,
    /// Where their centre lies.
    cone: Option<ImageCone>,
    /// Whether a calibrator was in the field of their observation.
    has_calibrator: Option<bool>,
    /// A part of their path or field, upper and lower case being the same.
    text: Option<String>,
    /// Their grade, which is that of their dynamic range.
    qa_grade: Option<Word<QualityGrade>>,
}

/// Images that were looked for.
#[derive(Debug)]
pub struct FoundImages(ImageSearch);

/// Images that were looked for.
#[Object]
impl FoundImages {
    /// How many images there are, however many are shown.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64> {
        let read = async {
            let reader = ctx.reader_of::<image::Entity>().await?;
            Repository::<_, image::Entity>::new(&reader).count_found(&self.0).await
        };
        read.await.map_err(|error| graph_error(&error))
    }

    /// The images.
    async fn images(&self, ctx: &Context<'_>) -> Result<Vec<Image>> {
        let read = async {
            let reader = ctx.reader_of::<image::Entity>().await?;
            Repository::<_, image::Entity>::new(&reader).search(&self.0).await
        };
        let images = read.await.map_err(|error| graph_error(&error))?;
        Ok(objects(images.iter().map(Row::<image::Entity>::of_model).collect()))
    }
}

/// Images at the root of the graph.
#[derive(Debug, Default)]
pub struct ImageQueries;

#[Object]
impl ImageQueries {
    /// Looks for images. What is not known of an image comes last, either way.
    async fn search_images(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which images; all unless said.")] filter: Option<ImageSearchInput>,
        #[graphql(default_with = "ImageSort::Created", desc = "What they are sorted by.")]
        sort_by: ImageSort,
        #[graphql(default = true, desc = "Whether the greatest comes first.")] descending: bool,
        #[graphql(default = 100, desc = "How many at the most, up to 1,000.")] limit: i32,
        #[graphql(default, desc = "How many of the first are left out.")] offset: i32,
    ) -> Result<Option<FoundImages>> {
        let limit = u64::try_from(limit).ok().filter(|limit| *limit <= 1_000);
        let limit = limit.ok_or_else(|| bad_input("limit", "it is a number from 0 to 1,000"))?;
        let offset =
            u64::try_from(offset).map_err(|_| bad_input("offset", "it is not below zero"))?;
        let filter = filter.unwrap_or_default();
        let mid_mjd = filter.mid_mjd.unwrap_or_default();
        let group_ids = match filter.has_calibrator {
            None => None,
            Some(has) => {
                let groups = groups_with_calibrator(ctx, has, mid_mjd).await;
                Some(groups.map_err(|error| graph_error(&error))?)
            }
        };
        let created = filter.created.unwrap_or_default();
        let search = ImageSearch {
            kinds: filter.types.unwrap_or_default().into_iter().map(|word| word.0).collect(),
            format: filter.format.map(|word| word.0),
            pbcor: filter.pbcor,
            field_name: filter.field_name,
            created: Between::times(
                created.from.map(UnixTime::from),
                created.to.map(UnixTime::from),
            ),
            mid_mjd: mid_mjd.into(),
            noise_jy: filter.noise_jy.unwrap_or_default().into(),
            dynamic_range: filter.dynamic_range.unwrap_or_default().into(),
            dec_deg: filter.dec_deg.unwrap_or_default().into(),
            cone: filter.cone.map(|cone| SkyCone {
                ra_deg: cone.ra_deg,
                dec_deg: cone.dec_deg,
                radius_deg: cone.radius_deg,
            }),
            group_ids,
            text: filter.text,
            grade: filter.qa_grade.map(|word| word.0),
            sort: sort_by.into(),
            direction: if descending { Direction::Desc } else { Direction::Asc },
            limit,
            offset,
        };
        // What is wrong with it is told here, not by each field.
        search.filter().map_err(|error| graph_error(&error))?;
        Ok(Some(FoundImages(search)))
    }
}

/// The observation groups with or without a calibrator, as far as the middles of their observations are
/// asked for: they are in another database than the images.
async fn groups_with_calibrator(
    ctx: &Context<'_>,
    has_calibrator: bool,
    mid_mjd: FloatRange,
) -> almanac_service::Result<Vec<String>> {
    let name = |mjd: Option<f64>| {
        let time = UnixTime::from_mjd(mjd?).date_time()?;
        Some(time.format("%Y-%m-%dT%H:%M:%S").to_string())
    };
    let from = name(mid_mjd.from.map(|mjd| mjd - MARGIN_DAYS));
    let to = name(mid_mjd.to);
    let reader = ctx.reader_of::<ingest_group::Entity>().await?;
    let groups = Repository::<_, ingest_group::Entity>::new(&reader)
        .with_calibrator(has_calibrator, from.as_deref(), to.as_deref(), MOST_GROUPS + 1)
        .await?;
    if groups.len() as u64 > MOST_GROUPS {
        let message = "too many observations are like that; give a range of midMjd";
        return Err(Error::invalid("hasCalibrator", message));
    }
    Ok(groups)
}
