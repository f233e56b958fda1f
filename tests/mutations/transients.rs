//! Watched sources, transient candidates and their alerts.

use almanac_entity::{
    Database, UnixTime,
    master_sources::source,
    products::{ImageType, image, ms_index},
};
use almanac_service::{Repository, access::Operation};
use sea_orm::Set;

use crate::{
    example::{self, Area, Example},
    support::{Engine, engines},
    world::World,
};

pub(crate) const AREA: Area = Area { fill: |world| Box::pin(fill(world)), examples: EXAMPLES };

const EXAMPLES: &[Example] = &[
    Example {
        operation: Operation::RegisterMonitoringSources,
        accepted: r#"mutation {
            registerMonitoringSources(input: {csv: "name,ra,dec,priority\nA,10,54,high\nB,400,54,\n"}) {
                added updated unchanged skipped problems { line column message }
            }
        }"#,
        refused: r#"mutation {
            registerMonitoringSources(input: {csv: "name,ra\nA,10\n"}) { added }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::UpdateMonitoringSource,
        accepted: r#"mutation {
            updateMonitoringSource(input: {
                sourceId: "A", eta: 3.5, isVariable: true, lastDetectedAt: "2025-11-20T00:00:00Z"
            }) { monitoringSource { sourceId eta isVariable priority lastUpdated } }
        }"#,
        refused: r#"mutation {
            updateMonitoringSource(input: {sourceId: "B"}) { monitoringSource { id } }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::DetectTransients,
        // One that nobody knows, one that brightened; the third of the catalogue is gone.
        accepted: r#"mutation {
            detectTransients(input: {
                image: "/a.fits"
                observed: [
                    {raDeg: 10.3, decDeg: 54.0, fluxMjy: 12, fluxErrMjy: 1}
                    {raDeg: 10.0, decDeg: 54.0, fluxMjy: 40, snr: 40}
                    {raDeg: 10.1, decDeg: 54.0, fluxMjy: 20, snr: 20}
                ]
                thresholds: {matchRadiusArcsec: 5}
            }) {
                again alerts matched withoutNoise
                candidates { sourceName detectionType significanceSigma alerts { nodes { alertLevel } } }
            }
        }"#,
        refused: r#"mutation {
            detectTransients(input: {image: "/a.fits", observed: [], thresholds: {minSigma: 0}}) { alerts }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::ClassifyTransient,
        accepted: r#"mutation {
            classifyTransient(input: {id: "1", classification: REAL, notes: "seen twice"}) {
                transientCandidate { classification classifiedBy notes }
            }
        }"#,
        refused: r#"mutation {
            classifyTransient(input: {id: "99", classification: REAL}) { transientCandidate { id } }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::SetFollowUp,
        accepted: r#"mutation {
            setFollowUp(input: {id: "1", status: SCHEDULED, notes: "at the VLA"}) {
                transientCandidate { followUpStatus notes }
            }
        }"#,
        refused: r#"mutation {
            setFollowUp(input: {id: "one", status: SCHEDULED}) { transientCandidate { id } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::AcknowledgeTransientAlert,
        accepted: r#"mutation {
            acknowledgeTransientAlert(input: {id: "1", notes: "seen"}) {
                transientAlert { acknowledged acknowledgedBy notes candidate { sourceName } }
            }
        }"#,
        refused: r#"mutation {
            acknowledgeTransientAlert(input: {id: "99"}) { transientAlert { id } }
        }"#,
        code: "NOT_FOUND",
    },
];

/// An image of a degree about a centre, and three catalogue sources on it.
async fn fill(world: &World) {
    let products = world.sessions.writer(Database::Products).await.unwrap();
    let set = ms_index::ActiveModel {
        path: Set("/a.ms".to_owned()),
        mid_mjd: Set(Some(60_000.0)),
        ..Default::default()
    };
    Repository::<_, ms_index::Entity>::new(&products).insert(set).await.unwrap();
    let image = image::ActiveModel {
        path: Set("/a.fits".to_owned()),
        ms_path: Set("/a.ms".to_owned()),
        created_at: Set(UnixTime(1.8e9)),
        kind: Set(ImageType::Image),
        noise_jy: Set(Some(1e-3)),
        center_ra_deg: Set(Some(10.0)),
        center_dec_deg: Set(Some(54.0)),
        imsize_x: Set(Some(1_000)),
        imsize_y: Set(Some(1_000)),
        cellsize_arcsec: Set(Some(3.6)),
        ..Default::default()
    };
    Repository::<_, image::Entity>::new(&products).insert(image).await.unwrap();
    let catalogue = world.sessions.writer(Database::MasterSources).await.unwrap();
    let sources = [10.0, 10.1, 10.2].map(|ra_deg| source::ActiveModel {
        source_id: Set(format!("S {ra_deg}")),
        ra_deg: Set(ra_deg),
        dec_deg: Set(54.0),
        s_nvss: Set(Some(0.02)),
        ..Default::default()
    });
    Repository::<_, source::Entity>::new(&catalogue).insert_many(sources).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
