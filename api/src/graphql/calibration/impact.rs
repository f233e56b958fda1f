//! Everything that a calibration touched.

use std::collections::HashMap;

use almanac_entity::{Database, Table, cal_registry::caltable, products::ms_index};
use almanac_service::{
    Error, Key, Repository, Row,
    calibration::{Impact, Touch, Touched},
};
use async_graphql::{Enum, Object, SimpleObject};
use sea_orm::Iterable;

use super::subject;
use crate::graphql::{
    BigInt,
    cal_registry::Caltable,
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
    node::{key_columns, objects},
    object::Object,
    products::{
        Alert, EseCandidate, Image, MeasurementSet, Mosaic, Photometry, TransientAlert,
        TransientCandidate, VariabilityStats,
    },
    provenance::DatabaseNotice,
};

/// Rows of one answer at the most.
const MOST: i32 = 1_000;

/// How a calibration touched a measurement set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Touch")]
pub enum CalibrationTouch {
    /// It was applied to it.
    Applied,
    /// It was solved on it.
    SolvedOn,
    /// Nobody recorded what was applied, and it is what would be chosen.
    Inferred,
}

/// A measurement set that a calibration touched.
#[derive(Debug, SimpleObject)]
pub struct TouchedMeasurementSet {
    /// Its path.
    path: String,
    /// How it was touched.
    touch: CalibrationTouch,
    /// Its row; null where the products do not know it.
    measurement_set: Option<MeasurementSet>,
}

/// Measurement sets that a calibration touched.
#[derive(Debug, SimpleObject)]
pub struct TouchedMeasurementSets {
    /// How many there are.
    total_count: BigInt,
    /// How many of them are there by inference only.
    inferred_count: BigInt,
    /// Those of the page, by path.
    nodes: Vec<TouchedMeasurementSet>,
}

/// Declares a list of rows that a calibration touched.
macro_rules! touched {
    ($($(#[doc = $doc:literal])+ $name:ident: $object:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, SimpleObject)]
        pub struct $name {
            /// How many there are.
            total_count: BigInt,
            /// How many of them are there by inference only.
            inferred_count: BigInt,
            /// Those of the page, by key.
            nodes: Vec<$object>,
        }
    )+};
}

touched! {
    /// Images that a calibration touched.
    TouchedImages: Image;
    /// Mosaics that a calibration touched.
    TouchedMosaics: Mosaic;
    /// Measurements that a calibration touched.
    TouchedPhotometry: Photometry;
    /// Statistics that a calibration touched.
    TouchedVariabilityStats: VariabilityStats;
    /// Candidates for extreme scattering events that a calibration touched.
    TouchedEseCandidates: EseCandidate;
    /// Transient candidates that a calibration touched.
    TouchedTransientCandidates: TransientCandidate;
    /// Alerts about transient candidates that a calibration touched.
    TouchedTransientAlerts: TransientAlert;
    /// Alerts that were sent about sources that a calibration touched.
    TouchedAlerts: Alert;
}

/// Everything that a calibration touched: counts, and pages of what there is.
#[derive(Debug)]
pub struct CalibrationImpact {
    tables: Vec<caltable::Model>,
    impact: Impact,
    notices: Vec<DatabaseNotice>,
}

impl CalibrationImpact {
    pub(super) fn new(tables: Vec<caltable::Model>, impact: Impact) -> Self {
        Self { tables, impact, notices: Vec::new() }
    }
}

/// Declares the fields that show rows of one table each.
macro_rules! lists {
    ($($(#[doc = $doc:literal])+ $list:ident: $name:ident;)+) => {
        /// Everything that a calibration touched: counts, and pages of what there is.
        #[Object]
        impl CalibrationImpact {
            /// The calibration tables asked about, in the order of application.
            async fn tables(&self) -> Vec<Caltable> {
                objects(self.tables.iter().map(Row::<caltable::Entity>::of_model).collect())
            }

            /// Databases that could not be read, so that what they hold is missing.
            async fn notices(&self) -> Vec<DatabaseNotice> {
                self.notices.clone()
            }

            /// Whether there is more than could be looked at.
            async fn truncated(&self) -> bool {
                self.impact.truncated
            }

            /// Measurement sets that it was applied to or solved on, or that it would be chosen for.
            async fn measurement_sets(
                &self,
                ctx: &Context<'_>,
                #[graphql(default = 50, desc = "Rows of the page; up to 1,000.")] first: i32,
                #[graphql(default = 0, desc = "Rows to be passed over.")] offset: i32,
            ) -> Result<Option<TouchedMeasurementSets>> {
                let (first, offset) = page(first, offset)?;
                let sets = &self.impact.measurement_sets;
                let page: Vec<_> = sets.iter().skip(offset).take(first).collect();
                let keys = page.iter().map(|(path, _)| Key::Text((*path).clone())).collect();
                let mut rows = rows::<ms_index::Entity>(ctx, keys).await?;
                let inferred = sets.values().filter(|touch| **touch == Touch::Inferred).count();
                let shown = page.into_iter().map(|(path, touch)| TouchedMeasurementSet {
                    path: path.clone(),
                    touch: (*touch).into(),
                    measurement_set: rows.remove(&Key::Text(path.clone())),
                });
                Ok(Some(TouchedMeasurementSets {
                    total_count: count(sets.len()),
                    inferred_count: count(inferred),
                    nodes: shown.collect(),
                }))
            }

            $(
                $(#[doc = $doc])+
                async fn $list(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(default = 50, desc = "Rows of the page; up to 1,000.")] first: i32,
                    #[graphql(default = 0, desc = "Rows to be passed over.")] offset: i32,
                ) -> Result<Option<$name>> {
                    let touched = &self.impact.$list;
                    Ok(Some($name {
                        total_count: count(touched.len()),
                        inferred_count: count(touched.inferred()),
                        nodes: nodes(ctx, touched, first, offset).await?,
                    }))
                }
            )+
        }
    };
}

lists! {
    /// Images made from these measurement sets.
    images: TouchedImages;
    /// Mosaics made of these images, or of the measurement sets of their group.
    mosaics: TouchedMosaics;
    /// Measurements made on these images and mosaics.
    photometry: TouchedPhotometry;
    /// Statistics of the sources that were measured.
    variability_stats: TouchedVariabilityStats;
    /// Candidates for extreme scattering events among these sources.
    ese_candidates: TouchedEseCandidates;
    /// Transient candidates that were found on these, measured on these, or are among these sources.
    transient_candidates: TouchedTransientCandidates;
    /// Alerts about these transient candidates.
    transient_alerts: TouchedTransientAlerts;
    /// Alerts that were sent about these sources.
    alerts: TouchedAlerts;
}

fn count(count: usize) -> BigInt {
    BigInt(i64::try_from(count).unwrap_or(i64::MAX))
}

fn page(first: i32, offset: i32) -> Result<(usize, usize)> {
    let rows = usize::try_from(first).ok().filter(|_| first <= MOST);
    let rows =
        rows.ok_or_else(|| bad_input("first", format!("{first} is not from 0 to {MOST}")))?;
    let offset = usize::try_from(offset)
        .map_err(|_| bad_input("offset", format!("{offset} is below zero")))?;
    Ok((rows, offset))
}

/// The rows of a page, by key: one statement.
async fn nodes<E: Table, K: Ord + Clone + IntoKey>(
    ctx: &Context<'_>,
    touched: &Touched<K>,
    first: i32,
    offset: i32,
) -> Result<Vec<Object<E>>> {
    let (first, offset) = page(first, offset)?;
    let keys: Vec<Key> = touched.page(offset, first).into_iter().map(K::into_key).collect();
    let mut rows = rows::<E>(ctx, keys.clone()).await?;
    Ok(keys.iter().filter_map(|key| rows.remove(key)).collect())
}

/// A key of the products' tables.
trait IntoKey {
    fn into_key(self) -> Key;
}

impl IntoKey for i64 {
    fn into_key(self) -> Key {
        Key::Int(self)
    }
}

impl IntoKey for String {
    fn into_key(self) -> Key {
        Key::Text(self)
    }
}

async fn rows<E: Table>(ctx: &Context<'_>, keys: Vec<Key>) -> Result<HashMap<Key, Object<E>>> {
    let Some(column) = key_columns::<E>().pop() else { return Ok(HashMap::new()) };
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let columns: Vec<E::Column> = E::Column::iter().collect();
    let read = async {
        let reader = ctx.reader_of::<E>().await?;
        Repository::<_, E>::new(&reader).by_keys(column, &keys, &columns).await
    };
    let found = read.await.map_err(|error| graph_error(&error))?;
    let (keys, found): (Vec<Key>, Vec<Row<E>>) = found.into_iter().unzip();
    Ok(keys.into_iter().zip(objects(found)).collect())
}

/// What calibrations touched, at the root of the graph.
#[derive(Debug, Default)]
pub struct CalibrationImpactQueries;

#[Object]
impl CalibrationImpactQueries {
    /// Everything that a calibration touched: a set of calibration tables, or one of them.
    async fn calibration_impact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Name of the set.")] set_name: Option<String>,
        #[graphql(desc = "Path of the table.")] caltable: Option<String>,
    ) -> Result<Option<CalibrationImpact>> {
        let subject = subject(set_name, caltable)?;
        let read = async {
            let registry = ctx.sessions().reader(Database::CalRegistry).await?;
            let tables = subject.tables(&registry).await?;
            let of_products = async {
                let products = ctx.sessions().reader(Database::Products).await?;
                Impact::of(&registry, &products, &tables).await
            };
            let impact = match of_products.await {
                Ok(impact) => CalibrationImpact::new(tables, impact),
                Err(Error::Unavailable(_) | Error::Schema(_) | Error::Busy) => CalibrationImpact {
                    impact: Impact::recorded(&registry, &tables).await?,
                    tables,
                    notices: vec![DatabaseNotice::down(Database::Products)],
                },
                Err(error) => return Err(error),
            };
            Ok(impact)
        };
        let impact = read.await;
        Ok(Some(impact.map_err(|error: Error| graph_error(&error))?))
    }
}
