//! The search for sources by what is known of them.

use almanac_entity::products::{EseCandidateStatus, ese_candidate, variability_stat};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityName, EntityTrait, QueryFilter, QuerySelect,
    QueryTrait,
    sea_query::{Expr, ExprTrait, Func, LikeExpr, NullOrdering, Query, SimpleExpr},
};
use variability_stat::Column::{
    EtaMetric, LastMjd, MeanFluxMjy, NObs, SigmaDeviation, SourceId, VMetric,
};

use super::SourceRepository;
use crate::{
    Error, Result,
    products::variability::rectangle,
    sky::{Cone, separation},
};

/// Above this V a source counts as variable.
const VARIABLE_V: f64 = 0.1;
/// A cone is cut to shape among so many sources at the most.
const ROWS_OF_A_CONE: u64 = 100_000;

/// What is searched for. What is none asks for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceSearch {
    /// Right ascension, declination and radius of a cone, degrees.
    pub cone: Option<(f64, f64, f64)>,
    /// The least mean flux density, mJy.
    pub min_flux_mjy: Option<f64>,
    /// The greatest mean flux density, mJy.
    pub max_flux_mjy: Option<f64>,
    /// Only sources whose V is above 0.1.
    pub variable_only: bool,
    /// Only sources with an active candidate for an extreme scattering event.
    pub ese_only: bool,
    /// The least number of measurements.
    pub min_epochs: Option<i32>,
    /// Text in the name, upper and lower case being the same.
    pub text: Option<String>,
}

/// What the sources found are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SourceOrder {
    /// The name, the smallest first.
    #[default]
    SourceId,
    /// The mean flux density, the brightest first.
    MeanFlux,
    /// The largest deviation, the furthest first.
    Sigma,
    /// η, the greatest first.
    Eta,
    /// V, the greatest first.
    V,
    /// The number of measurements, the most first.
    Epochs,
    /// The newest epoch first.
    LastMjd,
    /// The distance from the centre of the cone, the nearest first.
    Separation,
}

/// A source that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceHit {
    /// What is known of it.
    pub statistics: variability_stat::Model,
    /// Distance from the centre of the cone, degrees.
    pub separation_deg: Option<f64>,
}

impl<C: ConnectionTrait> SourceRepository<'_, C> {
    /// The sources with statistics that are searched for.
    ///
    /// # Errors
    /// The cone is out of range, a flux density is no finite number or the bounds are the wrong way round,
    /// the order is by distance without a cone, or the engine fails.
    pub async fn search(
        &self,
        search: &SourceSearch,
        order: SourceOrder,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<SourceHit>> {
        let mut select = variability_stat::Entity::find().filter(search.condition()?);
        let Some((ra, dec, radius)) = search.cone else {
            if order == SourceOrder::Separation {
                return Err(Error::invalid("orderBy", "a distance is that from a cone's centre"));
            }
            sort(&mut select, order);
            let rows = select.limit(limit).offset(offset).all(self.connection).await?;
            let hit = |statistics| SourceHit { statistics, separation_deg: None };
            return Ok(rows.into_iter().map(hit).collect());
        };
        let cone = Cone::new(ra, dec, radius)?;
        select = select.filter(rectangle(&cone).condition());
        sort(&mut select, order);
        let rows = select.limit(ROWS_OF_A_CONE).all(self.connection).await?;
        let mut hits: Vec<SourceHit> = rows
            .into_iter()
            .filter(|row| cone.separation_within(row.ra_deg, row.dec_deg).is_some())
            .map(|row| SourceHit {
                separation_deg: Some(separation(ra, dec, row.ra_deg, row.dec_deg)),
                statistics: row,
            })
            .collect();
        if order == SourceOrder::Separation {
            let distance = |hit: &SourceHit| hit.separation_deg.unwrap_or(f64::INFINITY);
            hits.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        }
        let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(hits.into_iter().skip(skipped).take(limit).collect())
    }
}

impl SourceSearch {
    fn condition(&self) -> Result<Condition> {
        let fluxes = [("minFluxMjy", self.min_flux_mjy), ("maxFluxMjy", self.max_flux_mjy)];
        for (argument, flux) in fluxes {
            if let Some(flux) = flux.filter(|flux| !flux.is_finite()) {
                return Err(Error::invalid(argument, format!("{flux} is not a finite number")));
            }
        }
        if let (Some(min), Some(max)) = (self.min_flux_mjy, self.max_flux_mjy)
            && min > max
        {
            let message = format!("{min} mJy lies above maxFluxMjy, which is {max}");
            return Err(Error::invalid("minFluxMjy", message));
        }
        let mut condition = Condition::all()
            .add_option(self.min_flux_mjy.map(|flux| MeanFluxMjy.gte(flux)))
            .add_option(self.max_flux_mjy.map(|flux| MeanFluxMjy.lte(flux)))
            .add_option(self.min_epochs.map(|least| NObs.gte(least)))
            .add_option(self.variable_only.then(|| VMetric.gt(VARIABLE_V)));
        if self.ese_only {
            let status = ese_candidate::Column::Status;
            let active = Query::select()
                .expr(Expr::col(ese_candidate::Column::SourceId.as_column_ref()))
                .from(ese_candidate::Entity.table_ref())
                .cond_where(
                    Condition::any()
                        .add(status.eq(EseCandidateStatus::Active))
                        .add(status.is_null()),
                )
                .to_owned();
            condition = condition.add(SourceId.in_subquery(active));
        }
        if let Some(text) = self.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            condition = condition.add(contains(text));
        }
        Ok(condition)
    }
}

/// Upper and lower case are the same on both engines.
fn contains(text: &str) -> SimpleExpr {
    let mut pattern = String::from("%");
    for character in text.to_lowercase().chars() {
        if matches!(character, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    let name = Func::lower(Expr::col(SourceId.as_column_ref()));
    SimpleExpr::from(name).like(LikeExpr::new(pattern).escape('\\'))
}

fn sort(select: &mut sea_orm::Select<variability_stat::Entity>, order: SourceOrder) {
    let by = match order {
        SourceOrder::SourceId | SourceOrder::Separation => None,
        SourceOrder::MeanFlux => Some(MeanFluxMjy),
        SourceOrder::Sigma => Some(SigmaDeviation),
        SourceOrder::Eta => Some(EtaMetric),
        SourceOrder::V => Some(VMetric),
        SourceOrder::Epochs => Some(NObs),
        SourceOrder::LastMjd => Some(LastMjd),
    };
    let query = QueryTrait::query(select);
    if let Some(column) = by {
        query.order_by_with_nulls(column.as_column_ref(), sea_orm::Order::Desc, NullOrdering::Last);
    }
    query.order_by(SourceId.as_column_ref(), sea_orm::Order::Asc);
}
