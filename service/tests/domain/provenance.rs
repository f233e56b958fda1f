//! The graph of what came from what.

mod naive;

use std::collections::BTreeSet;

use almanac_entity::{
    Database, UnixTime,
    cal_registry::{CaltableType, calibration_applied, caltable},
    data_registry::{DataType, data_product, data_relationship},
    ingest::{IngestState, ingest_group, subband_file},
    master_sources::source,
    products::{image, mosaic, mosaic_group, mosaic_membership, ms_index, photometry},
};
use almanac_service::{
    Error, Sessions,
    provenance::{
        Edge, EdgeKind, Limits, NodeKey, NodeKind, NodeState, Walk, ancestors, descendants, locate,
    },
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use crate::several::fill;

several! { [Ingest, CalRegistry, Products, MasterSources, DataRegistry]:
    a_source_comes_from_its_subbands,
    a_subband_reaches_its_source,
    what_is_not_there_is_missing,
    cycles_are_cut_and_told,
    statements_do_not_grow_with_rows,
    limits_are_told,
    a_walk_is_the_naive_walk,
}

mod without_calibration {
    use super::a_database_that_is_down_costs_its_edges;

    several! { [Ingest, Products, MasterSources]: a_database_that_is_down_costs_its_edges, }
}

/// The middle of the observation, MJD.
const MID: f64 = 60_238.5;

fn measurement_set(path: &str, group_id: Option<&str>, mid_mjd: f64) -> ms_index::ActiveModel {
    ms_index::ActiveModel {
        path: Set(path.to_owned()),
        start_mjd: Set(Some(mid_mjd)),
        mid_mjd: Set(Some(mid_mjd)),
        group_id: Set(group_id.map(str::to_owned)),
        ..Default::default()
    }
}

fn group(group_id: &str) -> ingest_group::ActiveModel {
    ingest_group::ActiveModel {
        group_id: Set(group_id.to_owned()),
        state: Set(IngestState::Completed),
        received_at: Set(UnixTime(1.0)),
        last_update: Set(UnixTime(1.0)),
        ..Default::default()
    }
}

fn table(path: &str, set: &str, source_ms: Option<&str>) -> caltable::ActiveModel {
    caltable::ActiveModel {
        set_name: Set(set.to_owned()),
        path: Set(path.to_owned()),
        table_type: Set(CaltableType::Bp),
        order_index: Set(30),
        valid_start_mjd: Set(Some(MID - 0.5)),
        valid_end_mjd: Set(Some(MID + 0.5)),
        created_at: Set(UnixTime(1.0)),
        source_ms_path: Set(source_ms.map(str::to_owned)),
        ..Default::default()
    }
}

fn applied(
    ms_path: &str,
    caltable_path: &str,
    success: Option<bool>,
) -> calibration_applied::ActiveModel {
    calibration_applied::ActiveModel {
        ms_path: Set(ms_path.to_owned()),
        caltable_path: Set(caltable_path.to_owned()),
        applied_at: Set(UnixTime(2.0)),
        success: Set(success),
        ..Default::default()
    }
}

fn picture(path: &str, ms_path: &str) -> image::ActiveModel {
    image::ActiveModel {
        path: Set(path.to_owned()),
        ms_path: Set(ms_path.to_owned()),
        created_at: Set(UnixTime(3.0)),
        kind: Set("clean".into()),
        ..Default::default()
    }
}

fn patchwork(path: &str, name: &str, tiles: Option<serde_json::Value>) -> mosaic::ActiveModel {
    mosaic::ActiveModel {
        path: Set(path.to_owned()),
        name: Set(name.to_owned()),
        created_at: Set(UnixTime(4.0)),
        start_mjd: Set(MID),
        end_mjd: Set(MID),
        tiles: Set(tiles.map(Into::into)),
        ..Default::default()
    }
}

fn measurement(image: &str, mosaic: Option<&str>, source: &str) -> photometry::ActiveModel {
    photometry::ActiveModel {
        image_path: Set(image.to_owned()),
        mosaic_path: Set(mosaic.map(str::to_owned)),
        source_id: Set(source.to_owned()),
        ra_deg: Set(10.0),
        dec_deg: Set(54.0),
        peak_jyb: Set(0.1),
        measured_at: Set(UnixTime(5.0)),
        ..Default::default()
    }
}

fn catalogued(source_id: &str) -> source::ActiveModel {
    source::ActiveModel {
        source_id: Set(source_id.to_owned()),
        ra_deg: Set(10.0),
        dec_deg: Set(54.0),
        s_nvss: Set(Some(0.1)),
        ..Default::default()
    }
}

fn product(data_id: &str) -> data_product::ActiveModel {
    data_product::ActiveModel {
        data_type: Set(DataType::Image),
        data_id: Set(data_id.to_owned()),
        base_path: Set("/stage".to_owned()),
        stage_path: Set(format!("/stage/{data_id}")),
        created_at: Set(UnixTime(1.0)),
        staged_at: Set(UnixTime(1.0)),
        ..Default::default()
    }
}

fn related(parent: &str, child: &str, word: &str) -> data_relationship::ActiveModel {
    data_relationship::ActiveModel {
        parent_data_id: Set(parent.to_owned()),
        child_data_id: Set(child.to_owned()),
        relationship_type: Set(word.into()),
        ..Default::default()
    }
}

/// One observation from its group to a source. The calibrator's measurement set names no group, and
/// nobody recorded what was applied to it.
async fn observation(sessions: &Sessions) {
    fill(
        sessions,
        ingest_group::Entity,
        [group("2023-10-21T12:00:00"), group("2023-10-21T10:48:30")],
    )
    .await;
    let subband = subband_file::ActiveModel {
        group_id: Set("2023-10-21T12:00:00".to_owned()),
        subband_idx: Set(0),
        file_path: Set("/incoming/sb00".to_owned()),
        discovered_at: Set(UnixTime(1.0)),
        ..Default::default()
    };
    fill(sessions, subband_file::Entity, [subband]).await;
    let sets = [
        measurement_set("/ms/science", Some("2023-10-21T12:00:00"), MID),
        measurement_set("/ms/calibrator", None, MID - 0.05),
    ];
    fill(sessions, ms_index::Entity, sets).await;
    let tables = [table("/cal/bp", "bp", Some("/ms/calibrator")), table("/cal/gp", "gp", None)];
    fill(sessions, caltable::Entity, tables).await;
    let applications =
        [applied("/ms/science", "/cal/bp", None), applied("/ms/science", "/cal/gp", Some(false))];
    fill(sessions, calibration_applied::Entity, applications).await;
    let images = [picture("/images/1", "/ms/science"), picture("/images/2", "/ms/science")];
    fill(sessions, image::Entity, images).await;
    let mosaics = [patchwork("/mosaics/hour", "hour", Some(json!([1, "/images/2"])))];
    fill(sessions, mosaic::Entity, mosaics).await;
    let mosaicked = mosaic_group::ActiveModel {
        group_id: Set("g".to_owned()),
        mosaic_id: Set(Some("hour".to_owned())),
        ms_paths: Set(json!(["/ms/science"]).into()),
        created_at: Set(UnixTime(4.0)),
        ..Default::default()
    };
    fill(sessions, mosaic_group::Entity, [mosaicked]).await;
    let member = mosaic_membership::ActiveModel {
        ms_path: Set("/ms/science".to_owned()),
        mosaic_group_id: Set("g".to_owned()),
        position_in_group: Set(0),
    };
    fill(sessions, mosaic_membership::Entity, [member]).await;
    let points = [measurement("/images/1", Some("/mosaics/hour"), "NVSS J1")];
    fill(sessions, photometry::Entity, points).await;
    fill(sessions, source::Entity, [catalogued("NVSS J1")]).await;
}

fn node(kind: NodeKind, key: &str) -> NodeKey {
    NodeKey::new(kind, key)
}

/// Nodes as `depth Kind key`.
fn nodes(walk: &Walk) -> BTreeSet<String> {
    let word = |state| match state {
        NodeState::Present => "",
        NodeState::Missing => " missing",
        NodeState::Unknown => " unknown",
    };
    let nodes = walk.nodes.iter();
    nodes
        .map(|node| {
            format!("{} {:?} {}{}", node.depth, node.key.kind, node.key.key, word(node.state))
        })
        .collect()
}

/// Edges as `child Kind parent`.
fn edges(walk: &Walk, edges: &[Edge]) -> BTreeSet<String> {
    let key = |place: usize| &walk.nodes[place].key.key;
    let edges = edges.iter();
    edges
        .map(|edge| {
            let mark = if edge.inferred { "?" } else { "" };
            format!("{} {:?}{mark} {}", key(edge.child), edge.kind, key(edge.parent))
        })
        .collect()
}

fn set<const N: usize>(lines: [&str; N]) -> BTreeSet<String> {
    lines.map(str::to_owned).into()
}

async fn a_source_comes_from_its_subbands(sessions: Sessions) {
    observation(&sessions).await;
    let start = node(NodeKind::Source, "NVSS J1");
    let walk = ancestors(&sessions, start.clone(), Limits::default()).await.unwrap();
    assert_eq!(
        nodes(&walk),
        set([
            "0 Source NVSS J1",
            "1 Photometry 1",
            "1 Catalogue NVSS",
            "2 Image /images/1",
            "2 Mosaic /mosaics/hour",
            "3 Image /images/2",
            "3 MeasurementSet /ms/science",
            "4 IngestGroup 2023-10-21T12:00:00",
            "4 Caltable /cal/bp",
            "5 MeasurementSet /ms/calibrator",
            "6 IngestGroup 2023-10-21T10:48:30",
            "6 Caltable /cal/gp",
        ])
    );
    assert_eq!(
        edges(&walk, &walk.edges),
        set([
            "NVSS J1 MeasuredBy 1",
            "NVSS J1 ListedIn NVSS",
            "1 MeasuredOnImage /images/1",
            "1 MeasuredOnMosaic /mosaics/hour",
            "/mosaics/hour MosaickedFrom /images/1",
            "/mosaics/hour MosaickedFrom /images/2",
            "/mosaics/hour MosaickedFromMember /ms/science",
            "/images/1 ImagedFrom /ms/science",
            "/images/2 ImagedFrom /ms/science",
            "/ms/science ConvertedFrom 2023-10-21T12:00:00",
            "/ms/science CalibratedWith /cal/bp",
            "/cal/bp SolvedOn /ms/calibrator",
            "/ms/calibrator ConvertedFrom? 2023-10-21T10:48:30",
            "/ms/calibrator CalibratedWith? /cal/gp",
        ])
    );
    assert!(walk.cycles.is_empty() && walk.notices.is_empty() && !walk.truncated);
    let near = Limits { depth: 2, ..Limits::default() };
    assert_eq!(ancestors(&sessions, start, near).await.unwrap().nodes.len(), 5);
    let located = locate(&sessions, NodeKind::Image, "2").await.unwrap();
    assert_eq!(located, Some(node(NodeKind::Image, "/images/2")));
    assert_eq!(locate(&sessions, NodeKind::Mosaic, "9").await.unwrap(), None);
}

async fn a_subband_reaches_its_source(sessions: Sessions) {
    observation(&sessions).await;
    let start = node(NodeKind::IngestGroup, "2023-10-21T10:48:30");
    let walk = descendants(&sessions, start, Limits::default()).await.unwrap();
    assert_eq!(
        nodes(&walk),
        set([
            "0 IngestGroup 2023-10-21T10:48:30",
            "1 MeasurementSet /ms/calibrator",
            "2 Caltable /cal/bp",
            "3 MeasurementSet /ms/science",
            "4 Image /images/1",
            "4 Image /images/2",
            "4 Mosaic /mosaics/hour",
            "5 Photometry 1",
            "6 Source NVSS J1",
        ])
    );
    let start = node(NodeKind::Caltable, "/cal/gp");
    let walk = descendants(&sessions, start, Limits::default()).await.unwrap();
    assert_eq!(
        walk.edges[0],
        Edge {
            child: 1,
            parent: 0,
            kind: EdgeKind::CalibratedWith,
            inferred: true,
            relationship: None
        }
    );
}

async fn what_is_not_there_is_missing(sessions: Sessions) {
    fill(&sessions, ms_index::Entity, [measurement_set("/ms/a", Some("2023-10-21T12:00:00"), 1.0)])
        .await;
    fill(&sessions, mosaic::Entity, [patchwork("/m", "m", Some(json!(["/gone", 77])))]).await;
    let walk =
        ancestors(&sessions, node(NodeKind::MeasurementSet, "/ms/a"), Limits::default()).await;
    assert_eq!(
        nodes(&walk.unwrap()),
        set(["0 MeasurementSet /ms/a", "1 IngestGroup 2023-10-21T12:00:00 missing"])
    );
    let walk = ancestors(&sessions, node(NodeKind::Mosaic, "/m"), Limits::default()).await;
    assert_eq!(
        nodes(&walk.unwrap()),
        set(["0 Mosaic /m", "1 Image /gone missing", "1 Image 77 missing"])
    );
    let walk = descendants(&sessions, node(NodeKind::Caltable, "/none"), Limits::default()).await;
    assert_eq!(nodes(&walk.unwrap()), set(["0 Caltable /none missing"]));
}

async fn a_database_that_is_down_costs_its_edges(sessions: Sessions) {
    fill(&sessions, ingest_group::Entity, [group("2023-10-21T12:00:00")]).await;
    let set = measurement_set("/ms/a", Some("2023-10-21T12:00:00"), MID);
    fill(&sessions, ms_index::Entity, [set]).await;
    fill(&sessions, image::Entity, [picture("/images/1", "/ms/a")]).await;
    let start = node(NodeKind::Image, "/images/1");
    let walk = ancestors(&sessions, start, Limits::default()).await.unwrap();
    assert_eq!(walk.nodes.len(), 3, "{walk:?}");
    let down: Vec<_> = walk.notices.iter().map(|notice| notice.database).collect();
    assert_eq!(down, [Database::CalRegistry]);
    let start = node(NodeKind::DataProduct, "/images/1");
    let walk = ancestors(&sessions, start, Limits::default()).await.unwrap();
    assert_eq!(walk.nodes[0].state, NodeState::Unknown);
}

async fn cycles_are_cut_and_told(sessions: Sessions) {
    fill(&sessions, data_product::Entity, ["a", "b", "c", "d"].map(product)).await;
    let relationships = [
        related("a", "b", "produced"),
        related("b", "c", "produced"),
        related("c", "a", "derived_from"),
        related("a", "d", "contains"),
        related("c", "d", "contains"),
        related("d", "d", "contains"),
    ];
    fill(&sessions, data_relationship::Entity, relationships).await;
    let walk =
        descendants(&sessions, node(NodeKind::DataProduct, "a"), Limits::default()).await.unwrap();
    assert_eq!(walk.nodes.len(), 4);
    assert_eq!(edges(&walk, &walk.cycles), set(["a RelatedTo c", "d RelatedTo d"]));
    assert_eq!(
        edges(&walk, &walk.edges),
        set(["b RelatedTo a", "c RelatedTo b", "d RelatedTo a", "d RelatedTo c"])
    );
    assert_eq!(walk.edges[0].relationship.as_deref(), Some("produced"));
    // A bandpass that was applied to the calibrator it was solved on.
    fill(&sessions, caltable::Entity, [table("/cal/bp", "bp", Some("/ms/a"))]).await;
    fill(&sessions, calibration_applied::Entity, [applied("/ms/a", "/cal/bp", None)]).await;
    let start = node(NodeKind::MeasurementSet, "/ms/a");
    let walk = ancestors(&sessions, start, Limits::default()).await.unwrap();
    assert_eq!((walk.edges.len(), walk.cycles.len()), (1, 1));
}

async fn statements_do_not_grow_with_rows(sessions: Sessions) {
    observation(&sessions).await;
    let start = node(NodeKind::IngestGroup, "2023-10-21T12:00:00");
    let before = sessions.statements();
    descendants(&sessions, start.clone(), Limits::default()).await.unwrap();
    let few = sessions.statements() - before;

    let sets = (0..200)
        .map(|number| measurement_set(&format!("/ms/{number}"), Some("2023-10-21T12:00:00"), MID));
    fill(&sessions, ms_index::Entity, sets).await;
    let images =
        (0..400).map(|number| picture(&format!("/image/{number}"), &format!("/ms/{}", number / 2)));
    fill(&sessions, image::Entity, images).await;
    let points = (0..1_200).map(|number| {
        measurement(&format!("/image/{}", number / 3), None, &format!("NVSS J{number}"))
    });
    fill(&sessions, photometry::Entity, points).await;
    let before = sessions.statements();
    let walk = descendants(&sessions, start, Limits::default()).await.unwrap();
    let many = sessions.statements() - before;
    assert!(walk.nodes.len() > 3_000);
    assert_eq!(few, many);
    assert!(few < 40, "{few} statements");
}

async fn limits_are_told(sessions: Sessions) {
    fill(&sessions, ms_index::Entity, [measurement_set("/ms/a", None, 1.0)]).await;
    let images = (0..50).map(|number| picture(&format!("/image/{number}"), "/ms/a"));
    fill(&sessions, image::Entity, images).await;
    let start = node(NodeKind::MeasurementSet, "/ms/a");
    let limits = Limits { nodes: 10, ..Limits::default() };
    let walk = descendants(&sessions, start.clone(), limits).await.unwrap();
    assert_eq!((walk.nodes.len(), walk.edges.len(), walk.truncated), (10, 9, true));
    let whole = descendants(&sessions, start.clone(), Limits::default()).await.unwrap();
    assert_eq!((whole.nodes.len(), whole.truncated), (51, false));
    for limits in [Limits { depth: 101, nodes: 10 }, Limits { depth: 1, nodes: 0 }] {
        let refused = descendants(&sessions, start.clone(), limits).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })));
    }
}

async fn a_walk_is_the_naive_walk(sessions: Sessions) {
    naive::compare(&sessions).await;
}
