//! Random rows, and a walk over them a row at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use almanac_entity::{
    Database, UnixTime,
    cal_registry::{CaltableStatus, calibration_applied, caltable},
    data_registry::{data_product, data_relationship},
    ingest::{ingest_group, subband_file},
    master_sources::source,
    products::{image, mosaic, mosaic_group, mosaic_membership, ms_index, photometry},
};
use almanac_service::{
    Repository, Sessions,
    cal_registry::ApplyListRequest,
    provenance::{EdgeKind, Heading, Limits, NodeKey, Walk, walk},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{
    MID, applied, catalogued, group, measurement, measurement_set, patchwork, picture, product,
    related, table,
};
use crate::several::fill;

/// Worlds that one pair of databases is filled with, one beside the other in time and name.
const WORLDS: u32 = 6;
/// Walks in each.
const WALKS: u32 = 20;

/// Who is connected with whom: for every row the numbers of the rows it refers to. A number that is too
/// large is a row that is not there.
#[derive(Clone, Debug)]
struct World {
    /// A group each: minutes after the world's begin.
    groups: Vec<u8>,
    subbands: Vec<usize>,
    /// A group if it names one, and minutes after the world's begin.
    sets: Vec<(Option<usize>, u8)>,
    /// The measurement set solved on, the window in hours, whether active, which set.
    tables: Vec<(Option<usize>, (u8, u8), bool, u8)>,
    applications: Vec<(usize, usize, Option<bool>)>,
    images: Vec<usize>,
    /// Tiles, by path or by number, and members.
    mosaics: Vec<(Vec<(usize, bool)>, Vec<usize>)>,
    points: Vec<(usize, Option<usize>, usize)>,
    sources: usize,
    relationships: Vec<(usize, usize, bool)>,
}

fn worlds() -> impl Strategy<Value = World> {
    use prop::{collection::vec, option};
    let rows = 3..8_usize;
    let groups = vec(0..60_u8, rows.clone());
    let sets = vec((option::of(0..6_usize), 0..60_u8), rows.clone());
    let tables =
        vec((option::of(0..6_usize), (0..20_u8, 0..30_u8), any::<bool>(), 0..3_u8), rows.clone());
    let mosaics = vec((vec((0..6_usize, any::<bool>()), 0..4), vec(0..6_usize, 0..3)), 0..4);
    (
        (groups, vec(0..6_usize, 0..6), sets, tables),
        vec((0..6_usize, 0..6_usize, option::of(any::<bool>())), 0..8),
        (vec(0..6_usize, rows), mosaics),
        vec((0..6_usize, option::of(0..5_usize), 0..4_usize), 0..12),
        (0..4_usize, vec((0..6_usize, 0..6_usize, any::<bool>()), 0..12)),
    )
        .prop_map(|(first, applications, (images, mosaics), points, last)| World {
            groups: first.0,
            subbands: first.1,
            sets: first.2,
            tables: first.3,
            applications,
            images,
            mosaics,
            points,
            sources: last.0,
            relationships: last.1,
        })
}

/// An edge: how, the child, the parent, whether inferred, and the relationship.
type Link = (EdgeKind, String, String, bool, Option<String>);

pub(super) async fn compare(sessions: &Sessions) {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let mut links: Vec<Link> = Vec::new();
    let mut timed: Vec<(String, f64)> = Vec::new();
    for number in 0..WORLDS {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        write(sessions, number, &world, &mut links, &mut timed).await;
    }
    infer(sessions, &mut links, &timed).await;
    let ends: BTreeSet<NodeKey> = links
        .iter()
        .flat_map(|(kind, child, parent, ..)| {
            [
                NodeKey::new(kind.child(), child.as_str()),
                NodeKey::new(kind.parent(), parent.as_str()),
            ]
        })
        .collect();
    let ends: Vec<NodeKey> = ends.into_iter().collect();
    let choices = (0..ends.len(), any::<bool>(), 0..12_u32);
    let mut largest = 0;
    for _ in 0..WORLDS * WALKS {
        let (start, up, depth) = choices.new_tree(&mut runner).unwrap().current();
        let heading = if up { Heading::Ancestors } else { Heading::Descendants };
        let limits = Limits { depth, ..Limits::default() };
        let start = ends[start].clone();
        let found = walk(sessions, start.clone(), heading, limits).await.unwrap();
        assert!(!found.truncated && found.notices.is_empty());
        let (nodes, edges) = naive(&links, &start, heading, depth);
        let found_nodes: BTreeMap<NodeKey, u32> =
            found.nodes.iter().map(|node| (node.key.clone(), node.depth)).collect();
        assert_eq!(found_nodes.len(), found.nodes.len(), "a node is there twice");
        assert_eq!(found_nodes, nodes, "from {start:?} {heading:?} {depth}");
        assert_eq!(all_edges(&found), edges, "from {start:?} {heading:?} {depth}");
        assert!(is_acyclic(&found));
        largest = largest.max(nodes.len());
    }
    assert!(largest > 10, "the worlds are too small to say anything: {largest}");
}

fn naive(
    links: &[Link],
    start: &NodeKey,
    heading: Heading,
    most: u32,
) -> (BTreeMap<NodeKey, u32>, BTreeSet<Link>) {
    let mut nodes = BTreeMap::from([(start.clone(), 0)]);
    let mut edges = BTreeSet::new();
    let mut queue = VecDeque::from([(start.clone(), 0)]);
    while let Some((node, depth)) = queue.pop_front() {
        if depth == most {
            continue;
        }
        for link in links {
            let child = NodeKey::new(link.0.child(), link.1.as_str());
            let parent = NodeKey::new(link.0.parent(), link.2.as_str());
            let (near, far) = match heading {
                Heading::Ancestors => (child, parent),
                Heading::Descendants => (parent, child),
            };
            if near != node {
                continue;
            }
            edges.insert(link.clone());
            if !nodes.contains_key(&far) {
                nodes.insert(far.clone(), depth + 1);
                queue.push_back((far, depth + 1));
            }
        }
    }
    (nodes, edges)
}

fn all_edges(walk: &Walk) -> BTreeSet<Link> {
    let key = |place: usize| walk.nodes[place].key.key.clone();
    let edges = walk.edges.iter().chain(&walk.cycles).map(|edge| {
        let (child, parent) = (key(edge.child), key(edge.parent));
        (edge.kind, child, parent, edge.inferred, edge.relationship.clone())
    });
    let all: Vec<Link> = edges.collect();
    let distinct: BTreeSet<Link> = all.iter().cloned().collect();
    assert_eq!(all.len(), distinct.len(), "an edge is there twice");
    distinct
}

/// Whether the nodes can be taken away one after the other, each when nothing leads to it any more.
fn is_acyclic(walk: &Walk) -> bool {
    let mut incoming: HashMap<usize, usize> = HashMap::new();
    for edge in &walk.edges {
        *incoming.entry(edge.parent).or_default() += 1;
    }
    let free = |incoming: &HashMap<usize, usize>, node: usize| {
        incoming.get(&node).copied().unwrap_or_default() == 0
    };
    let mut ready: Vec<usize> =
        (0..walk.nodes.len()).filter(|node| free(&incoming, *node)).collect();
    let mut taken = 0;
    while let Some(node) = ready.pop() {
        taken += 1;
        for edge in walk.edges.iter().filter(|edge| edge.child == node) {
            *incoming.get_mut(&edge.parent).unwrap() -= 1;
            if free(&incoming, edge.parent) {
                ready.push(edge.parent);
            }
        }
    }
    taken == walk.nodes.len()
}

/// A world as it is written: the edges that its rows say.
struct Pen<'a> {
    sessions: &'a Sessions,
    number: u32,
    world: &'a World,
    links: &'a mut Vec<Link>,
}

/// Writes a world and adds the edges that its rows say.
async fn write(
    sessions: &Sessions,
    number: u32,
    world: &World,
    links: &mut Vec<Link>,
    timed: &mut Vec<(String, f64)>,
) {
    let mut pen = Pen { sessions, number, world, links };
    let groups = pen.groups().await;
    pen.sets(&groups, timed).await;
    pen.calibration().await;
    let images = pen.images().await;
    pen.mosaics(&images).await;
    pen.points().await;
    pen.products().await;
}

impl Pen<'_> {
    fn name(&self, what: &str, index: usize) -> String {
        format!("/{}/{what}/{index}", self.number)
    }

    fn link(&mut self, kind: EdgeKind, child: &str, parent: &str) {
        self.links.push((kind, child.to_owned(), parent.to_owned(), false, None));
    }

    /// Where the world begins, MJD.
    fn begin(&self) -> f64 {
        MID + 3.0 * f64::from(self.number)
    }

    fn minute(&self, minutes: u8) -> f64 {
        self.begin() + f64::from(minutes) / 1_440.0
    }

    fn group_id(&self, minutes: u8) -> String {
        let start = UnixTime::from_mjd(self.minute(minutes)).date_time().unwrap();
        start.format("%Y-%m-%dT%H:%M:%S").to_string()
    }

    async fn groups(&mut self) -> Vec<String> {
        let ids: BTreeSet<String> =
            self.world.groups.iter().map(|minutes| self.group_id(*minutes)).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        fill(self.sessions, ingest_group::Entity, ids.iter().map(|id| group(id))).await;
        let subbands: BTreeSet<usize> =
            self.world.subbands.iter().map(|group| group % ids.len()).collect();
        for group in subbands {
            let row = subband_file::ActiveModel {
                group_id: Set(ids[group].clone()),
                subband_idx: Set(0),
                file_path: Set(self.name("subband", group)),
                discovered_at: Set(UnixTime(1.0)),
                ..Default::default()
            };
            let writer = self.sessions.writer(Database::Ingest).await.unwrap();
            let row = Repository::<_, subband_file::Entity>::new(&writer).insert(row).await;
            self.link(EdgeKind::SubbandOfGroup, &row.unwrap().id.to_string(), &ids[group]);
        }
        ids
    }

    async fn sets(&mut self, ids: &[String], timed: &mut Vec<(String, f64)>) {
        let mut rows = Vec::new();
        for (index, (group, minutes)) in self.world.sets.iter().enumerate() {
            let path = self.name("ms", index);
            let missing = |group| self.name("no group", group);
            let named =
                group.map(|group| ids.get(group).cloned().unwrap_or_else(|| missing(group)));
            match &named {
                Some(id) => self.link(EdgeKind::ConvertedFrom, &path, id),
                None => {
                    let before = minutes.checked_sub(1).map(|before| self.group_id(before));
                    let near = [Some(self.group_id(*minutes)), before];
                    let near = near.into_iter().flatten().chain([self.group_id(minutes + 1)]);
                    for id in near.filter(|id| ids.contains(id)) {
                        self.links.push((EdgeKind::ConvertedFrom, path.clone(), id, true, None));
                    }
                }
            }
            timed.push((path.clone(), self.minute(*minutes)));
            rows.push(measurement_set(&path, named.as_deref(), self.minute(*minutes)));
        }
        fill(self.sessions, ms_index::Entity, rows).await;
    }

    async fn calibration(&mut self) {
        let mut rows = Vec::new();
        for (index, (on, (start, hours), active, set)) in self.world.tables.iter().enumerate() {
            let path = self.name("table", index);
            let on = on.map(|on| self.name("ms", on));
            if let Some(on) = &on {
                self.link(EdgeKind::SolvedOn, &path, on);
            }
            let start = self.begin() - 0.4 + f64::from(*start) / 24.0;
            rows.push(caltable::ActiveModel {
                valid_start_mjd: Set(Some(start)),
                valid_end_mjd: Set((*hours > 0).then(|| start + f64::from(*hours) / 240.0)),
                created_at: Set(UnixTime(f64::from(*set))),
                status: Set(if *active { CaltableStatus::Active } else { CaltableStatus::Retired }),
                ..table(&path, &self.name("set", usize::from(*set)), on.as_deref())
            });
        }
        fill(self.sessions, caltable::Entity, rows).await;
        let mut rows = Vec::new();
        for (ms, table, success) in &self.world.applications {
            let table = self.name("table", table % self.world.tables.len());
            let ms = self.name("ms", *ms);
            rows.push(applied(&ms, &table, *success));
            if *success != Some(false) {
                self.link(EdgeKind::CalibratedWith, &ms, &table);
            }
        }
        fill(self.sessions, calibration_applied::Entity, rows).await;
    }

    async fn images(&mut self) -> Vec<i64> {
        let writer = self.sessions.writer(Database::Products).await.unwrap();
        let mut ids = Vec::new();
        for (index, ms) in self.world.images.iter().enumerate() {
            let path = self.name("image", index);
            let ms = self.name("ms", ms % self.world.sets.len());
            let row =
                Repository::<_, image::Entity>::new(&writer).insert(picture(&path, &ms)).await;
            ids.push(row.unwrap().id);
            self.link(EdgeKind::ImagedFrom, &path, &ms);
        }
        ids
    }

    async fn mosaics(&mut self, images: &[i64]) {
        for (index, (tiles, members)) in self.world.mosaics.iter().enumerate() {
            let (path, hour) = (self.name("mosaic", index), self.name("hour", index));
            let named = tiles.iter().map(|(image, by_id)| match images.get(*image) {
                Some(id) if *by_id => json!(id),
                _ => json!(self.name("image", *image)),
            });
            let column = (!tiles.is_empty()).then(|| named.collect());
            fill(self.sessions, mosaic::Entity, [patchwork(&path, &hour, column)]).await;
            for (image, _) in tiles {
                self.link(EdgeKind::MosaickedFrom, &path, &self.name("image", *image));
            }
            let (by_path, group_id) = (index % 2 == 0, self.name("mosaic group", index));
            let row = mosaic_group::ActiveModel {
                group_id: Set(group_id.clone()),
                mosaic_id: Set((!by_path).then_some(hour)),
                mosaic_path: Set(by_path.then(|| path.clone())),
                ms_paths: Set(json!([]).into()),
                created_at: Set(UnixTime(4.0)),
                ..Default::default()
            };
            fill(self.sessions, mosaic_group::Entity, [row]).await;
            for ms in members.iter().copied().collect::<BTreeSet<_>>() {
                let ms = self.name("ms", ms);
                let row = mosaic_membership::ActiveModel {
                    ms_path: Set(ms.clone()),
                    mosaic_group_id: Set(group_id.clone()),
                    position_in_group: Set(0),
                };
                fill(self.sessions, mosaic_membership::Entity, [row]).await;
                self.link(EdgeKind::MosaickedFromMember, &path, &ms);
            }
        }
    }

    async fn points(&mut self) {
        let writer = self.sessions.writer(Database::Products).await.unwrap();
        for (image, mosaic, source) in &self.world.points {
            let image = self.name("image", image % self.world.images.len());
            let mosaic = mosaic.map(|mosaic| self.name("mosaic", mosaic));
            let source = self.name("source", *source);
            let row = measurement(&image, mosaic.as_deref(), &source);
            let row = Repository::<_, photometry::Entity>::new(&writer).insert(row).await;
            let id = row.unwrap().id.to_string();
            self.link(EdgeKind::MeasuredOnImage, &id, &image);
            if let Some(mosaic) = mosaic {
                self.link(EdgeKind::MeasuredOnMosaic, &id, &mosaic);
            }
            self.link(EdgeKind::MeasuredBy, &source, &id);
        }
        let sources: Vec<String> =
            (0..self.world.sources).map(|index| self.name("source", index)).collect();
        for source in &sources {
            self.link(EdgeKind::ListedIn, source, "NVSS");
        }
        let rows = sources.iter().map(|source| catalogued(source));
        fill(self.sessions, source::Entity, rows).await;
    }

    async fn products(&mut self) {
        let rows = (0..6).map(|index| product(&self.name("product", index)));
        fill(self.sessions, data_product::Entity, rows).await;
        let mut seen = BTreeSet::new();
        for (parent, child, contains) in &self.world.relationships {
            let word = if *contains { "contains" } else { "produced" };
            let (parent, child) = (self.name("product", *parent), self.name("product", *child));
            if seen.insert((parent.clone(), child.clone(), word)) {
                let row = related(&parent, &child, word);
                fill(self.sessions, data_relationship::Entity, [row]).await;
                let word = Some(word.to_owned());
                self.links.push((EdgeKind::RelatedTo, child, parent, false, word));
            }
        }
    }
}

/// Adds the calibration that nobody recorded, a measurement set at a time.
async fn infer(sessions: &Sessions, links: &mut Vec<Link>, timed: &[(String, f64)]) {
    let reader = sessions.reader(Database::CalRegistry).await.unwrap();
    let tables = Repository::<_, caltable::Entity>::new(&reader);
    for (path, mjd) in timed {
        let is_recorded = links
            .iter()
            .any(|(kind, child, ..)| *kind == EdgeKind::CalibratedWith && child == path);
        if is_recorded {
            continue;
        }
        for table in tables.apply_list(&ApplyListRequest::new(*mjd)).await.unwrap().tables {
            links.push((EdgeKind::CalibratedWith, path.clone(), table.path, true, None));
        }
    }
    links.sort();
    links.dedup();
}
