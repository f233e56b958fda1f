use almanac_entity::{Database, UnixTime, ingest, products::ms_index};
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
        operation: Operation::RecordImageQa,
        accepted: r#"mutation {
            recordImageQa(input: {
                imagePath: "/a.fits", msPath: "/a0.ms", jobId: "1", rmsNoise: 0.001, peakFlux: 0.5
            }) { imageQa { dynamicRange overallQuality } }
        }"#,
        refused: r#"mutation {
            recordImageQa(input: {imagePath: "", msPath: "/a0.ms", jobId: "1"}) {
                imageQa { rowId }
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::RecordCalibrationQa,
        accepted: r#"mutation {
            recordCalibrationQa(input: {msPath: "/a0.ms", flaggedFraction: 0.05, nWarnings: 1}) {
                calibrationQa { overallQuality passed severity }
            }
        }"#,
        refused: r#"mutation {
            recordCalibrationQa(input: {msPath: "/a0.ms", flaggedFraction: 5}) {
                calibrationQa { rowId }
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::AddQaArtifact,
        accepted: r#"mutation {
            addQaArtifact(input: {
                groupId: "2025-10-02T00:12:30", name: "a.png", path: "/qa/a.png", category: IMAGING
            }) { qaArtifact { rowId type shownType category } }
        }"#,
        refused: r#"mutation {
            addQaArtifact(input: {groupId: "", name: "a.png", path: "/qa/a.png"}) {
                qaArtifact { rowId }
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::AddMosaic,
        accepted: r#"mutation {
            addMosaic(input: {mosaic: {
                path: "/m.fits", name: "hourly", startMjd: 60950, endMjd: 60950.04,
                createdAt: "2025-10-02T02:00:00Z"
            }}) { mosaic { rowId createdAt } }
        }"#,
        refused: r#"mutation {
            addMosaic(input: {mosaic: {
                path: "/n.fits", name: "hourly", startMjd: 60950, endMjd: 60949,
                createdAt: "2025-10-02T02:00:00Z"
            }}) { mosaic { rowId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::UpsertMosaic,
        accepted: r#"mutation {
            upsertMosaic(input: {mosaic: {
                path: "/m.fits", name: "hourly", startMjd: 60950, endMjd: 60950.04,
                createdAt: "2025-10-02T02:00:00Z", noiseJy: 0.0002
            }}) { mosaic { rowId noiseJy } }
        }"#,
        refused: r#"mutation {
            upsertMosaic(input: {mosaic: {
                path: "", name: "hourly", startMjd: 60950, endMjd: 60950.04,
                createdAt: "2025-10-02T02:00:00Z"
            }}) { mosaic { rowId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::SetMosaicStatus,
        accepted: r#"mutation {
            setMosaicStatus(input: {mosaicId: "1", status: COMPLETED}) { mosaic { status } }
        }"#,
        refused: r#"mutation {
            setMosaicStatus(input: {mosaicId: "99", status: COMPLETED}) { mosaic { status } }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::CreateMosaicGroup,
        accepted: r#"mutation {
            createMosaicGroup(input: {
                msPaths: ["/a1.ms", "/a0.ms"], rules: {size: 2, overlap: 1}
            }) { mosaicGroup { groupId status msPaths memberships { nodes { positionInGroup } } } }
        }"#,
        refused: r#"mutation {
            createMosaicGroup(input: {msPaths: ["/a1.ms", "/a0.ms"]}) { mosaicGroup { groupId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::AdvanceMosaicGroup,
        accepted: r#"mutation {
            advanceMosaicGroup(input: {
                groupId: "mosaic_2025-10-02T00:00:00", status: CALIBRATING
            }) { mosaicGroup { status } }
        }"#,
        refused: r#"mutation {
            advanceMosaicGroup(input: {
                groupId: "mosaic_2025-10-02T00:00:00", status: COMPLETED
            }) { mosaicGroup { status } }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::LogPointing,
        accepted: r#"mutation {
            logPointing(input: {timestamp: "2025-10-02T00:12:30Z", raDeg: 128.7, decDeg: 54.57}) {
                pointing { timestamp mjd decDeg }
            }
        }"#,
        refused: r#"mutation {
            logPointing(input: {timestamp: "2025-10-02T00:12:30Z", raDeg: 128.7, decDeg: 91}) {
                pointing { timestamp }
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::MergePointings,
        accepted: r"mutation { mergePointings(input: {from: INGEST}) { read merged last } }",
        refused: r"mutation { mergePointings(input: {from: HDF5}) { read merged last } }",
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::SendAlert,
        accepted: r#"mutation {
            sendAlert(input: {
                sourceId: "NVSS J084516.2+543253", alertType: ESE_CANDIDATE, severity: WARNING,
                message: "6 sigma", channel: "slack"
            }) { suppressed alert { rowId sentAt success } }
        }"#,
        refused: r#"mutation {
            sendAlert(input: {
                sourceId: " ", alertType: ESE_CANDIDATE, severity: WARNING, message: "6 sigma"
            }) { suppressed }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::SeedStorageLocations,
        accepted: r#"mutation {
            seedStorageLocations(input: {
                places: [{locationType: "images", basePath: "/stage/images"}]
            }) { seeded }
        }"#,
        refused: r#"mutation {
            seedStorageLocations(input: {
                places: [{locationType: "images", basePath: "images"}]
            }) { seeded }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::RegisterStorageLocation,
        accepted: r#"mutation {
            registerStorageLocation(input: {locationType: "mosaics", basePath: "/stage/mosaics"}) {
                storageLocation { rowId status }
            }
        }"#,
        refused: r#"mutation {
            registerStorageLocation(input: {locationType: "", basePath: "/stage/mosaics"}) {
                storageLocation { rowId }
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::DeactivateStorageLocation,
        accepted: r#"mutation {
            deactivateStorageLocation(input: {storageLocationId: "1"}) {
                storageLocation { status }
            }
        }"#,
        refused: r#"mutation {
            deactivateStorageLocation(input: {storageLocationId: "99"}) {
                storageLocation { status }
            }
        }"#,
        code: "NOT_FOUND",
    },
];

/// Two measurement sets, and a pointing that the ingest logged.
async fn fill(world: &World) {
    let products = world.sessions.writer(Database::Products).await.unwrap();
    let sets = Repository::<_, ms_index::Entity>::new(&products);
    for number in 0..2 {
        let mjd = 60_950.0 + f64::from(number) / 288.0;
        let set = ms_index::ActiveModel {
            path: Set(format!("/a{number}.ms")),
            start_mjd: Set(Some(mjd)),
            mid_mjd: Set(Some(mjd)),
            dec_deg: Set(Some(54.57)),
            ..Default::default()
        };
        sets.insert(set).await.unwrap();
    }
    let queue = world.sessions.writer(Database::Ingest).await.unwrap();
    let pointing = ingest::pointing::ActiveModel {
        timestamp: Set(UnixTime(60_950.25)),
        ra_deg: Set(Some(128.7)),
        dec_deg: Set(Some(54.57)),
        ..Default::default()
    };
    Repository::<_, ingest::pointing::Entity>::new(&queue).insert(pointing).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
