//! One source: its images, their quality, its statistics.

use almanac_entity::{
    UnixTime,
    products::{QualityGrade, image, image_qa, monitoring_source, photometry, variability_stat},
};
use photometry::Column::{
    FluxErrJy, FluxJy, Id, ImagePath, MeasuredAt, PeakErrJyb, PeakJyb, SourceId,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityName, EntityTrait, Order as By, QueryFilter,
    QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};

use super::SourceRepository;
use crate::{Repository, Result};

/// An image that a source was measured on, with the measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct ContributingImage {
    /// Number of the image; none where the image is gone.
    pub image_id: Option<i64>,
    /// Its path.
    pub path: String,
    /// The measurement set it was made from.
    pub ms_path: Option<String>,
    /// Its grade, where one was given; the newest.
    pub qa_grade: Option<QualityGrade>,
    /// When it was made.
    pub created_at: Option<UnixTime>,
    /// When the source was measured on it.
    pub measured_at: UnixTime,
    /// Flux density, Jy: integrated, or where there is none the peak.
    pub flux_jy: Option<f64>,
    /// Its uncertainty, Jy.
    pub flux_err_jy: Option<f64>,
}

impl ContributingImage {
    fn read(result: &QueryResult) -> std::result::Result<Self, DbErr> {
        let integrated: Option<f64> = result.try_get_by_index(4)?;
        let (flux_jy, error) = match integrated {
            Some(flux) => (Some(flux), 5),
            None => (result.try_get_by_index(6)?, 7),
        };
        let grade: Option<String> = result.try_get_by_index(9)?;
        Ok(Self {
            image_id: result.try_get_by_index(0)?,
            path: result.try_get_by_index(1)?,
            ms_path: result.try_get_by_index(2)?,
            created_at: result.try_get_by_index(3)?,
            flux_jy,
            flux_err_jy: result.try_get_by_index(error)?,
            measured_at: result.try_get_by_index(8)?,
            qa_grade: grade.map(QualityGrade::from),
        })
    }
}

/// All that the products say of one source.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceDetail {
    /// The source, by its NVSS designation; also its name.
    pub source_id: String,
    /// Right ascension, degrees, ICRS: of its latest measurement, else of its statistics or the watch list.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// The images that it was measured on, the last measured first.
    pub images: Vec<ContributingImage>,
    /// The image that it was measured on last.
    pub latest_image_id: Option<i64>,
    /// Its statistics.
    pub statistics: Option<variability_stat::Model>,
    /// Its entry in the watch list.
    pub monitoring: Option<monitoring_source::Model>,
}

/// How good the images are that a source was measured on.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceQuality {
    /// The source.
    pub source_id: String,
    /// The grades of its images, the best first, and how many images have each.
    pub grades: Vec<(QualityGrade, u64)>,
    /// Number of its images without a grade.
    pub ungraded: u64,
    /// The grade that most of its images have; of several, the worst. None where no image has one.
    pub overall: Option<QualityGrade>,
}

/// Grades, the best first.
const GRADES: [QualityGrade; 4] =
    [QualityGrade::Excellent, QualityGrade::Good, QualityGrade::Marginal, QualityGrade::Poor];

impl<C: ConnectionTrait> SourceRepository<'_, C> {
    /// One source, with at most `images` of its images, those measured last. None where it was never
    /// measured, has no statistics and is not watched.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn get_by_id(&self, source_id: &str, images: u64) -> Result<Option<SourceDetail>> {
        let statistics =
            Repository::<_, variability_stat::Entity>::new(self.connection).find(source_id).await?;
        let monitoring = monitoring_source::Entity::find()
            .filter(monitoring_source::Column::SourceId.eq(source_id))
            .one(self.connection)
            .await?;
        let latest = self.get_many(&[source_id.to_owned()]).await?.pop();
        let measured = latest.as_ref().map(|source| (source.ra_deg, source.dec_deg));
        let computed = statistics.as_ref().map(|row| (row.ra_deg, row.dec_deg));
        let watched = monitoring.as_ref().map(|row| (row.ra_deg, row.dec_deg));
        let Some((ra_deg, dec_deg)) = measured.or(computed).or(watched) else { return Ok(None) };
        let images = self.images(source_id, images).await?;
        Ok(Some(SourceDetail {
            source_id: source_id.to_owned(),
            ra_deg,
            dec_deg,
            latest_image_id: images.first().and_then(|image| image.image_id),
            images,
            statistics,
            monitoring,
        }))
    }

    /// How good the images are that a source was measured on.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn qa(&self, source_id: &str) -> Result<SourceQuality> {
        let paths = Query::select()
            .distinct()
            .expr_as(Expr::col(ImagePath.as_column_ref()), Alias::new("path"))
            .from(photometry::Entity.table_ref())
            .and_where(SourceId.eq(source_id))
            .to_owned();
        let graded = Query::select()
            .expr_as(newest_grade(("measured", Alias::new("path"))), Alias::new("grade"))
            .from_subquery(paths, "measured")
            .to_owned();
        let select = Query::select()
            .expr(Expr::col(("graded", Alias::new("grade"))))
            .expr(Expr::col(sea_orm::sea_query::Asterisk).count())
            .from_subquery(graded, "graded")
            .group_by_col(("graded", Alias::new("grade")))
            .to_owned();
        let mut counts: Vec<(QualityGrade, u64)> = Vec::new();
        let mut ungraded = 0;
        for result in self.connection.query_all(&select).await? {
            let (grade, count): (Option<String>, i64) = result.try_get_many_by_index()?;
            match grade {
                Some(grade) => counts.push((grade.into(), count.unsigned_abs())),
                None => ungraded += count.unsigned_abs(),
            }
        }
        counts.sort_by_key(|(grade, _)| place(grade));
        // The last of the greatest, so that of several the worst is taken.
        let overall = counts.iter().max_by_key(|(_, count)| *count);
        Ok(SourceQuality {
            source_id: source_id.to_owned(),
            overall: overall.map(|(grade, _)| grade.clone()),
            grades: counts,
            ungraded,
        })
    }

    async fn images(&self, source_id: &str, limit: u64) -> Result<Vec<ContributingImage>> {
        let of_image = |column: image::Column| Expr::col(column.as_column_ref());
        let measured = |column: photometry::Column| Expr::col(column.as_column_ref());
        let select = Query::select()
            .expr(of_image(image::Column::Id))
            .expr(measured(ImagePath))
            .exprs([of_image(image::Column::MsPath), of_image(image::Column::CreatedAt)])
            .exprs([FluxJy, FluxErrJy, PeakJyb, PeakErrJyb, MeasuredAt].map(measured))
            .expr(newest_grade(ImagePath.as_column_ref()))
            .from(photometry::Entity.table_ref())
            .left_join(
                image::Entity.table_ref(),
                of_image(image::Column::Path).equals(ImagePath.as_column_ref()),
            )
            .and_where(SourceId.eq(source_id))
            .order_by(MeasuredAt.as_column_ref(), By::Desc)
            .order_by(Id.as_column_ref(), By::Desc)
            .limit(limit)
            .to_owned();
        let results = self.connection.query_all(&select).await?;
        let images = results.iter().map(ContributingImage::read);
        Ok(images.collect::<std::result::Result<_, _>>()?)
    }
}

/// Where a grade stands; one from outside the vocabulary is the worst.
fn place(grade: &QualityGrade) -> usize {
    GRADES.iter().position(|known| known == grade).unwrap_or(GRADES.len())
}

/// The newest grade of the image at `path`.
fn newest_grade(path: impl sea_orm::sea_query::IntoColumnRef) -> SimpleExpr {
    let grade = |column: image_qa::Column| Expr::col(("grade", column));
    let select: SelectStatement = Query::select()
        .expr(grade(image_qa::Column::OverallQuality))
        .from_as(image_qa::Entity, "grade")
        .and_where(grade(image_qa::Column::ImagePath).equals(path))
        .and_where(grade(image_qa::Column::OverallQuality).is_not_null())
        .order_by(("grade", image_qa::Column::Timestamp), By::Desc)
        .order_by(("grade", image_qa::Column::Id), By::Desc)
        .limit(1)
        .to_owned();
    SimpleExpr::SubQuery(None, Box::new(select.into()))
}
