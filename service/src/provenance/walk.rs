//! Walks through the graph, by breadth.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Edge, EdgeKind, Heading, Node, NodeKey, NodeKind, NodeState, Notice, cycle, follow::Follower,
    reach::Reach,
};
use crate::{Error, Result, Sessions};

/// Nodes of a walk at the most.
const MOST_NODES: usize = 10_000;
/// Edges for each node that a walk may have, at the most.
const EDGES_OF_A_NODE: usize = 5;
/// Edges from the start at the most.
const MOST_DEPTH: u32 = 100;

/// How far a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Edges from the start.
    pub depth: u32,
    /// Nodes, the start among them.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 10, nodes: MOST_NODES }
    }
}

impl Limits {
    fn check(self) -> Result<()> {
        if self.depth > MOST_DEPTH {
            let message = format!("{} is more than {MOST_DEPTH}", self.depth);
            return Err(Error::invalid("depth", message));
        }
        if !(1..=MOST_NODES).contains(&self.nodes) {
            let message = format!("{} is not from 1 to {MOST_NODES}", self.nodes);
            return Err(Error::invalid("nodes", message));
        }
        Ok(())
    }
}

/// What a walk found: nodes in the order they were reached, none twice, and edges without a cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The nodes; the start is the first.
    pub nodes: Vec<Node>,
    /// The edges between them.
    pub edges: Vec<Edge>,
    /// Edges that would close a cycle, cut off.
    pub cycles: Vec<Edge>,
    /// Databases that could not be read.
    pub notices: Vec<Notice>,
    /// Whether there is more than the limits let through.
    pub truncated: bool,
}

/// What a row was made of.
///
/// # Errors
/// As [`walk`].
pub async fn ancestors(sessions: &Sessions, start: NodeKey, limits: Limits) -> Result<Walk> {
    walk(sessions, start, Heading::Ancestors, limits).await
}

/// What was made of a row.
///
/// # Errors
/// As [`walk`].
pub async fn descendants(sessions: &Sessions, start: NodeKey, limits: Limits) -> Result<Walk> {
    walk(sessions, start, Heading::Descendants, limits).await
}

/// Follows every edge that way from `start`, level by level: a statement or two for each kind of edge and
/// each kind of node of a level, however many there are.
///
/// # Errors
/// A limit is out of range. A database that is down is a notice, and a start that is not there a missing
/// node.
pub async fn walk(
    sessions: &Sessions,
    start: NodeKey,
    heading: Heading,
    limits: Limits,
) -> Result<Walk> {
    limits.check()?;
    let mut walker = Walker {
        follower: Follower::new(Reach::new(sessions), heading),
        limits,
        nodes: Vec::new(),
        places: HashMap::new(),
        edges: BTreeSet::new(),
        truncated: false,
    };
    walker.place(start, 0);
    let mut level = 0..1;
    walker.look_up(level.clone()).await?;
    for depth in 1..=limits.depth {
        let before = walker.nodes.len();
        walker.step(level, depth).await?;
        level = before..walker.nodes.len();
        if level.is_empty() {
            break;
        }
        walker.look_up(level.clone()).await?;
    }
    let mut edges: Vec<Edge> = walker.edges.into_iter().collect();
    let cycles = cycle::cut(walker.nodes.len(), &mut edges, heading);
    let (notices, cut) = walker.follower.finish();
    let truncated = walker.truncated || cut;
    Ok(Walk { nodes: walker.nodes, edges, cycles, notices, truncated })
}

/// The key of the row of a kind with this primary key; none where there is none.
///
/// # Errors
/// The database is down.
pub async fn locate(
    sessions: &Sessions,
    kind: NodeKind,
    primary_key: &str,
) -> Result<Option<NodeKey>> {
    let Some(database) = kind.database() else { return Ok(None) };
    let reader = sessions.reader(database).await?;
    let key = kind.key_of(&reader, primary_key).await?;
    Ok(key.map(|key| NodeKey { kind, key }))
}

struct Walker<'s> {
    follower: Follower<'s>,
    limits: Limits,
    nodes: Vec<Node>,
    places: HashMap<NodeKey, usize>,
    edges: BTreeSet<Edge>,
    truncated: bool,
}

impl Walker<'_> {
    /// Where a node stands; none where there is no room left for it.
    fn place(&mut self, key: NodeKey, depth: u32) -> Option<usize> {
        if let Some(place) = self.places.get(&key) {
            return Some(*place);
        }
        if self.nodes.len() >= self.limits.nodes {
            self.truncated = true;
            return None;
        }
        let place = self.nodes.len();
        self.places.insert(key.clone(), place);
        self.nodes.push(Node { key, depth, state: NodeState::Unknown, primary_key: None });
        Some(place)
    }

    /// Follows the edges that lead away from the nodes of a level.
    async fn step(&mut self, level: std::ops::Range<usize>, depth: u32) -> Result<()> {
        let mut frontier: BTreeMap<NodeKind, Vec<String>> = BTreeMap::new();
        for node in &self.nodes[level] {
            frontier.entry(node.key.kind).or_default().push(node.key.key.clone());
        }
        let heading = self.follower.heading;
        for kind in EdgeKind::ALL {
            let Some(keys) = frontier.get(&kind.near(heading)) else { continue };
            let room = self.limits.nodes * EDGES_OF_A_NODE - self.edges.len();
            let mut links = self.follower.follow(kind, keys, room as u64 + 1).await?;
            if links.len() > room {
                links.truncate(room);
                self.truncated = true;
            }
            for link in links {
                let far = NodeKey::new(kind.far(heading), link.far(heading));
                if self.place(far, depth).is_none() {
                    continue;
                }
                let end =
                    |of: NodeKind, key: String| self.places.get(&NodeKey::new(of, key)).copied();
                let child = end(kind.child(), link.child);
                let parent = end(kind.parent(), link.parent);
                if let (Some(child), Some(parent)) = (child, parent) {
                    let (inferred, relationship) = (link.inferred, link.relationship);
                    self.edges.insert(Edge { child, parent, kind, inferred, relationship });
                }
            }
        }
        Ok(())
    }

    /// Looks which nodes of a level have a row.
    async fn look_up(&mut self, level: std::ops::Range<usize>) -> Result<()> {
        for kind in NodeKind::ALL {
            let keys: Vec<String> = self.nodes[level.clone()]
                .iter()
                .filter(|node| node.key.kind == kind)
                .map(|node| node.key.key.clone())
                .collect();
            if keys.is_empty() {
                continue;
            }
            let present = self.follower.present(kind, &keys).await?;
            for node in &mut self.nodes[level.clone()] {
                if node.key.kind != kind {
                    continue;
                }
                let Some(present) = &present else { continue };
                node.primary_key = present.get(&node.key.key).cloned();
                let is_there = node.primary_key.is_some() || kind == NodeKind::Catalogue;
                node.state = if is_there { NodeState::Present } else { NodeState::Missing };
            }
        }
        Ok(())
    }
}
