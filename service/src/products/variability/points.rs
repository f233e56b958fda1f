//! The measurements that statistics are made of.

use almanac_entity::{UnixTime, products::photometry};
use photometry::Column::{
    DecDeg, Flags, Id, ImagePath, MeasuredAt, Mjd, NvssFluxMjy, RaDeg, SourceId,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityName, Order as By, QueryResult,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    super::light_curve::{FluxChoice, flux_and_error},
    metrics::Sample,
};
use crate::Result;

/// Measurements read at once.
const CHUNK: u64 = 20_000;
/// A person excluded the measurement.
const EXCLUDED: i32 = 32;

/// Which flux density statistics are made of: one kind for a source, never a mixture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StatisticsFlux {
    /// The peak.
    #[default]
    Peak,
    /// The integrated flux density.
    Integrated,
    /// The flux density normalised to an ensemble.
    Normalized,
}

impl From<StatisticsFlux> for FluxChoice {
    fn from(flux: StatisticsFlux) -> Self {
        match flux {
            StatisticsFlux::Peak => Self::Peak,
            StatisticsFlux::Integrated => Self::Integrated,
            StatisticsFlux::Normalized => Self::Normalized,
        }
    }
}

/// Why a measurement is no point of the statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeftOut {
    /// It has no flux density of the kind that the statistics are made of.
    NoFlux,
    /// Its flux density is no finite number.
    NotFinite,
    /// A person excluded it.
    Excluded,
}

/// A measurement, as statistics see it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::products) struct Point {
    pub(in crate::products) source_id: String,
    pub(in crate::products) id: i64,
    pub(in crate::products) ra_deg: f64,
    pub(in crate::products) dec_deg: f64,
    pub(in crate::products) nvss_flux_mjy: Option<f64>,
    pub(in crate::products) measured_at: UnixTime,
    pub(in crate::products) mjd: Option<f64>,
    pub(in crate::products) flags: i32,
    /// Flux density, Jy.
    pub(in crate::products) flux_jy: Option<f64>,
    /// Its uncertainty, Jy.
    pub(in crate::products) error_jy: Option<f64>,
    /// The image; empty unless asked for.
    pub(in crate::products) image_path: String,
}

impl Point {
    fn read(result: &QueryResult, with_image: bool) -> std::result::Result<Self, DbErr> {
        Ok(Self {
            source_id: result.try_get_by_index(0)?,
            measured_at: result.try_get_by_index(1)?,
            id: result.try_get_by_index(2)?,
            ra_deg: result.try_get_by_index(3)?,
            dec_deg: result.try_get_by_index(4)?,
            nvss_flux_mjy: result.try_get_by_index(5)?,
            mjd: result.try_get_by_index::<Option<f64>>(6)?.filter(|mjd| mjd.is_finite()),
            flags: result.try_get_by_index::<Option<i32>>(7)?.unwrap_or_default(),
            flux_jy: result.try_get_by_index(8)?,
            error_jy: result.try_get_by_index(9)?,
            image_path: if with_image { result.try_get_by_index(10)? } else { String::new() },
        })
    }

    /// Why the statistics leave it out; none where they use it.
    pub(in crate::products) fn left_out(&self) -> Option<LeftOut> {
        match self.flux_jy {
            None => Some(LeftOut::NoFlux),
            Some(flux) if !flux.is_finite() => Some(LeftOut::NotFinite),
            Some(_) if self.flags & EXCLUDED != 0 => Some(LeftOut::Excluded),
            Some(_) => None,
        }
    }

    /// The point of the light curve, Jy; none where the statistics leave it out.
    pub(in crate::products) fn sample(&self) -> Option<Sample> {
        match self.left_out() {
            None => Some(Sample { flux: self.flux_jy?, error: self.error_jy }),
            Some(_) => None,
        }
    }
}

/// All measurements of one source, in the order in which they were made, with their images.
pub(in crate::products) async fn points_of<C: ConnectionTrait>(
    connection: &C,
    source_id: &str,
    flux: StatisticsFlux,
) -> Result<Vec<Point>> {
    let mut select = select(flux);
    select.expr(ImagePath.into_expr()).and_where(SourceId.eq(source_id));
    let results = connection.query_all(&select).await?;
    let points = results.iter().map(|result| Point::read(result, true));
    Ok(points.collect::<std::result::Result<_, _>>()?)
}

/// All measurements, source by source in the order of their names, each source's in the order in which they
/// were made. No more of them are in memory than a chunk and those of one source.
pub(super) struct Sweep<'c, C> {
    connection: &'c C,
    flux: StatisticsFlux,
    source_id: Option<String>,
    chunk: std::vec::IntoIter<Point>,
    /// The last measurement read; none before the first.
    last: Option<(String, f64, i64)>,
    /// The first measurement of the next source.
    next: Option<Point>,
    ended: bool,
}

impl<'c, C: ConnectionTrait> Sweep<'c, C> {
    /// Over one source, or over all.
    pub(super) fn new(connection: &'c C, flux: StatisticsFlux, source_id: Option<&str>) -> Self {
        Self {
            connection,
            flux,
            source_id: source_id.map(str::to_owned),
            chunk: Vec::new().into_iter(),
            last: None,
            next: None,
            ended: false,
        }
    }

    /// The measurements of the next source, at least one; none at the end.
    pub(super) async fn next_source(&mut self) -> Result<Option<Vec<Point>>> {
        let first = match self.next.take() {
            Some(point) => point,
            None => match self.next_point().await? {
                Some(point) => point,
                None => return Ok(None),
            },
        };
        let mut points = vec![first];
        while let Some(point) = self.next_point().await? {
            if point.source_id != points[0].source_id {
                self.next = Some(point);
                break;
            }
            points.push(point);
        }
        Ok(Some(points))
    }

    async fn next_point(&mut self) -> Result<Option<Point>> {
        if let Some(point) = self.chunk.next() {
            return Ok(Some(point));
        }
        if self.ended {
            return Ok(None);
        }
        let results = self.connection.query_all(&self.select_chunk()).await?;
        self.ended = (results.len() as u64) < CHUNK;
        let points: Vec<Point> = results
            .iter()
            .map(|result| Point::read(result, false))
            .collect::<std::result::Result<_, _>>()?;
        if let Some(last) = points.last() {
            self.last = Some((last.source_id.clone(), last.measured_at.0, last.id));
        }
        self.chunk = points.into_iter();
        Ok(self.chunk.next())
    }

    fn select_chunk(&self) -> SelectStatement {
        let mut select = select(self.flux);
        select.limit(CHUNK);
        match &self.source_id {
            Some(source_id) => select.and_where(SourceId.eq(source_id.as_str())),
            // Old files hold measurements of nobody.
            None => select.and_where(SourceId.is_not_null()),
        };
        if let Some((source_id, measured_at, id)) = &self.last {
            let later = Condition::any()
                .add(MeasuredAt.gt(*measured_at))
                .add(MeasuredAt.eq(*measured_at).and(Id.gt(*id)));
            let behind = Condition::any()
                .add(SourceId.gt(source_id.as_str()))
                .add(Condition::all().add(SourceId.eq(source_id.as_str())).add(later));
            // The bound lets the engine begin its walk along the index there.
            select.and_where(SourceId.gte(source_id.as_str())).cond_where(behind);
        }
        select
    }
}

fn select(flux: StatisticsFlux) -> SelectStatement {
    let (flux, error) = flux_and_error(flux.into());
    let mut select = Query::select();
    for column in [SourceId, MeasuredAt, Id, RaDeg, DecDeg, NvssFluxMjy, Mjd, Flags] {
        select.expr(Expr::col(column.as_column_ref()));
    }
    select
        .exprs([flux, error])
        .from(photometry::Entity.table_ref())
        .order_by(SourceId.as_column_ref(), By::Asc)
        .order_by(MeasuredAt.as_column_ref(), By::Asc)
        .order_by(Id.as_column_ref(), By::Asc);
    select
}
