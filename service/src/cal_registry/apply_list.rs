//! The tables to apply to data of a given time.

use std::{cmp::Ordering, collections::HashMap};

use almanac_entity::cal_registry::{CaltableStatus, caltable};
use caltable::Column::{OrderIndex, SetName, Status, ValidEndMjd, ValidStartMjd};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{ExprTrait, Func, SimpleExpr},
};

use super::caltable::{check_mjd, contains, is_active, valid_between};
use crate::{Error, Repository, Result};

pub(super) const HOURS_OF_A_DAY: f64 = 24.0;

/// For which time, and how, calibration tables are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplyListRequest {
    /// The time, MJD.
    pub mjd: f64,
    /// Only the tables of this set.
    pub set_name: Option<String>,
    /// Whether, where no set is valid at that time, the nearest one is taken.
    pub nearest: bool,
    /// How far away the nearest set may be, hours; also the scale of the quality.
    pub validity_hours: f64,
    /// Whether all active tables of the set are wanted, valid at that time or not.
    pub whole_set: bool,
}

impl ApplyListRequest {
    /// The tables to apply at `mjd`: valid then, or of a set not further than 12 hours away.
    pub fn new(mjd: f64) -> Self {
        Self { mjd, set_name: None, nearest: true, validity_hours: 12.0, whole_set: false }
    }
}

/// How a list of tables came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApplyMethod {
    /// The set is valid at that time.
    Exact,
    /// No set is; this is the nearest, and its middle lies before or at that time.
    NearestBefore,
    /// No set is; this is the nearest, and its middle lies behind that time.
    NearestAfter,
    /// The set was asked for by name.
    Named,
}

/// The tables to apply, and what is to be known of the choice. Nothing found is no error: the list is
/// empty and names no set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApplyList {
    /// The set chosen.
    pub set_name: Option<String>,
    /// Its tables to apply, in the order of application.
    pub tables: Vec<caltable::Model>,
    /// Its other active tables, which are not valid at that time.
    pub excluded: Vec<caltable::Model>,
    /// How the set was chosen.
    pub method: Option<ApplyMethod>,
    /// Middle of the validity window, MJD: of the table whose middle is nearest; that time itself where
    /// its window is open.
    pub midpoint_mjd: Option<f64>,
    /// Distance of that middle, hours, never negative.
    pub offset_hours: Option<f64>,
    /// How well the set suits, from 0 to 1.
    pub quality: Option<f64>,
    /// What a person should know before it is applied.
    pub warnings: Vec<String>,
    /// The other sets that could have been chosen, the next best first.
    pub other_sets: Vec<String>,
}

impl<C: ConnectionTrait> Repository<'_, C, caltable::Entity> {
    /// The tables to apply to data of a time. Of the sets with an active table valid then, the one
    /// registered last is chosen, and of it the tables valid then.
    ///
    /// # Errors
    /// `mjd` is not a finite number, `validity_hours` is not above zero, or the engine fails.
    pub async fn apply_list(&self, request: &ApplyListRequest) -> Result<ApplyList> {
        check_mjd("mjd", request.mjd)?;
        if !(request.validity_hours.is_finite() && request.validity_hours > 0.0) {
            let message = format!("{} is not a number of hours above zero", request.validity_hours);
            return Err(Error::invalid("validity_hours", message));
        }
        if let Some(set_name) = &request.set_name {
            return Ok(named(request, set_name, self.active_of_set(set_name).await?));
        }
        let matching = caltable::Entity::find().filter(valid_between(request.mjd, request.mjd));
        let sets = Candidates::of(matching.all(self.connection).await?, exact_order);
        if let Some(winner) = sets.winner() {
            let all = self.active_of_set(winner).await?;
            return Ok(exact(request, &sets, all));
        }
        if !request.nearest {
            return Ok(ApplyList::default());
        }
        let reach = request.validity_hours / HOURS_OF_A_DAY;
        let matching = caltable::Entity::find().filter(near(request.mjd, reach));
        let mjd = request.mjd;
        let sets = Candidates::of(matching.all(self.connection).await?, |a, b| {
            nearest_distance(a, mjd).total_cmp(&nearest_distance(b, mjd)).then(exact_order(a, b))
        });
        let Some(winner) = sets.winner() else { return Ok(ApplyList::default()) };
        let all = self.active_of_set(winner).await?;
        Ok(nearest(request, &sets, all))
    }

    pub(super) async fn active_of_set(&self, set_name: &str) -> Result<Vec<caltable::Model>> {
        let select = caltable::Entity::find()
            .filter(SetName.eq(set_name))
            .filter(Status.eq(CaltableStatus::Active));
        let ordered = select.order_by_asc(OrderIndex).order_by_asc(caltable::Column::Id);
        Ok(ordered.all(self.connection).await?)
    }
}

/// Active tables whose middle lies within `reach` days of `mjd`.
pub(super) fn near(mjd: f64, reach: f64) -> Condition {
    Condition::all()
        .add(is_active())
        // No middle lies before its window's start: lets the engine walk the index on the window.
        .add(ValidStartMjd.lte(mjd + reach))
        .add(midpoint_expression().between(mjd - reach, mjd + reach))
}

/// (start + end) / 2, or the start of a window that is open at its end.
fn midpoint_expression() -> SimpleExpr {
    let end = Func::coalesce([ValidEndMjd.into_expr(), ValidStartMjd.into_expr()]);
    ValidStartMjd.into_expr().add(SimpleExpr::from(end)).div(2.0)
}

/// The tables that match, by set; the set to choose comes first.
struct Candidates(Vec<(String, Vec<caltable::Model>)>);

impl Candidates {
    fn of(
        tables: Vec<caltable::Model>,
        order: impl Fn(&[caltable::Model], &[caltable::Model]) -> Ordering,
    ) -> Self {
        let mut sets: HashMap<String, Vec<caltable::Model>> = HashMap::new();
        for table in tables {
            sets.entry(table.set_name.clone()).or_default().push(table);
        }
        let mut sets: Vec<_> = sets.into_iter().collect();
        for (_, tables) in &mut sets {
            tables.sort_by_key(|table| (table.order_index, table.id));
        }
        sets.sort_by(|a, b| order(&a.1, &b.1).then_with(|| a.0.cmp(&b.0)));
        Self(sets)
    }

    fn winner(&self) -> Option<&str> {
        self.0.first().map(|(name, _)| name.as_str())
    }

    fn others(&self) -> &[(String, Vec<caltable::Model>)] {
        self.0.get(1..).unwrap_or_default()
    }

    fn is_candidate(&self, table: &caltable::Model) -> bool {
        self.0.first().is_some_and(|(_, tables)| tables.iter().any(|other| other.id == table.id))
    }
}

/// The set registered last first; at one time, the one with the largest id.
fn exact_order(a: &[caltable::Model], b: &[caltable::Model]) -> Ordering {
    let recency = |set: &[caltable::Model]| {
        set.iter().map(|table| table.created_at.0).fold(f64::MIN, f64::max)
    };
    let id = |set: &[caltable::Model]| set.iter().map(|table| table.id).max();
    recency(b).total_cmp(&recency(a)).then_with(|| id(b).cmp(&id(a)))
}

fn exact(request: &ApplyListRequest, sets: &Candidates, all: Vec<caltable::Model>) -> ApplyList {
    let matching = sets.0.first().map(|(_, tables)| tables.as_slice()).unwrap_or_default();
    let middle = middle(matching, |table| exact_midpoint(table, request.mjd), request.mjd);
    let mut list = list(request, sets, all, ApplyMethod::Exact, middle);
    list.quality = list
        .offset_hours
        .map(|offset| (1.0 - offset / (2.0 * request.validity_hours)).clamp(0.0, 1.0));
    for (name, tables) in sets.others() {
        for (what, of) in [
            ("reference antenna", (|table| table.refant.as_deref()) as Property),
            ("calibrator field", |table| table.cal_field.as_deref()),
        ] {
            let (chosen, other) = (matching.iter().find_map(of), tables.iter().find_map(of));
            if let (Some(chosen), Some(other)) = (chosen, other)
                && chosen != other
            {
                list.warnings
                    .push(format!("{name} is valid too, with {what} {other} instead of {chosen}"));
            }
        }
    }
    list
}

type Property = fn(&caltable::Model) -> Option<&str>;

fn nearest(request: &ApplyListRequest, sets: &Candidates, all: Vec<caltable::Model>) -> ApplyList {
    let matching = sets.0.first().map(|(_, tables)| tables.as_slice()).unwrap_or_default();
    let middle =
        middle(matching, |table| nearest_midpoint(table).unwrap_or(request.mjd), request.mjd);
    let method = match middle {
        Some(mjd) if mjd > request.mjd => ApplyMethod::NearestAfter,
        _ => ApplyMethod::NearestBefore,
    };
    let mut list = list(request, sets, all, method, middle);
    if let Some(offset) = list.offset_hours {
        list.quality = Some((1.0 - offset / request.validity_hours).clamp(0.0, 1.0));
        if offset > request.validity_hours / 2.0 {
            list.warnings.push(format!("the nearest calibration is {offset:.1} hours away"));
        }
    }
    list
}

fn named(request: &ApplyListRequest, set_name: &str, all: Vec<caltable::Model>) -> ApplyList {
    if all.is_empty() {
        return ApplyList::default();
    }
    let (tables, excluded): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|table| request.whole_set || contains(table, request.mjd));
    let midpoint_mjd = middle(&tables, |table| exact_midpoint(table, request.mjd), request.mjd);
    let offset_hours = midpoint_mjd.map(|middle| hours(middle, request.mjd));
    let quality = offset_hours.map(|offset| {
        let closeness = 1.0 - (offset / HOURS_OF_A_DAY).min(0.5);
        let scores: Vec<f64> = tables.iter().flat_map(metric_scores).collect();
        let quality = mean(&scores).map_or(closeness, |score| f64::midpoint(closeness, score));
        quality.clamp(0.0, 1.0)
    });
    ApplyList {
        set_name: Some(set_name.to_owned()),
        tables,
        excluded,
        method: Some(ApplyMethod::Named),
        midpoint_mjd,
        offset_hours,
        quality,
        ..ApplyList::default()
    }
}

/// What an exact and a nearest list have in common.
fn list(
    request: &ApplyListRequest,
    sets: &Candidates,
    all: Vec<caltable::Model>,
    method: ApplyMethod,
    midpoint_mjd: Option<f64>,
) -> ApplyList {
    let (tables, excluded) =
        all.into_iter().partition(|table| request.whole_set || sets.is_candidate(table));
    ApplyList {
        set_name: sets.winner().map(str::to_owned),
        tables,
        excluded,
        method: Some(method),
        midpoint_mjd,
        offset_hours: midpoint_mjd.map(|middle| hours(middle, request.mjd)),
        other_sets: sets.others().iter().map(|(name, _)| name.clone()).collect(),
        ..ApplyList::default()
    }
}

/// Of the tables' middles the one nearest to `mjd`.
fn middle(
    tables: &[caltable::Model],
    midpoint: impl Fn(&caltable::Model) -> f64,
    mjd: f64,
) -> Option<f64> {
    tables.iter().map(midpoint).min_by(|a, b| (a - mjd).abs().total_cmp(&(b - mjd).abs()))
}

/// The middle of a window; that time itself where it is open.
fn exact_midpoint(table: &caltable::Model, mjd: f64) -> f64 {
    table
        .valid_start_mjd
        .zip(table.valid_end_mjd)
        .map_or(mjd, |(start, end)| f64::midpoint(start, end))
}

/// The middle of a window, or its start where its end is open.
pub(super) fn nearest_midpoint(table: &caltable::Model) -> Option<f64> {
    let start = table.valid_start_mjd?;
    Some(table.valid_end_mjd.map_or(start, |end| f64::midpoint(start, end)))
}

fn nearest_distance(tables: &[caltable::Model], mjd: f64) -> f64 {
    let distances = tables.iter().filter_map(nearest_midpoint).map(|middle| (middle - mjd).abs());
    distances.fold(f64::INFINITY, f64::min)
}

pub(super) fn hours(a: f64, b: f64) -> f64 {
    (a - b).abs() * HOURS_OF_A_DAY
}

/// What a table's quality metrics say of it, from 0 to 1 each.
fn metric_scores(table: &caltable::Model) -> impl Iterator<Item = f64> + use<> {
    let metric = |name: &str| table.quality_metrics.as_ref()?.0.get(name)?.as_f64();
    let snr = metric("snr_median").map(|snr| (snr / 50.0).clamp(0.0, 1.0));
    let unflagged = metric("flagged_fraction").map(|flagged| (1.0 - flagged).clamp(0.0, 1.0));
    [snr, unflagged].into_iter().flatten()
}

fn mean(values: &[f64]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a handful of scores")]
    let count = values.len() as f64;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)
}
