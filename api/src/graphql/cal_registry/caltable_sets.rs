//! Sets of calibration tables at the root of the graph.

use almanac_entity::{UnixTime, cal_registry::caltable};
use almanac_service::{
    Repository, Row,
    cal_registry::{
        CaltableSet as Set, InterpolatedSelection as Selection, InterpolationMethod as Method,
        InterpolationRequest, NewSet, OverlappingSet, WeightedSet,
    },
};
use async_graphql::{Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::Caltable;
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
    node::objects,
};

/// Tables of one timeline.
const MOST: u64 = 5_000;
/// Paths that one question about impact names.
const MOST_PATHS: usize = 1_000;

/// A set of calibration tables from one solve.
#[derive(Debug, SimpleObject)]
pub struct CaltableSet {
    /// Its name.
    set_name: String,
    /// Number of its tables, whatever their status.
    tables: u64,
    /// Number of its tables that are active.
    active: u64,
    /// The smallest place of its tables in the order of application.
    min_order_index: i32,
    /// When its newest table was registered.
    created_at: Option<DateTime<Utc>>,
}

impl From<Set> for CaltableSet {
    fn from(set: Set) -> Self {
        Self {
            set_name: set.set_name,
            tables: set.tables,
            active: set.active,
            min_order_index: set.min_order_index,
            created_at: UnixTime::date_time(set.created_at),
        }
    }
}

/// A set in use that is valid at the same time as a new one.
#[derive(Debug, SimpleObject)]
pub struct OverlappingCaltableSet {
    /// Its name.
    set_name: String,
    /// The earliest start of its tables, MJD; null where one is open.
    valid_start_mjd: Option<f64>,
    /// The latest end of its tables, MJD; null where one is open.
    valid_end_mjd: Option<f64>,
    /// In what it differs from the new set.
    issues: Vec<String>,
}

impl From<OverlappingSet> for OverlappingCaltableSet {
    fn from(set: OverlappingSet) -> Self {
        Self {
            set_name: set.set_name,
            valid_start_mjd: set.valid_start_mjd,
            valid_end_mjd: set.valid_end_mjd,
            issues: set.issues,
        }
    }
}

/// How sets before and behind a time are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Method")]
pub enum InterpolationMethod {
    /// Between two sets.
    Interpolated,
    /// The nearer of two sets that are close to each other.
    Single,
    /// The only set there is.
    Extrapolated,
}

/// A set of calibration tables, and how much it counts.
#[derive(Debug, SimpleObject)]
pub struct WeightedCaltableSet {
    /// Its name.
    set_name: String,
    /// Middle of its validity, MJD.
    midpoint_mjd: f64,
    /// How much it counts, from 0 to 1.
    weight: f64,
    /// Its tables in use, in the order of application.
    tables: Vec<Caltable>,
}

impl From<WeightedSet> for WeightedCaltableSet {
    fn from(set: WeightedSet) -> Self {
        Self {
            set_name: set.set_name,
            midpoint_mjd: set.midpoint_mjd,
            weight: set.weight,
            tables: shown(&set.tables),
        }
    }
}

/// The sets of calibration tables to use at a time.
#[derive(Debug, SimpleObject)]
pub struct InterpolatedSelection {
    /// How they are used.
    method: InterpolationMethod,
    /// The set whose middle lies before that time or at it.
    before: Option<WeightedCaltableSet>,
    /// The set whose middle lies behind that time.
    after: Option<WeightedCaltableSet>,
    /// What a person should know.
    warnings: Vec<String>,
}

impl From<Selection> for InterpolatedSelection {
    fn from(selection: Selection) -> Self {
        Self {
            method: selection.method.into(),
            before: selection.before.map(WeightedCaltableSet::from),
            after: selection.after.map(WeightedCaltableSet::from),
            warnings: selection.warnings,
        }
    }
}

fn shown(tables: &[caltable::Model]) -> Vec<Caltable> {
    objects(tables.iter().map(Row::<caltable::Entity>::of_model).collect())
}

/// Sets of calibration tables at the root of the graph.
#[derive(Debug, Default)]
pub struct CaltableSetQueries;

#[Object]
impl CaltableSetQueries {
    /// Every set of calibration tables, the one with the newest table first.
    async fn caltable_sets(&self, ctx: &Context<'_>) -> Result<Option<Vec<CaltableSet>>> {
        let read = async {
            let reader = ctx.reader_of::<caltable::Entity>().await?;
            Repository::<_, caltable::Entity>::new(&reader).list_sets().await
        };
        let sets = read.await.map_err(|error| graph_error(&error))?;
        Ok(Some(sets.into_iter().map(CaltableSet::from).collect()))
    }

    /// The calibration tables, whatever their status, whose validity meets a time, by its start.
    async fn caltable_timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Start of the time, MJD.")] from_mjd: f64,
        #[graphql(desc = "End of the time, MJD.")] to_mjd: f64,
    ) -> Result<Option<Vec<Caltable>>> {
        let read = async {
            let reader = ctx.reader_of::<caltable::Entity>().await?;
            let tables = Repository::<_, caltable::Entity>::new(&reader);
            tables.timeline(from_mjd, to_mjd, MOST + 1).await
        };
        let tables = read.await.map_err(|error| graph_error(&error))?;
        if tables.len() as u64 > MOST {
            let message = format!("more than {MOST} tables are valid before it; ask for less time");
            return Err(bad_input("toMjd", message));
        }
        Ok(Some(shown(&tables)))
    }

    /// The sets in use that a new set would overlap.
    async fn caltable_overlaps(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Name of the new set, which is not one of them.")] set_name: String,
        #[graphql(desc = "Start of its validity, MJD; open where it is not given.")]
        valid_start_mjd: Option<f64>,
        #[graphql(desc = "End of its validity, MJD; open where it is not given.")]
        valid_end_mjd: Option<f64>,
        #[graphql(desc = "Field of its calibrator.")] cal_field: Option<String>,
        #[graphql(desc = "Its reference antenna.")] refant: Option<String>,
    ) -> Result<Option<Vec<OverlappingCaltableSet>>> {
        let new = NewSet { set_name, valid_start_mjd, valid_end_mjd, cal_field, refant };
        let read = async {
            let reader = ctx.reader_of::<caltable::Entity>().await?;
            Repository::<_, caltable::Entity>::new(&reader).check_overlap(&new).await
        };
        let sets = read.await.map_err(|error| graph_error(&error))?;
        Ok(Some(sets.into_iter().map(OverlappingCaltableSet::from).collect()))
    }

    /// The sets in use before and behind a time, and how much each counts.
    async fn interpolated_selection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The time, MJD.")] mjd: f64,
        #[graphql(default = 12.0, desc = "How far away the middle of a set may be, hours.")]
        validity_hours: f64,
        #[graphql(
            default = 1.0,
            desc = "Sets whose middles are nearer to each other are not interpolated, hours."
        )]
        min_gap_hours: f64,
    ) -> Result<Option<InterpolatedSelection>> {
        let request = InterpolationRequest { mjd, validity_hours, min_gap_hours };
        let read = async {
            let reader = ctx.reader_of::<caltable::Entity>().await?;
            Repository::<_, caltable::Entity>::new(&reader).interpolated_selection(&request).await
        };
        let selection = read.await.map_err(|error| graph_error(&error))?;
        Ok(Some(selection.into()))
    }

    /// The measurement sets, by path, that calibration tables were solved on or applied to: what is in
    /// question when the tables are.
    async fn caltable_impact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Paths of the tables, at most 1,000.")] paths: Vec<String>,
    ) -> Result<Option<Vec<String>>> {
        if paths.len() > MOST_PATHS {
            return Err(bad_input("paths", format!("they are more than {MOST_PATHS}")));
        }
        let read = async {
            let reader = ctx.reader_of::<caltable::Entity>().await?;
            Repository::<_, caltable::Entity>::new(&reader).impact_analysis(&paths).await
        };
        Ok(Some(read.await.map_err(|error| graph_error(&error))?))
    }
}
