//! Where a row came from, and what was made of it.

mod rows;

use std::sync::Arc;

use almanac_entity::{Database, Table, master_sources, products::variability_stat};
use almanac_service::provenance::{self, Limits, NodeKey};
use async_graphql::{Enum, ID, Object, SimpleObject};

use super::{
    Node,
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
    node::{id_of, read_global_id},
};

/// Which way provenance is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "provenance::Heading")]
pub enum ProvenanceDirection {
    /// From a row to what it was made of.
    Ancestors,
    /// From a row to what was made of it.
    Descendants,
}

/// What a node of the provenance graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "provenance::NodeKind")]
pub enum ProvenanceNodeKind {
    /// An observation group, by its name.
    IngestGroup,
    /// A subband file, by its number.
    SubbandFile,
    /// A measurement set, by its path.
    MeasurementSet,
    /// A calibration table, by its path.
    Caltable,
    /// An image, by its path.
    Image,
    /// A mosaic, by its path.
    Mosaic,
    /// A measurement, by its number.
    Photometry,
    /// A source, by its designation.
    Source,
    /// A catalogue that the cross-match was made of, by its name.
    Catalogue,
    /// A data product, by its name.
    DataProduct,
}

/// How a child came from its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "provenance::EdgeKind")]
pub enum ProvenanceEdgeKind {
    /// A subband file belongs to its observation group.
    SubbandOfGroup,
    /// A measurement set was converted from an observation group; inferred where it only began within a
    /// minute of it.
    ConvertedFrom,
    /// A calibration table was solved on a measurement set.
    SolvedOn,
    /// A measurement set was calibrated with a calibration table; inferred where nobody recorded it and
    /// the table is the one that would be chosen.
    CalibratedWith,
    /// An image was made from a measurement set.
    ImagedFrom,
    /// A mosaic has an image as a tile.
    MosaickedFrom,
    /// A measurement set is a member of the group that a mosaic was made of.
    MosaickedFromMember,
    /// A measurement was made on an image.
    MeasuredOnImage,
    /// A measurement was made on a mosaic.
    MeasuredOnMosaic,
    /// What is known of a source comes from a measurement.
    MeasuredBy,
    /// A source of the cross-match comes from a catalogue.
    ListedIn,
    /// A data product is related to another.
    RelatedTo,
}

/// Whether the row behind a node is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "provenance::NodeState")]
pub enum ProvenanceNodeState {
    /// It is.
    Present,
    /// Rows refer to it, and it is not.
    Missing,
    /// Its database cannot be read.
    Unknown,
}

/// A database that could not be read, so that what it holds is missing from the answer.
#[derive(Clone, Debug, SimpleObject)]
pub struct DatabaseNotice {
    /// The database.
    database: String,
    /// What that means.
    message: String,
}

impl From<provenance::Notice> for DatabaseNotice {
    fn from(notice: provenance::Notice) -> Self {
        Self { database: notice.database.to_string(), message: notice.message }
    }
}

impl DatabaseNotice {
    /// What there is to say of a database that is down.
    pub(crate) fn down(database: Database) -> Self {
        let message = format!("{database} cannot be read; what it holds is missing here");
        Self { database: database.to_string(), message }
    }
}

/// What a walk found, shared by the objects that show it.
#[derive(Debug)]
struct Found {
    walk: provenance::Walk,
    rows: rows::Rows,
}

/// Where a row came from, or what was made of it: nodes and edges over several databases.
#[derive(Debug)]
pub struct Provenance(Arc<Found>);

/// What something was made from, or what was made from it.
#[Object]
impl Provenance {
    /// The nodes in the order in which they were reached, none twice; the first is where the walk began.
    async fn nodes(&self) -> Vec<ProvenanceNode> {
        (0..self.0.walk.nodes.len()).map(|place| ProvenanceNode(self.0.clone(), place)).collect()
    }

    /// The edges between them, which make no cycle.
    async fn edges(&self) -> Vec<ProvenanceEdge> {
        edges(&self.0, &self.0.walk.edges)
    }

    /// Edges that would have closed a cycle and were cut off.
    async fn cycles(&self) -> Vec<ProvenanceEdge> {
        edges(&self.0, &self.0.walk.cycles)
    }

    /// Databases that could not be read.
    async fn notices(&self) -> Vec<DatabaseNotice> {
        self.0.walk.notices.iter().cloned().map(Into::into).collect()
    }

    /// Whether there is more than the limits let through.
    async fn truncated(&self) -> bool {
        self.0.walk.truncated
    }
}

fn edges(found: &Arc<Found>, edges: &[provenance::Edge]) -> Vec<ProvenanceEdge> {
    edges.iter().map(|edge| ProvenanceEdge(found.clone(), edge.clone())).collect()
}

/// A row on the way from raw data to what is known of a source.
#[derive(Debug)]
pub struct ProvenanceNode(Arc<Found>, usize);

impl ProvenanceNode {
    fn node(&self) -> &provenance::Node {
        &self.0.walk.nodes[self.1]
    }
}

/// A thing that has a provenance.
#[Object]
impl ProvenanceNode {
    /// Its place among the nodes, by which edges name it.
    async fn place(&self) -> i32 {
        small(self.1)
    }

    /// The row's name in the whole graph; null where the row is not there.
    async fn id(&self) -> Option<ID> {
        let node = self.node();
        Some(id_of(node.key.kind.table()?, [node.primary_key.as_deref()?]))
    }

    /// What it is.
    async fn kind(&self) -> ProvenanceNodeKind {
        self.node().key.kind.into()
    }

    /// Its path, number or name, by which others refer to it.
    async fn key(&self) -> &str {
        &self.node().key.key
    }

    /// Number of edges from where the walk began.
    async fn depth(&self) -> i32 {
        small(self.node().depth as usize)
    }

    /// Whether its row is there.
    async fn state(&self) -> ProvenanceNodeState {
        self.node().state.into()
    }

    /// The row itself; null where it is not there, or is of a kind that has none.
    async fn row(&self) -> Option<Node> {
        let node = self.node();
        self.0.rows.get(node.key.kind, node.primary_key.as_deref()?)
    }
}

/// How one row came from another.
#[derive(Debug)]
pub struct ProvenanceEdge(Arc<Found>, provenance::Edge);

/// What one thing has to do with another.
#[Object]
impl ProvenanceEdge {
    /// What was made.
    async fn child(&self) -> ProvenanceNode {
        ProvenanceNode(self.0.clone(), self.1.child)
    }

    /// What it was made of.
    async fn parent(&self) -> ProvenanceNode {
        ProvenanceNode(self.0.clone(), self.1.parent)
    }

    /// How.
    async fn kind(&self) -> ProvenanceEdgeKind {
        self.1.kind.into()
    }

    /// Whether nobody recorded it, and it follows from the time of the observation.
    async fn inferred(&self) -> bool {
        self.1.inferred
    }

    /// The relationship of data products, as recorded: `produced`, `contains` …
    async fn relationship(&self) -> Option<&str> {
        self.1.relationship.as_deref()
    }
}

/// A place or depth; a walk has 10,000 nodes at the most.
fn small(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Provenance at the root of the graph.
#[derive(Debug, Default)]
pub struct ProvenanceQueries;

#[Object]
impl ProvenanceQueries {
    /// What a row was made of, or what was made of it, over all databases: from subband files to sources.
    async fn provenance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The row's name in the whole graph.")] id: ID,
        #[graphql(default_with = "ProvenanceDirection::Ancestors", desc = "Which way to follow.")]
        direction: ProvenanceDirection,
        #[graphql(default = 10, desc = "Edges from the row at the most; up to 100.")] depth: i32,
        #[graphql(default = 1000, desc = "Nodes at the most; up to 10,000.")] nodes: i32,
    ) -> Result<Option<Provenance>> {
        let start = start(ctx, &id).await?;
        let number = |argument, number: i32| {
            number.try_into().map_err(|_| bad_input(argument, format!("{number} is below zero")))
        };
        let limits =
            Limits { depth: number("depth", depth)?, nodes: number("nodes", nodes)? as usize };
        let walk = provenance::walk(ctx.sessions(), start, direction.into(), limits);
        let walk = walk.await.map_err(|error| graph_error(&error))?;
        let look_ahead = ctx.look_ahead();
        let with_rows = ["nodes", "edges", "cycles"].iter().any(|list| {
            let list = look_ahead.field(list);
            list.field("row").exists()
                || list.field("child").field("row").exists()
                || list.field("parent").field("row").exists()
        });
        let rows =
            if with_rows { rows::Rows::read(ctx, &walk).await? } else { rows::Rows::default() };
        Ok(Some(Provenance(Arc::new(Found { walk, rows }))))
    }
}

/// The node that a global id names.
async fn start(ctx: &Context<'_>, id: &str) -> Result<NodeKey> {
    let (name, key) =
        read_global_id(id).ok_or_else(|| bad_input("id", "it is no name that this server gave"))?;
    // What is known of a source hangs on the source.
    let of_a_source = [
        variability_stat::Entity::NAME,
        master_sources::good_reference::Entity::NAME,
        master_sources::final_reference::Entity::NAME,
    ];
    let name = if of_a_source.contains(&name.as_str()) {
        master_sources::source::Entity::NAME
    } else {
        name.as_str()
    };
    let kind = provenance::NodeKind::of_table(name)
        .ok_or_else(|| bad_input("id", format!("a {name} has no provenance")))?;
    let [key] = &key[..] else {
        return Err(bad_input("id", "it is no name that this server gave"));
    };
    let found = provenance::locate(ctx.sessions(), kind, key).await;
    found.map_err(|error| graph_error(&error))?.map_or_else(
        || Err(graph_error(&almanac_service::Error::not_found(format!("{name} {key}")))),
        Ok,
    )
}
