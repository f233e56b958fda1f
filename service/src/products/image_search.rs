//! Looking for images.

use almanac_entity::{
    UnixTime,
    products::{ImageFormat, ImageType, QualityGrade, image, ms_index},
};
use image::Column::{
    CenterDecDeg, CenterRaDeg, CreatedAt, DynamicRange, FieldName, Format, Id, Kind, MsPath,
    NoiseJy, Path, Pbcor,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName, EntityTrait, Order as By, QueryFilter, QueryOrder,
    QuerySelect, Select, Value,
    sea_query::{ExprTrait, NullOrdering, Query, SelectStatement, SimpleExpr, SubQueryStatement},
};

use super::IN_LIST;
use crate::{Comparison, Direction, Error, Filter, Pattern, Repository, Result, sky::Cone};

/// Images of a rectangle on the sky that are looked at one by one.
const MOST_IN_CONE: u64 = 50_000;

/// From where to where; an end that is not given is open, the others belong to it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Between {
    /// The least.
    pub from: Option<f64>,
    /// The greatest.
    pub to: Option<f64>,
}

/// The sky around a direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SkyCone {
    /// Right ascension of the centre, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination of the centre, degrees, ICRS.
    pub dec_deg: f64,
    /// Radius, degrees, above 0 and at most 180.
    pub radius_deg: f64,
}

/// What images are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ImageSort {
    /// When they were made.
    #[default]
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

/// Which images are wanted. What is not given lets every image through; an image of which something is not
/// known is not found by it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSearch {
    /// What they show; none stands for anything.
    pub kinds: Vec<ImageType>,
    /// Their file format.
    pub format: Option<ImageFormat>,
    /// Whether they are corrected for the primary beam.
    pub pbcor: Option<bool>,
    /// The field observed.
    pub field_name: Option<String>,
    /// When they were made, seconds since 1970.
    pub created: Between,
    /// The middle of their observation, MJD.
    pub mid_mjd: Between,
    /// Noise, Jy/beam.
    pub noise_jy: Between,
    /// Peak over noise.
    pub dynamic_range: Between,
    /// Declination of their centre, degrees.
    pub dec_deg: Between,
    /// Where their centre lies.
    pub cone: Option<SkyCone>,
    /// The observation groups they come from.
    pub group_ids: Option<Vec<String>>,
    /// A part of their path or field.
    pub text: Option<String>,
    /// Their grade, which is that of their dynamic range.
    pub grade: Option<QualityGrade>,
    /// What they are sorted by; what is not known comes last, ties by number.
    pub sort: ImageSort,
    /// Which way.
    pub direction: Direction,
    /// How many at the most.
    pub limit: u64,
    /// How many of the first are left out.
    pub offset: u64,
}

impl Default for ImageSearch {
    fn default() -> Self {
        Self {
            kinds: Vec::new(),
            format: None,
            pbcor: None,
            field_name: None,
            created: Between::default(),
            mid_mjd: Between::default(),
            noise_jy: Between::default(),
            dynamic_range: Between::default(),
            dec_deg: Between::default(),
            cone: None,
            group_ids: None,
            text: None,
            grade: None,
            sort: ImageSort::default(),
            direction: Direction::Desc,
            limit: 100,
            offset: 0,
        }
    }
}

impl ImageSearch {
    /// The images it finds, but for the shape of its cone: those of the rectangle around it.
    ///
    /// # Errors
    /// A range is the wrong way round, the cone is none, or the grade is not one of the four.
    pub fn filter(&self) -> Result<Filter<image::Entity>> {
        let mut all = Vec::new();
        if !self.kinds.is_empty() {
            all.push(Filter::In(Kind, self.kinds.iter().cloned().map(Value::from).collect()));
        }
        all.extend(self.format.clone().map(|format| Filter::eq(Format, format)));
        all.extend(self.pbcor.map(|pbcor| {
            if pbcor {
                Filter::eq(Pbcor, true)
            } else {
                Filter::Any(vec![Filter::eq(Pbcor, false), Filter::Null(Pbcor, true)])
            }
        }));
        all.extend(self.field_name.as_deref().map(|name| Filter::eq(FieldName, name)));
        for (argument, column, range) in [
            ("created", CreatedAt, self.created),
            ("noise_jy", NoiseJy, self.noise_jy),
            ("dynamic_range", DynamicRange, self.dynamic_range),
            ("dec_deg", CenterDecDeg, self.dec_deg),
        ] {
            all.extend(within(argument, column, range)?);
        }
        all.extend(self.of_observations()?.map(|paths| Filter::Among(MsPath, Box::new(paths))));
        all.extend(self.text.as_deref().filter(|text| !text.is_empty()).map(|text| {
            let like = |column| Filter::Like(column, Pattern::Contains, text.to_owned());
            Filter::Any(vec![like(Path), like(FieldName)])
        }));
        if let Some(grade) = &self.grade {
            all.push(of_grade(grade)?);
        }
        if let Some(cone) = self.cone()? {
            let (south, north) = cone.dec_band();
            let dec_band = Between { from: Some(south), to: Some(north) };
            all.extend(within("cone", CenterDecDeg, dec_band)?);
            let mut ranges = Vec::new();
            for (west, east) in cone.ra_ranges() {
                let range = Between { from: Some(west), to: Some(east) };
                ranges.extend(within("cone", CenterRaDeg, range)?);
            }
            if !ranges.is_empty() {
                all.push(Filter::Any(ranges));
            }
        }
        Ok(Filter::All(all))
    }

    fn cone(&self) -> Result<Option<Cone>> {
        let cone = |cone: SkyCone| Cone::new(cone.ra_deg, cone.dec_deg, cone.radius_deg);
        self.cone.map(cone).transpose()
    }

    /// The measurement sets of the times and groups that are asked for.
    fn of_observations(&self) -> Result<Option<SelectStatement>> {
        use ms_index::Column::{GroupId, MidMjd, Path};
        let mut all: Vec<Filter<ms_index::Entity>> = Vec::new();
        all.extend(within("mid_mjd", MidMjd, self.mid_mjd)?);
        all.extend(self.group_ids.as_ref().map(|groups| {
            Filter::In(GroupId, groups.iter().map(|group| group.as_str().into()).collect())
        }));
        if all.is_empty() {
            return Ok(None);
        }
        let select = Query::select()
            .expr(Path.into_expr())
            .from(ms_index::Entity.table_ref())
            .cond_where(Filter::All(all).condition())
            .to_owned();
        Ok(Some(select))
    }

    fn select(&self) -> Result<Select<image::Entity>> {
        let (by, id) = match self.direction {
            Direction::Asc => (By::Asc, By::Asc),
            Direction::Desc => (By::Desc, By::Desc),
        };
        let select = image::Entity::find().filter(self.filter()?.condition());
        Ok(select.order_by_with_nulls(self.sort_key(), by, NullOrdering::Last).order_by(Id, id))
    }

    fn sort_key(&self) -> SimpleExpr {
        match self.sort {
            ImageSort::Created => CreatedAt.into_expr(),
            ImageSort::Noise => NoiseJy.into_expr(),
            ImageSort::DynamicRange => DynamicRange.into_expr(),
            ImageSort::Declination => CenterDecDeg.into_expr(),
            ImageSort::MidMjd => {
                let middle = Query::select()
                    .expr(ms_index::Column::MidMjd.into_expr())
                    .from(ms_index::Entity.table_ref())
                    .and_where(ms_index::Column::Path.into_expr().equals(MsPath.as_column_ref()))
                    .to_owned();
                SubQueryStatement::SelectStatement(middle).into()
            }
        }
    }
}

impl<C: ConnectionTrait> Repository<'_, C, image::Entity> {
    /// The images that are looked for. One statement; with a cone two.
    ///
    /// # Errors
    /// As [`ImageSearch::filter`], or more than 50,000 images lie around the cone, or the engine fails.
    pub async fn search(&self, search: &ImageSearch) -> Result<Vec<image::Model>> {
        let Some(cone) = search.cone()? else {
            let select = search.select()?.limit(search.limit).offset(search.offset);
            return Ok(select.all(self.connection).await?);
        };
        let ids = self.ids_within(search, &cone).await?.into_iter();
        let skipped = usize::try_from(search.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
        let wanted: Vec<i64> = ids.skip(skipped).take(limit).collect();
        let mut found = std::collections::HashMap::with_capacity(wanted.len());
        for ids in wanted.chunks(IN_LIST) {
            let select = image::Entity::find().filter(Id.is_in(ids.iter().copied()));
            let images = select.all(self.connection).await?.into_iter();
            found.extend(images.map(|image| (image.id, image)));
        }
        Ok(wanted.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// How many images are found, however many are asked for.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub async fn count_found(&self, search: &ImageSearch) -> Result<u64> {
        match search.cone()? {
            None => self.count(&search.filter()?).await,
            Some(cone) => Ok(self.ids_within(search, &cone).await?.len() as u64),
        }
    }

    /// The images of the cone, in the order of the search.
    async fn ids_within(&self, search: &ImageSearch, cone: &Cone) -> Result<Vec<i64>> {
        let select = search
            .select()?
            .select_only()
            .columns([Id, CenterRaDeg, CenterDecDeg])
            .limit(MOST_IN_CONE + 1);
        let centres: Vec<(i64, Option<f64>, Option<f64>)> =
            select.into_tuple().all(self.connection).await?;
        if centres.len() as u64 > MOST_IN_CONE {
            let message = format!("more than {MOST_IN_CONE} images lie around it; make it smaller");
            return Err(Error::invalid("radius_deg", message));
        }
        let within = |(id, ra, dec): (i64, Option<f64>, Option<f64>)| {
            cone.separation_within(ra?, dec?).map(|_| id)
        };
        Ok(centres.into_iter().filter_map(within).collect())
    }
}

/// The column lies in the range; none where that is open at both ends.
fn within<E: almanac_entity::Table>(
    argument: &str,
    column: E::Column,
    range: Between,
) -> Result<Option<Filter<E>>> {
    if [range.from, range.to].into_iter().flatten().any(|bound| !bound.is_finite()) {
        return Err(Error::invalid(argument, "its bounds are finite numbers"));
    }
    if let (Some(from), Some(to)) = (range.from, range.to)
        && from > to
    {
        return Err(Error::invalid(argument, format!("{from} is greater than {to}")));
    }
    let bound = |comparison, bound: Option<f64>| {
        bound.map(|bound| Filter::Compare(column, comparison, bound.into()))
    };
    let bounds: Vec<_> = [bound(Comparison::Gte, range.from), bound(Comparison::Lte, range.to)]
        .into_iter()
        .flatten()
        .collect();
    Ok((!bounds.is_empty()).then_some(Filter::All(bounds)))
}

/// The dynamic ranges of a grade: above 1000 an image is excellent, above 100 good, above 10 marginal.
fn of_grade(grade: &QualityGrade) -> Result<Filter<image::Entity>> {
    let (above, at_most) = match grade {
        QualityGrade::Excellent => (Some(1_000.0), None),
        QualityGrade::Good => (Some(100.0), Some(1_000.0)),
        QualityGrade::Marginal => (Some(10.0), Some(100.0)),
        QualityGrade::Poor => (None, Some(10.0)),
        QualityGrade::Other(word) => {
            let message = format!("{word:?} is none of excellent, good, marginal, poor");
            return Err(Error::invalid("grade", message));
        }
    };
    let bound = |comparison, bound: Option<f64>| {
        bound.map(|bound| Filter::Compare(DynamicRange, comparison, bound.into()))
    };
    let bounds = [bound(Comparison::Gt, above), bound(Comparison::Lte, at_most)];
    Ok(Filter::All(bounds.into_iter().flatten().collect()))
}

impl Between {
    /// A range of instants.
    pub fn times(from: Option<UnixTime>, to: Option<UnixTime>) -> Self {
        Self { from: from.map(f64::from), to: to.map(f64::from) }
    }
}
