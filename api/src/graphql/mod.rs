//! The graph.
//!
//! A table's object is made from its entity; `table!` adds its edges. What every table needs (filter,
//! order, pages, look-ups for many rows at once) is written once, generic over the entity.

#[macro_use]
mod table;

mod connection;
mod context;
mod error;
mod field;
mod filter;
mod loader;
mod meta;
mod node;
mod object;
mod order;
mod scalar;
mod series;

pub mod astrid;
pub mod cal_registry;
pub mod ingest;
pub mod master_sources;
pub mod products;

pub use connection::{Connection, Edge, PageInfo};
pub use filter::Where;
pub use object::{Object, Shown};
pub use order::OrderBy;
pub use scalar::BigInt;
pub use series::{Leaf, Series};

use almanac_service::Sessions;
use async_graphql::{EmptyMutation, EmptySubscription, ID, MergedObject, Schema};

use astrid::{AstridObservation, AstridSurvey};
use cal_registry::{Calibration, Caltable};
use context::Context;
use error::Result;
use ingest::{IngestGroup, PerformanceMetrics, SubbandFile};
use master_sources::{FinalReference, GoodReference, Source};
use products::{Image, LightCurves, MeasurementSet, Photometry};

lists! {
    /// Observation groups in the ingest queue.
    ingest_groups: IngestGroup,
    /// Subband files of the observation groups.
    subband_files: SubbandFile,
    /// Seconds that each stage took, by observation group.
    performance_metrics: PerformanceMetrics,
    /// Calibration tables.
    caltables: Caltable,
    /// Measurement sets.
    measurement_sets: MeasurementSet,
    /// Image products.
    images: Image,
    /// Forced photometry.
    photometry: Photometry,
    /// Sources of the NVSS, VLASS and FIRST cross-match.
    sources: Source,
    /// Sources good enough to be measured as references.
    good_references: GoodReference,
    /// The strictest selection of reference sources.
    final_references: FinalReference,
    /// Surveys that AstrID takes its data from.
    astrid_surveys: AstridSurvey,
    /// Exposures that AstrID works on.
    astrid_observations: AstridObservation,
}

/// The root of all queries.
#[derive(Debug, Default, MergedObject)]
pub struct Query(Nodes, Lists, LightCurves, Calibration);

/// Rows by their names in the whole graph.
#[derive(Debug, Default)]
pub struct Nodes;

#[async_graphql::Object]
impl Nodes {
    /// The row that `id` names; null where there is none.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The row's name in the whole graph.")] id: ID,
    ) -> Result<Option<Node>> {
        match node::read_global_id(&id) {
            Some((type_name, key)) => find_node(ctx, &type_name, &key).await,
            None => Err(error::bad_input("id", "it is no name that this server gave")),
        }
    }
}

/// The graph, ready to answer.
pub type Graph = Schema<Query, EmptyMutation, EmptySubscription>;

/// The graph over `sessions`.
pub fn graph(sessions: Sessions) -> Graph {
    builder().data(sessions).finish()
}

/// The graph's schema, in the schema definition language.
pub fn sdl() -> String {
    builder().finish().sdl()
}

fn builder() -> async_graphql::SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query::default(), EmptyMutation, EmptySubscription).disable_suggestions()
}
