//! Variability statistics, recomputed from photometry.

use almanac_entity::{
    UnixTime,
    products::{photometry, variability_stat},
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, Value};
use variability_stat::Column::{
    Chi2Nu, DecDeg, EtaMetric, LastMjd, NObs, RaDeg, SigmaDeviation, SourceId,
};

use super::{
    metrics::{Metrics, Sample},
    points::{Point, StatisticsFlux, Sweep},
};
use crate::{Comparison, Error, Filter, Order, Repository, Result, Writable, sky::Cone};

const MILLI: f64 = 1e3;
/// Rows written at once.
const ROWS: usize = 500;
/// Below this a source has no scatter, and is skipped.
const LEAST_POINTS: usize = 2;
/// A cone is cut to shape among so many rows at the most.
const ROWS_OF_A_CONE: u64 = 100_000;

/// Which statistics are wanted. What is none asks for nothing; a statistic that is null meets no bound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VariabilityFilter {
    /// The least reduced chi-square.
    pub min_chi2_nu: Option<f64>,
    /// The least deviation from the mean, standard deviations.
    pub min_sigma: Option<f64>,
    /// The least η.
    pub min_eta: Option<f64>,
    /// The least number of measurements.
    pub min_n_obs: Option<i32>,
    /// The southern limit, degrees.
    pub min_dec_deg: Option<f64>,
    /// The northern limit, degrees.
    pub max_dec_deg: Option<f64>,
    /// Right ascension, declination and radius of a cone, degrees.
    pub cone: Option<(f64, f64, f64)>,
}

/// What a list of statistics is sorted by, the greatest first; sources without it come last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum VariabilityOrder {
    /// The largest deviation in standard deviations.
    #[default]
    Sigma,
    /// The reduced chi-square.
    Chi2Nu,
    /// η.
    Eta,
    /// The newest epoch.
    LastMjd,
    /// The name, the smallest first.
    SourceId,
}

/// How far a recomputation has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Sources looked at.
    pub sources: u64,
    /// Measurements read.
    pub measurements: u64,
}

/// What a recomputation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recomputation {
    /// Sources whose statistics were written.
    pub written: u64,
    /// Sources that were measured less than twice; their statistics are as they were.
    pub skipped: u64,
    /// Measurements read.
    pub measurements: u64,
}

impl<C: ConnectionTrait> Repository<'_, C, variability_stat::Entity> {
    /// The statistics that `filter` asks for.
    ///
    /// # Errors
    /// A bound is no finite number, the cone is out of range, or the engine fails.
    pub async fn list_variable(
        &self,
        filter: &VariabilityFilter,
        order: VariabilityOrder,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<variability_stat::Model>> {
        let order = match order {
            VariabilityOrder::Sigma => Order::desc(SigmaDeviation),
            VariabilityOrder::Chi2Nu => Order::desc(Chi2Nu),
            VariabilityOrder::Eta => Order::desc(EtaMetric),
            VariabilityOrder::LastMjd => Order::desc(LastMjd),
            VariabilityOrder::SourceId => Order::asc(SourceId),
        };
        let rows = filter.rows()?;
        let Some((ra, dec, radius)) = filter.cone else {
            return self.slice(&rows, &[order], limit, offset).await;
        };
        let cone = Cone::new(ra, dec, radius)?;
        let rows = rows.and(rectangle(&cone));
        let mut found = self.slice(&rows, &[order], ROWS_OF_A_CONE, 0).await?;
        found.retain(|row| cone.separation_within(row.ra_deg, row.dec_deg).is_some());
        let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(found.into_iter().skip(skipped).take(limit).collect())
    }
}

impl VariabilityFilter {
    fn rows(&self) -> Result<Filter<variability_stat::Entity>> {
        let bounds = [
            ("min_chi2_nu", Chi2Nu, Comparison::Gte, self.min_chi2_nu),
            ("min_sigma", SigmaDeviation, Comparison::Gte, self.min_sigma),
            ("min_eta", EtaMetric, Comparison::Gte, self.min_eta),
            ("min_dec_deg", DecDeg, Comparison::Gte, self.min_dec_deg),
            ("max_dec_deg", DecDeg, Comparison::Lte, self.max_dec_deg),
        ];
        let mut filter = Filter::default();
        for (argument, column, comparison, bound) in bounds {
            let Some(bound) = bound else { continue };
            if !bound.is_finite() {
                return Err(Error::invalid(argument, format!("{bound} is not a finite number")));
            }
            filter = filter.and(Filter::Compare(column, comparison, bound.into()));
        }
        if let Some(least) = self.min_n_obs {
            filter = filter.and(Filter::Compare(NObs, Comparison::Gte, least.into()));
        }
        Ok(filter)
    }
}

/// What an index or a scan finds of a cone.
pub(in crate::products) fn rectangle(cone: &Cone) -> Filter<variability_stat::Entity> {
    let within = |column, first: f64, last: f64| {
        Filter::Compare(column, Comparison::Gte, Value::from(first)).and(Filter::Compare(
            column,
            Comparison::Lte,
            Value::from(last),
        ))
    };
    let (south, north) = cone.dec_band();
    let band = within(DecDeg, south, north);
    let ranges = cone.ra_ranges();
    if ranges.is_empty() {
        return band;
    }
    let ranges = ranges.into_iter().map(|(first, last)| within(RaDeg, first, last));
    band.and(Filter::Any(ranges.collect()))
}

impl<C: Writable> Repository<'_, C, variability_stat::Entity> {
    /// Computes the statistics of one source, or of all, from their photometry in one pass over it, source
    /// by source. Sources measured less than twice are skipped: their rows stay as they are. The statements
    /// belong in one transaction.
    ///
    /// # Errors
    /// There is no photometry of the source asked for, or the engine fails.
    pub async fn recompute(
        &self,
        source_id: Option<&str>,
        flux: StatisticsFlux,
        now: UnixTime,
        mut progress: impl FnMut(Progress),
    ) -> Result<Recomputation> {
        let mut sweep = Sweep::new(self.connection, flux, source_id);
        let mut done = Recomputation::default();
        let mut rows = Vec::with_capacity(ROWS);
        while let Some(points) = sweep.next_source().await? {
            done.measurements += points.len() as u64;
            match row(&points, LEAST_POINTS, now) {
                Some(row) => rows.push(row),
                None => done.skipped += 1,
            }
            if rows.len() == ROWS {
                done.written += self.replace_many(std::mem::take(&mut rows), &[SourceId]).await?;
                let sources = done.written + done.skipped;
                progress(Progress { sources, measurements: done.measurements });
            }
        }
        done.written += self.replace_many(rows, &[SourceId]).await?;
        match source_id {
            Some(source_id) if done.measurements == 0 => {
                Err(Error::not_found(format!("photometry of {source_id}")))
            }
            _ => Ok(done),
        }
    }

    /// Computes the statistics of a source that was measured anew, though it be once: its scatter is zero
    /// then, and it has no chi-square. None where no measurement counts.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn update_for(
        &self,
        source_id: &str,
        flux: StatisticsFlux,
        now: UnixTime,
    ) -> Result<Option<variability_stat::Model>> {
        let mut sweep = Sweep::new(self.connection, flux, Some(source_id));
        let points = sweep.next_source().await?.unwrap_or_default();
        let Some(row) = row(&points, 1, now) else { return Ok(None) };
        self.replace_many(vec![row], &[SourceId]).await?;
        self.find(source_id).await
    }
}

impl<C: ConnectionTrait> Repository<'_, C, photometry::Entity> {
    /// The metrics of a source's light curve, Jy, as the statistics compute them.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn metrics(&self, source_id: &str, flux: StatisticsFlux) -> Result<Metrics> {
        let mut sweep = Sweep::new(self.connection, flux, Some(source_id));
        let points = sweep.next_source().await?.unwrap_or_default();
        Ok(Metrics::of(&points.iter().filter_map(Point::sample).collect::<Vec<_>>()))
    }
}

/// The statistics of a source's measurements; none where fewer than `least` count.
fn row(points: &[Point], least: usize, now: UnixTime) -> Option<variability_stat::ActiveModel> {
    let used: Vec<&Point> = points.iter().filter(|point| point.left_out().is_none()).collect();
    if used.len() < least {
        return None;
    }
    let first = used.first()?;
    let samples: Vec<Sample> = used.iter().filter_map(|point| point.sample()).collect();
    let metrics = Metrics::of(&samples);
    let last_measured_at =
        used.iter().map(|point| point.measured_at.0).fold(f64::NEG_INFINITY, f64::max);
    let last_mjd = used.iter().filter_map(|point| point.mjd).reduce(f64::max);
    Some(variability_stat::ActiveModel {
        source_id: Set(first.source_id.clone()),
        ra_deg: Set(first.ra_deg),
        dec_deg: Set(first.dec_deg),
        nvss_flux_mjy: Set(first.nvss_flux_mjy),
        n_obs: Set(i32::try_from(metrics.points).ok()),
        mean_flux_mjy: Set(Some(metrics.mean * MILLI)),
        std_flux_mjy: Set(Some(metrics.std * MILLI)),
        min_flux_mjy: Set(Some(metrics.min * MILLI)),
        max_flux_mjy: Set(Some(metrics.max * MILLI)),
        chi2_nu: Set(metrics.chi2_nu),
        sigma_deviation: Set(Some(metrics.sigma_deviation)),
        last_measured_at: Set(Some(UnixTime(last_measured_at))),
        last_mjd: Set(last_mjd),
        updated_at: Set(now),
        eta_metric: Set(Some(metrics.eta)),
        v_metric: Set(Some(metrics.v)),
        ..Default::default()
    })
}
