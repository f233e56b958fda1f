//! Light curves: what photometry says of one source, in the order of time.

use std::{collections::HashMap, slice};

use almanac_entity::{
    UnixTime,
    products::{image, ms_index, photometry},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityName, QueryResult,
    sea_query::{Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};

use super::IN_LIST;
use crate::{Error, Repository, Result};

const MILLI: f64 = 1e3;

/// Which flux density a light curve is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FluxChoice {
    /// The integrated flux density, or where there is none the peak. An exact zero is a measurement.
    #[default]
    Auto,
    /// The peak; points without one are left out.
    Peak,
    /// The integrated flux density; points without one are left out.
    Integrated,
    /// The flux density normalised to an ensemble; points without one are left out.
    Normalized,
}

/// Which light curve is wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LightCurveRequest {
    /// The source, by its NVSS designation.
    pub source_id: String,
    /// First epoch, MJD, itself included.
    pub from_mjd: Option<f64>,
    /// Last epoch, MJD, itself included.
    pub to_mjd: Option<f64>,
    /// Which flux density.
    pub flux: FluxChoice,
    /// Whether, where a bound is given, points of an approximate epoch are left out.
    pub exact_epochs: bool,
    /// Whether the noise and the field of the images are wanted too; without them the images are not read.
    pub with_image: bool,
}

/// The light curve of a source, column by column; all columns are of one length. Earliest epoch first,
/// at one epoch the measurement with the smaller number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LightCurve {
    /// The source.
    pub source_id: String,
    /// Epoch, MJD: the measurement's own, else the middle of its measurement set, else when it was
    /// measured.
    pub mjd: Vec<f64>,
    /// Flux density, mJy (of a peak, mJy/beam).
    pub flux_mjy: Vec<f64>,
    /// Uncertainty of that same flux density, mJy.
    pub error_mjy: Vec<Option<f64>>,
    /// Signal-to-noise ratio.
    pub snr: Vec<Option<f64>>,
    /// Noise of the image, mJy/beam; null unless asked for.
    pub image_noise_mjy: Vec<Option<f64>>,
    /// Field of the image; null unless asked for.
    pub field_name: Vec<Option<String>>,
    /// Whether the epoch is only when it was measured.
    pub approximate_epoch: Vec<bool>,
    /// The image.
    pub image_path: Vec<String>,
    /// Number of the measurement.
    pub photometry_id: Vec<i64>,
    /// What speaks against it; see [`photometry::Model::flags`].
    pub flags: Vec<i32>,
}

impl LightCurve {
    /// How many points it has.
    pub fn len(&self) -> usize {
        self.mjd.len()
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.mjd.is_empty()
    }
}

impl<C: ConnectionTrait> Repository<'_, C, photometry::Entity> {
    /// The light curve of a source; empty where nothing was measured. One statement, by the index on
    /// source and epoch, and a second one where a measurement has no epoch of its own.
    ///
    /// # Errors
    /// `from_mjd` or `to_mjd` is not a finite number, `from_mjd` lies behind `to_mjd`, or the engine
    /// fails.
    pub async fn light_curve(&self, request: &LightCurveRequest) -> Result<LightCurve> {
        check(request)?;
        let points = self.points(slice::from_ref(&request.source_id), request).await?;
        Ok(curve(&request.source_id, points, request))
    }

    /// The light curves of several sources, none named twice, in their order, by as few statements as
    /// one takes. The source that `request` names is not looked at.
    ///
    /// # Errors
    /// As [`light_curve`](Self::light_curve).
    pub async fn light_curves(
        &self,
        source_ids: &[String],
        request: &LightCurveRequest,
    ) -> Result<Vec<LightCurve>> {
        check(request)?;
        let mut curves = Vec::with_capacity(source_ids.len());
        for sources in source_ids.chunks(IN_LIST) {
            let mut of_source: Vec<Vec<Point>> = sources.iter().map(|_| Vec::new()).collect();
            for point in self.points(sources, request).await? {
                of_source[point.source].push(point);
            }
            let points = sources.iter().zip(of_source);
            curves.extend(points.map(|(source, points)| curve(source, points, request)));
        }
        Ok(curves)
    }

    /// The measurements of `sources`, with what epoch their measurement sets can give them.
    async fn points(&self, sources: &[String], request: &LightCurveRequest) -> Result<Vec<Point>> {
        let results = self.connection.query_all(&points_of(sources, request)).await?;
        let places: HashMap<&str, usize> =
            sources.iter().enumerate().map(|(place, source)| (source.as_str(), place)).collect();
        let mut points = Vec::with_capacity(results.len());
        for result in &results {
            let Some(mut point) = Point::read(result, request.with_image)? else { continue };
            if sources.len() > 1 {
                let source: String = result.try_get_by_index(8)?;
                point.source = places.get(source.as_str()).copied().unwrap_or_default();
            }
            points.push(point);
        }
        if points.iter().any(|point| point.mjd.is_none()) {
            let mid_times = self.mid_times(sources).await?;
            for point in points.iter_mut().filter(|point| point.mjd.is_none()) {
                point.mjd = mid_times.get(&point.id).copied();
            }
        }
        Ok(points)
    }

    /// For the measurements of sources without an epoch the middle of their measurement sets, MJD.
    async fn mid_times(&self, sources: &[String]) -> Result<HashMap<i64, f64>> {
        let select = Query::select()
            .expr(photometry::Column::Id.into_expr())
            .expr(ms_index::Column::MidMjd.into_expr())
            .from(photometry::Entity.table_ref())
            .inner_join(image::Entity.table_ref(), image_of_photometry())
            .inner_join(
                ms_index::Entity.table_ref(),
                ms_index::Column::Path.into_expr().equals(image::Column::MsPath.as_column_ref()),
            )
            .and_where(photometry::Column::SourceId.is_in(sources))
            .and_where(photometry::Column::Mjd.is_null())
            .and_where(ms_index::Column::MidMjd.is_not_null())
            .order_by(image::Column::Id.as_column_ref(), sea_orm::Order::Asc)
            .to_owned();
        let results = self.connection.query_all(&select).await?;
        let times = results.iter().map(QueryResult::try_get_many_by_index);
        Ok(times.collect::<std::result::Result<_, _>>()?)
    }
}

fn check(request: &LightCurveRequest) -> Result<()> {
    for (argument, bound) in [("from_mjd", request.from_mjd), ("to_mjd", request.to_mjd)] {
        if let Some(mjd) = bound.filter(|mjd| !mjd.is_finite()) {
            return Err(Error::invalid(argument, format!("{mjd} is not a finite number")));
        }
    }
    match (request.from_mjd, request.to_mjd) {
        (Some(from), Some(to)) if from > to => {
            Err(Error::invalid("from_mjd", format!("MJD {from} lies behind to_mjd, which is {to}")))
        }
        _ => Ok(()),
    }
}

fn points_of(sources: &[String], request: &LightCurveRequest) -> SelectStatement {
    use photometry::Column::{Flags, Id, ImagePath, MeasuredAt, Mjd, Snr, SourceId};
    let (flux, error) = flux_and_error(request.flux);
    let mut select = Query::select();
    for column in [Id, Mjd, MeasuredAt, Snr, Flags, ImagePath] {
        select.expr(column.into_expr());
    }
    select
        .exprs([flux, error, SourceId.into_expr()])
        .from(photometry::Entity.table_ref())
        .and_where(SourceId.is_in(sources))
        // So that the engine walks the index on source and epoch, and the rows come nearly sorted.
        .order_by(SourceId.as_column_ref(), sea_orm::Order::Asc)
        .order_by(Mjd.as_column_ref(), sea_orm::Order::Asc);
    if request.from_mjd.is_some() || request.to_mjd.is_some() {
        let mut within = Condition::all();
        within = within.add_option(request.from_mjd.map(|from| Mjd.gte(from)));
        within = within.add_option(request.to_mjd.map(|to| Mjd.lte(to)));
        select.cond_where(Condition::any().add(within).add(Mjd.is_null()));
    }
    if request.with_image {
        select
            .expr(image::Column::NoiseJy.into_expr())
            .expr(image::Column::FieldName.into_expr())
            .expr(image::Column::Id.into_expr())
            .left_join(image::Entity.table_ref(), image_of_photometry());
    }
    select
}

/// The error is that of the flux chosen, never of another.
pub(super) fn flux_and_error(choice: FluxChoice) -> (SimpleExpr, SimpleExpr) {
    use photometry::Column::{
        FluxErrJy, FluxJy, NormalizedFluxErrJy, NormalizedFluxJy, PeakErrJyb, PeakJyb,
    };
    let column = |column: photometry::Column| column.into_expr();
    match choice {
        FluxChoice::Auto => (
            Func::coalesce([column(FluxJy), column(PeakJyb)]).into(),
            Expr::case(FluxJy.is_null(), column(PeakErrJyb)).finally(column(FluxErrJy)).into(),
        ),
        FluxChoice::Peak => (column(PeakJyb), column(PeakErrJyb)),
        FluxChoice::Integrated => (column(FluxJy), column(FluxErrJy)),
        FluxChoice::Normalized => (column(NormalizedFluxJy), column(NormalizedFluxErrJy)),
    }
}

fn image_of_photometry() -> SimpleExpr {
    image::Column::Path.into_expr().equals(photometry::Column::ImagePath.as_column_ref())
}

/// A measurement as it was read.
struct Point {
    id: i64,
    /// The place of its source in the list of those asked for.
    source: usize,
    mjd: Option<f64>,
    measured_at: UnixTime,
    snr: Option<f64>,
    flags: Option<i32>,
    image_path: String,
    flux: f64,
    error: Option<f64>,
    noise: Option<f64>,
    field_name: Option<String>,
    image_id: Option<i64>,
}

impl Point {
    /// The point of a row of [`points_of`]; none where it has no flux density of the kind asked for.
    fn read(result: &QueryResult, with_image: bool) -> std::result::Result<Option<Self>, DbErr> {
        let Some(flux) = finite(result, 6)? else { return Ok(None) };
        Ok(Some(Self {
            id: result.try_get_by_index(0)?,
            source: 0,
            mjd: finite(result, 1)?,
            measured_at: result.try_get_by_index(2)?,
            snr: finite(result, 3)?,
            flags: result.try_get_by_index(4)?,
            image_path: result.try_get_by_index(5)?,
            flux,
            error: finite(result, 7)?,
            noise: if with_image { finite(result, 9)? } else { None },
            field_name: if with_image { result.try_get_by_index(10)? } else { None },
            image_id: if with_image { result.try_get_by_index(11)? } else { None },
        }))
    }

    /// The epoch, MJD, and whether it is only approximate.
    fn epoch(&self) -> (f64, bool) {
        self.mjd.map_or_else(|| (self.measured_at.mjd(), true), |mjd| (mjd, false))
    }
}

/// A number; old files also hold some that are none.
fn finite(result: &QueryResult, index: usize) -> std::result::Result<Option<f64>, DbErr> {
    Ok(result.try_get_by_index::<Option<f64>>(index)?.filter(|number| number.is_finite()))
}

fn curve(source_id: &str, mut points: Vec<Point>, request: &LightCurveRequest) -> LightCurve {
    let first = request.from_mjd.unwrap_or(f64::NEG_INFINITY);
    let last = request.to_mjd.unwrap_or(f64::INFINITY);
    let is_bounded = request.from_mjd.is_some() || request.to_mjd.is_some();
    points.retain(|point| {
        let (mjd, approximate) = point.epoch();
        (first..=last).contains(&mjd) && !(approximate && is_bounded && request.exact_epochs)
    });
    // Adopted files may hold an image's path twice; the newer row speaks for it.
    points.sort_by(|a, b| {
        let by_epoch = a.epoch().0.total_cmp(&b.epoch().0);
        by_epoch.then(a.id.cmp(&b.id)).then(b.image_id.cmp(&a.image_id))
    });
    points.dedup_by_key(|point| point.id);

    let mut curve = LightCurve { source_id: source_id.to_owned(), ..LightCurve::default() };
    for point in points {
        let (mjd, approximate) = point.epoch();
        curve.mjd.push(mjd);
        curve.flux_mjy.push(point.flux * MILLI);
        curve.error_mjy.push(point.error.map(|error| error * MILLI));
        curve.snr.push(point.snr);
        curve.image_noise_mjy.push(point.noise.map(|noise| noise * MILLI));
        curve.field_name.push(point.field_name);
        curve.approximate_epoch.push(approximate);
        curve.image_path.push(point.image_path);
        curve.photometry_id.push(point.id);
        curve.flags.push(point.flags.unwrap_or_default());
    }
    curve
}

#[cfg(test)]
mod tests {
    use almanac_entity::Database;
    use sea_orm::{DbBackend, Statement, sea_query::SqliteQueryBuilder};
    use sea_orm_migration::MigratorTraitSelf;

    use super::*;
    use crate::Sessions;

    #[tokio::test]
    async fn the_index_on_source_and_epoch_is_used_with_and_without_bounds() {
        let writer = Sessions::in_memory().writer(Database::Products).await.unwrap();
        migration_products::revisions().up(writer.connection(), None).await.unwrap();
        let whole = LightCurveRequest { source_id: "S".to_owned(), ..LightCurveRequest::default() };
        let part = LightCurveRequest { from_mjd: Some(1.0), with_image: true, ..whole.clone() };
        for request in [whole, part] {
            let sql = points_of(slice::from_ref(&request.source_id), &request)
                .to_string(SqliteQueryBuilder);
            let explain =
                Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
            let plan = writer.query_all_raw(explain).await.unwrap();
            let plan: Vec<String> =
                plan.iter().map(|row| row.try_get_by_index(3).unwrap()).collect();
            assert!(plan.iter().any(|step| step.contains("(source_id=?")), "{plan:?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:?}");
        }
    }
}
