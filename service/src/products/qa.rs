//! Quality: grades of images, calibrations and measurement sets.

use std::collections::HashMap;

use almanac_entity::products::{
    MeasurementSetStage, QualityGrade, calibration_qa, image, image_qa,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, IdenStatic, Iterable,
    sea_query::{Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};

use super::IN_LIST;
use crate::{Filter, Order, Repository, Result};

/// Noise above which an image is warned of, Jy/beam.
const NOISE_JY: f64 = 0.01;
/// Dynamic range below which an image is warned of.
const DYNAMIC_RANGE: f64 = 100.0;

/// A grade as a traffic light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// To be used.
    Good,
    /// To be looked at.
    Warn,
    /// Not to be used.
    Fail,
}

impl Verdict {
    /// What a grade comes to; none where the word is not one of ours.
    pub fn of(grade: &QualityGrade) -> Option<Self> {
        match grade {
            QualityGrade::Excellent | QualityGrade::Good => Some(Self::Good),
            QualityGrade::Marginal => Some(Self::Warn),
            QualityGrade::Poor => Some(Self::Fail),
            QualityGrade::Other(_) => None,
        }
    }

    /// What can be said of a measurement set by its stage alone.
    pub fn by_stage(stage: Option<&MeasurementSetStage>) -> Self {
        use MeasurementSetStage::{Calibrated, Cataloged, Imaged, Mosaicked, PhotometryComplete};
        match stage {
            Some(Imaged | Mosaicked | Cataloged | PhotometryComplete) => Self::Good,
            Some(Calibrated) => Self::Warn,
            _ => Self::Fail,
        }
    }
}

/// The grade of an image of that dynamic range.
pub fn image_grade(dynamic_range: f64) -> QualityGrade {
    match dynamic_range {
        range if range > 1_000.0 => QualityGrade::Excellent,
        range if range > 100.0 => QualityGrade::Good,
        range if range > 10.0 => QualityGrade::Marginal,
        _ => QualityGrade::Poor,
    }
}

/// What an image is warned of: noise in Jy/beam, dynamic range.
pub fn image_warnings(noise_jy: Option<f64>, dynamic_range: Option<f64>) -> Vec<String> {
    let noise = noise_jy.filter(|noise| *noise > NOISE_JY).map(|noise| {
        format!("the noise is {:.2} mJy/beam, above {:.0}", noise * 1e3, NOISE_JY * 1e3)
    });
    let range = dynamic_range
        .filter(|range| *range < DYNAMIC_RANGE)
        .map(|range| format!("the dynamic range is {range:.0}, below {DYNAMIC_RANGE:.0}"));
    noise.into_iter().chain(range).collect()
}

/// The grade of a calibration of which that mean fraction is flagged, 0 to 1.
pub fn calibration_grade(flagged: f64) -> QualityGrade {
    match flagged {
        fraction if fraction < 0.1 => QualityGrade::Excellent,
        fraction if fraction < 0.3 => QualityGrade::Good,
        fraction if fraction < 0.5 => QualityGrade::Marginal,
        _ => QualityGrade::Poor,
    }
}

/// An image in a line: `RMS 1.23 mJy, DR 456, Beam 12.8"`, parts left out where unknown.
pub fn image_summary(
    noise_jy: Option<f64>,
    dynamic_range: Option<f64>,
    beam_major_arcsec: Option<f64>,
) -> Option<String> {
    let parts: Vec<String> = [
        noise_jy.map(|noise| format!("RMS {:.2} mJy", noise * 1e3)),
        dynamic_range.map(|range| format!("DR {range:.0}")),
        beam_major_arcsec.map(|beam| format!("Beam {beam:.1}\"")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What is known of an image's quality.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageReport {
    /// The image.
    pub image: image::Model,
    /// Its newest assessment, where there is one.
    pub assessment: Option<image_qa::Model>,
    /// The assessment's grade, else that of the dynamic range; none where neither is known.
    pub grade: Option<QualityGrade>,
    /// The image in a line.
    pub summary: Option<String>,
    /// What to know before it is used.
    pub warnings: Vec<String>,
}

impl ImageReport {
    fn new(image: image::Model, assessment: Option<image_qa::Model>) -> Self {
        let assessed = assessment.as_ref();
        let noise = image.noise_jy.or(assessed.and_then(|row| row.rms_noise));
        let range = image.dynamic_range.or(assessed.and_then(|row| row.dynamic_range));
        let beam = image.beam_major_arcsec.or(assessed.and_then(|row| row.beam_major));
        let grade = assessed.and_then(|row| row.overall_quality.clone());
        Self {
            grade: grade.or_else(|| range.map(image_grade)),
            summary: image_summary(noise, range, beam),
            warnings: image_warnings(noise, range),
            image,
            assessment,
        }
    }

    /// What the grade comes to.
    pub fn verdict(&self) -> Option<Verdict> {
        self.grade.as_ref().and_then(Verdict::of)
    }
}

/// Assessments counted, each path by its newest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QaStats {
    /// Paths that were assessed.
    pub total: u64,
    /// How many have each grade, and none.
    pub by_grade: Vec<(Option<QualityGrade>, u64)>,
    /// Means of metrics, by name.
    pub means: Vec<(&'static str, Option<f64>)>,
}

impl QaStats {
    /// How many come to a verdict.
    pub fn count(&self, verdict: Verdict) -> u64 {
        let of_verdict =
            |grade: &Option<QualityGrade>| grade.as_ref().and_then(Verdict::of) == Some(verdict);
        let counts = self.by_grade.iter().filter(|(grade, _)| of_verdict(grade));
        counts.map(|(_, count)| count).sum()
    }
}

impl<C: ConnectionTrait> Repository<'_, C, image_qa::Entity> {
    /// The newest assessment of each of these images, by path.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn latest(&self, paths: &[String]) -> Result<HashMap<String, image_qa::Model>> {
        use image_qa::Column::{ImagePath, Timestamp};
        let mut found = HashMap::with_capacity(paths.len());
        for chunk in paths.chunks(IN_LIST) {
            let filter =
                Filter::In(ImagePath, chunk.iter().map(|path| path.as_str().into()).collect());
            // The newest of a path comes last and stays.
            let rows = self.slice(&filter, &[Order::asc(Timestamp)], u32::MAX.into(), 0).await?;
            found.extend(rows.into_iter().map(|row| (row.image_path.clone(), row)));
        }
        Ok(found)
    }

    /// The assessments made last, newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn recent(&self, limit: u64) -> Result<Vec<image_qa::Model>> {
        let order = [Order::desc(image_qa::Column::Timestamp)];
        self.slice(&Filter::default(), &order, limit, 0).await
    }

    /// How many images have each grade, and means of their metrics: each image by its newest assessment.
    /// One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn stats(&self) -> Result<QaStats> {
        use image_qa::Column::{DynamicRange, NumSources, OverallQuality, PeakFlux, RmsNoise};
        let newest = newest_of_path::<image_qa::Entity>("image_path", "\"timestamp\"");
        let metrics = [
            ("rms_noise_jy", RmsNoise),
            ("dynamic_range", DynamicRange),
            ("peak_jyb", PeakFlux),
            ("num_sources", NumSources),
        ];
        self.grades(newest, OverallQuality.into_expr_of_subquery(), &metrics).await
    }
}

impl<C: ConnectionTrait> Repository<'_, C, calibration_qa::Entity> {
    /// The newest assessment of the calibration of each of these measurement sets, by path.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn latest(&self, paths: &[String]) -> Result<HashMap<String, calibration_qa::Model>> {
        use calibration_qa::Column::{Id, MsPath};
        let mut found: HashMap<String, calibration_qa::Model> = HashMap::with_capacity(paths.len());
        let at = |row: &calibration_qa::Model| {
            row.timestamp.or(row.created_at).map_or(f64::NEG_INFINITY, f64::from)
        };
        for chunk in paths.chunks(IN_LIST) {
            let filter =
                Filter::In(MsPath, chunk.iter().map(|path| path.as_str().into()).collect());
            for row in self.slice(&filter, &[Order::asc(Id)], u32::MAX.into(), 0).await? {
                match found.get(&row.ms_path) {
                    Some(known) if at(known) > at(&row) => {}
                    _ => {
                        found.insert(row.ms_path.clone(), row);
                    }
                }
            }
        }
        Ok(found)
    }

    /// The assessments made last, newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn recent(&self, limit: u64) -> Result<Vec<calibration_qa::Model>> {
        use sea_orm::{EntityTrait, QueryTrait};
        let mut select = calibration_qa::Entity::find();
        QueryTrait::query(&mut select)
            .order_by_expr(assessed_at(), sea_orm::Order::Desc)
            .order_by_expr(calibration_qa::Column::Id.into_expr(), sea_orm::Order::Desc)
            .limit(limit);
        Ok(select.all(self.connection).await?)
    }

    /// How many calibrations have each grade, and means of their metrics: each measurement set by its
    /// newest assessment. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn stats(&self) -> Result<QaStats> {
        use calibration_qa::Column::{
            AssessmentTimeS, AvgFlagFraction, FlagsTotal, NErrors, NWarnings, OverallGrade,
            OverallQuality,
        };
        let newest = newest_of_path::<calibration_qa::Entity>(
            "ms_path",
            "COALESCE(\"timestamp\", created_at)",
        );
        let grade = Func::coalesce([Expr::col(OverallQuality), Expr::col(OverallGrade)]).into();
        let metrics = [
            ("flags_total", FlagsTotal),
            ("avg_flag_fraction", AvgFlagFraction),
            ("n_warnings", NWarnings),
            ("n_errors", NErrors),
            ("assessment_time_s", AssessmentTimeS),
        ];
        self.grades(newest, grade, &metrics).await
    }
}

/// A column of a row that a subquery gives.
trait OfSubquery: IdenStatic {
    fn into_expr_of_subquery(self) -> SimpleExpr {
        Expr::col(self.as_str())
    }
}

impl<C: IdenStatic> OfSubquery for C {}

fn assessed_at() -> SimpleExpr {
    use calibration_qa::Column::{CreatedAt, Timestamp};
    Func::coalesce([Timestamp.into_expr(), CreatedAt.into_expr()]).into()
}

/// Every row with its `place` among those of its path, the newest being the first.
fn newest_of_path<E: almanac_entity::Table>(path: &str, at: &str) -> SelectStatement {
    let place = format!("ROW_NUMBER() OVER (PARTITION BY {path} ORDER BY {at} DESC, id DESC)");
    let mut select = Query::select();
    for column in E::Column::iter() {
        select.expr_as(column.into_expr(), column.as_str());
    }
    select.expr_as(Expr::cust(place), "place").from(E::default().table_ref()).to_owned()
}

impl<C: ConnectionTrait, E: almanac_entity::Table> Repository<'_, C, E> {
    async fn grades(
        &self,
        newest: SelectStatement,
        grade: SimpleExpr,
        metrics: &[(&'static str, E::Column)],
    ) -> Result<QaStats> {
        let mut select = Query::select();
        select.expr_as(grade, "grade").expr(Expr::cust("COUNT(*)"));
        for (_, column) in metrics {
            let number = Expr::col(column.as_str()).mul(1.0);
            select.expr(Func::sum(number)).expr(Func::count(Expr::col(column.as_str())));
        }
        select
            .from_subquery(newest, "newest")
            .and_where(Expr::col("place").eq(1))
            .group_by_col("grade")
            .order_by("grade", sea_orm::Order::Asc);
        let mut stats = QaStats::default();
        let mut sums = vec![(0.0, 0_i64); metrics.len()];
        for result in self.connection.query_all(&select).await? {
            let grade: Option<QualityGrade> = result.try_get_by_index(0)?;
            let count: i64 = result.try_get_by_index(1)?;
            stats.total += count.unsigned_abs();
            stats.by_grade.push((grade, count.unsigned_abs()));
            for (index, (sum, counted)) in sums.iter_mut().enumerate() {
                *sum += result.try_get_by_index::<Option<f64>>(2 + 2 * index)?.unwrap_or_default();
                *counted += result.try_get_by_index::<i64>(3 + 2 * index)?;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "nobody assesses that often")]
        let mean = |(sum, count): (f64, i64)| (count > 0).then(|| sum / count as f64);
        stats.means = metrics.iter().zip(sums).map(|((name, _), sum)| (*name, mean(sum))).collect();
        Ok(stats)
    }
}

impl<C: ConnectionTrait> Repository<'_, C, image::Entity> {
    /// What is known of the quality of an image, by its id or path; none where there is no such image.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn quality(&self, id_or_path: &str) -> Result<Option<ImageReport>> {
        let Some(image) = self.find_by_id_or_path(id_or_path).await? else { return Ok(None) };
        let paths = [image.path.clone()];
        let assessment = self.on::<image_qa::Entity>().latest(&paths).await?.remove(&image.path);
        Ok(Some(ImageReport::new(image, assessment)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_begin_where_the_rule_says() {
        let images = [1_000.1, 1_000.0, 100.0, 10.0].map(image_grade);
        let expected = [
            QualityGrade::Excellent,
            QualityGrade::Good,
            QualityGrade::Marginal,
            QualityGrade::Poor,
        ];
        assert_eq!(images, expected);
        assert_eq!([0.09, 0.1, 0.3, 0.5].map(calibration_grade), expected);
        assert_eq!(Verdict::of(&QualityGrade::Marginal), Some(Verdict::Warn));
        assert_eq!(Verdict::by_stage(Some(&MeasurementSetStage::Mosaicked)), Verdict::Good);
        assert_eq!(Verdict::by_stage(Some(&MeasurementSetStage::Calibrated)), Verdict::Warn);
        assert_eq!(Verdict::by_stage(None), Verdict::Fail);
    }

    #[test]
    fn a_summary_leaves_out_what_is_unknown() {
        let whole = image_summary(Some(0.001_234), Some(456.4), Some(12.84));
        assert_eq!(whole.as_deref(), Some("RMS 1.23 mJy, DR 456, Beam 12.8\""));
        assert_eq!(image_summary(None, Some(12.0), None).as_deref(), Some("DR 12"));
        assert_eq!(image_summary(None, None, None), None);
        assert_eq!(image_warnings(Some(0.010_1), Some(99.9)).len(), 2);
        assert!(image_warnings(Some(0.01), Some(100.0)).is_empty());
    }
}
