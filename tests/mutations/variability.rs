//! Variability statistics, and candidates for extreme scattering events.

use almanac_entity::{
    Database, UnixTime,
    master_sources::source,
    products::{ImageType, image, ms_index, photometry},
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
        operation: Operation::RecomputeVariability,
        accepted: r"mutation {
            recomputeVariability(input: {flux: PEAK}) { recomputed skipped measurements }
        }",
        refused: r#"mutation {
            recomputeVariability(input: {sourceId: "nobody"}) { recomputed }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::DetectEseCandidates,
        accepted: r"mutation {
            detectEseCandidates(input: {minSigma: 5, composite: true, weights: {eta: 0.5}}) {
                created updated detections { sourceId significance score { value confidence } }
            }
        }",
        refused: r"mutation {
            detectEseCandidates(input: {minSigma: -1}) { created }
        }",
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::FlagEseCandidate,
        accepted: r#"mutation {
            flagEseCandidate(input: {sourceId: "R1", notes: "it looks odd"}) {
                eseCandidate { sourceId flaggedBy significance notes }
            }
        }"#,
        // It is the detector's candidate already.
        refused: r#"mutation {
            flagEseCandidate(input: {sourceId: "F"}) { eseCandidate { id } }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::SetEseStatus,
        accepted: r#"mutation {
            setEseStatus(input: {id: "1", status: DISMISSED, notes: "a bad fit"}) {
                eseCandidate { status dismissedAt notes statistics { nObs } }
            }
        }"#,
        refused: r#"mutation {
            setEseStatus(input: {id: "2", status: ACTIVE}) { eseCandidate { id } }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::AddEseNote,
        accepted: r#"mutation {
            addEseNote(input: {id: "1", note: "see the image"}) { eseCandidate { notes } }
        }"#,
        refused: r#"mutation {
            addEseNote(input: {id: "1", note: " "}) { eseCandidate { notes } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::NormalisePhotometry,
        accepted: r#"mutation {
            normalisePhotometry(input: {image: "/9.fits"}) {
                correction correctionError normalised references { sourceId ratio dropped }
            }
        }"#,
        refused: r#"mutation {
            normalisePhotometry(input: {image: "/none.fits"}) { normalised }
        }"#,
        code: "NOT_FOUND",
    },
];

/// Thirty days of a source that flares on the last, and ten of four references.
async fn fill(world: &World) {
    let products = world.sessions.writer(Database::Products).await.unwrap();
    let day = |day: i32| 60_000.0 + f64::from(day);
    let sets = (0..30).map(|index| ms_index::ActiveModel {
        path: Set(format!("/{index}.ms")),
        mid_mjd: Set(Some(day(index))),
        ..Default::default()
    });
    Repository::<_, ms_index::Entity>::new(&products).insert_many(sets).await.unwrap();
    let images = (0..30).map(|index| image::ActiveModel {
        path: Set(format!("/{index}.fits")),
        ms_path: Set(format!("/{index}.ms")),
        created_at: Set(UnixTime::from_mjd(day(index))),
        kind: Set(ImageType::Image),
        center_ra_deg: Set(Some(10.0)),
        center_dec_deg: Set(Some(54.0)),
        ..Default::default()
    });
    Repository::<_, image::Entity>::new(&products).insert_many(images).await.unwrap();
    let point = |source: &str, index: i32, flux_mjy: f64| photometry::ActiveModel {
        image_path: Set(format!("/{index}.fits")),
        source_id: Set(source.to_owned()),
        ra_deg: Set(10.0),
        dec_deg: Set(54.0),
        peak_jyb: Set(flux_mjy / 1e3),
        peak_err_jyb: Set(Some(1e-3)),
        measured_at: Set(UnixTime::from_mjd(day(index) + 0.1)),
        mjd: Set(Some(day(index))),
        ..Default::default()
    };
    let flare = (0..30).map(|index| point("F", index, if index == 29 { 900.0 } else { 10.0 }));
    let steady = ["R1", "R2", "R3", "R4"]
        .into_iter()
        .flat_map(|name| (0..10).map(move |index| (name, index)))
        .map(|(name, index)| point(name, index, if index == 9 { 90.0 } else { 100.0 }));
    let rows: Vec<_> = flare.chain(steady).collect();
    Repository::<_, photometry::Entity>::new(&products).insert_many(rows).await.unwrap();

    let catalogue = world.sessions.writer(Database::MasterSources).await.unwrap();
    let references = ["R1", "R2", "R3", "R4"].map(|name| source::ActiveModel {
        source_id: Set(name.to_owned()),
        ra_deg: Set(10.0),
        dec_deg: Set(54.2),
        s_nvss: Set(Some(0.1)),
        snr_nvss: Set(Some(80.0)),
        ..Default::default()
    });
    Repository::<_, source::Entity>::new(&catalogue).insert_many(references).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
