use almanac_entity::{Database, UnixTime};
use almanac_service::{
    Repository,
    access::Operation,
    calibrators::{NewBandpassCalibrator, NewGainCalibrator},
};

use crate::{
    example::{self, Area, Example},
    support::{Engine, engines},
    world::World,
};

pub(crate) const AREA: Area = Area { fill: |world| Box::pin(fill(world)), examples: EXAMPLES };

const EXAMPLES: &[Example] = &[
    Example {
        operation: Operation::RegisterBandpassCalibrator,
        accepted: r#"mutation {
            registerBandpassCalibrator(input: {
                calibratorName: "3C286", raDeg: 202.7845, decDeg: 30.5092,
                decRangeMin: 25, decRangeMax: 35, sourceCatalog: "VLA", fluxJy: 14.9
            }) {
                bandpassCalibrator { calibratorName status registeredBy history { totalCount } }
            }
        }"#,
        refused: r#"mutation {
            registerBandpassCalibrator(input: {
                calibratorName: "3C286", raDeg: 202.7845, decDeg: 30.5092,
                decRangeMin: 35, decRangeMax: 25
            }) { bandpassCalibrator { calibratorName } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::SupersedeBandpassCalibrator,
        accepted: r#"mutation {
            supersedeBandpassCalibrator(input: {
                calibratorName: "3C48", raDeg: 24.4221, decDeg: 33.1597, toleranceDeg: 5
            }) {
                bandpassCalibrator { calibratorName decRangeMin decRangeMax }
                replaced { calibratorName status }
                transits { transits inserted }
            }
        }"#,
        refused: r#"mutation {
            supersedeBandpassCalibrator(input: {
                calibratorName: "3C48", raDeg: 24.4221, decDeg: 33.1597, toleranceDeg: -1
            }) { bandpassCalibrator { calibratorName } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::SetBandpassCalibratorStatus,
        accepted: r#"mutation {
            setBandpassCalibratorStatus(input: {calibratorName: "3C147", status: DEPRECATED}) {
                bandpassCalibrator { status }
            }
        }"#,
        refused: r#"mutation {
            setBandpassCalibratorStatus(input: {calibratorName: "3C0", status: ACTIVE}) {
                bandpassCalibrator { status }
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::RegisterGainCalibrator,
        accepted: r#"mutation {
            registerGainCalibrator(input: {
                fieldId: "field_1", sourceName: "NVSS J133108.3+303033", raDeg: 202.78458,
                decDeg: 30.50917, fluxJy: 14.9, catalogSource: "NVSS"
            }) { gainCalibrator { rowId sourceName } }
        }"#,
        refused: r#"mutation {
            registerGainCalibrator(input: {
                fieldId: "field_1", sourceName: " ", raDeg: 202.78458, decDeg: 30.50917
            }) { gainCalibrator { rowId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::UpsertCatalogSource,
        accepted: r#"mutation {
            upsertCatalogSource(input: {
                sourceName: "NVSS J133108.3+303033", catalog: "NVSS", catalogId: "J133108+303033",
                raDeg: 202.78458, decDeg: 30.50917, fluxJy: 14.9, fluxFreqGhz: 1.4
            }) { catalogSource { sourceName catalog createdAt } }
        }"#,
        refused: r#"mutation {
            upsertCatalogSource(input: {
                sourceName: "NVSS J133108.3+303033", catalog: "NVSS", raDeg: 402, decDeg: 30.50917
            }) { catalogSource { sourceName } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::ImportVlaCalibrators,
        accepted: r#"mutation {
            importVlaCalibrators(input: {text: """
1331+305   J2000  A 13h31m08.287984s  30d30'32.958850"  Aug01  3C286
1328+307   B1950  A 13h28m49.657700s  30d45'58.640000"
-----------------------------------------------------
BAND        A B C D    FLUX(Jy)    UVMIN(kL)  UVMAX(kL)
=====================================================
 90cm    P  S S S S        26                      180
 20cm    L  S P P P      15.0                       18
"""}) { entries inserted fluxesInserted faults { line } }
        }"#,
        refused: r#"mutation {
            importVlaCalibrators(input: {path: "../secret.txt"}) { entries }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::CreateSkyModel,
        accepted: r#"mutation {
            createSkyModel(input: {
                fieldId: "field_2",
                sources: [
                    {name: "NVSS J000000.0+300000", raDeg: 0, decDeg: 30, fluxJy: 1.5}
                    {raDeg: 0.1, decDeg: 30}
                ]
            }) { skyModel { fieldId nSources totalFluxJy } }
        }"#,
        refused: r#"mutation {
            createSkyModel(input: {
                fieldId: "field_2",
                sources: [{name: "A", raDeg: 0, decDeg: 30} {name: "A", raDeg: 1, decDeg: 30}]
            }) { skyModel { fieldId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::DeleteSkyModel,
        accepted: r#"mutation {
            deleteSkyModel(input: {fieldId: "field_2", deleteFiles: true}) {
                models gainCalibrators files filesLeft
            }
        }"#,
        refused: r#"mutation {
            deleteSkyModel(input: {fieldId: "field_3"}) { models }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::RecomputeTransits,
        accepted: r"mutation {
            recomputeTransits(input: {days: 3}) { report { calibrators transits inserted } }
        }",
        refused: r"mutation {
            recomputeTransits(input: {days: 0}) { report { transits } }
        }",
        code: "BAD_USER_INPUT",
    },
];

async fn fill(world: &World) {
    let calibrators = world.sessions.begin(Database::Calibrators).await.unwrap();
    let table = Repository::<_, almanac_entity::calibrators::bandpass_calibrator::Entity>::new(
        &calibrators,
    );
    for new in [
        NewBandpassCalibrator::new("3C286", 202.7845, 30.5092),
        NewBandpassCalibrator {
            dec_range_min: Some(45.0),
            ..NewBandpassCalibrator::new("3C147", 85.6505, 49.8520)
        },
    ] {
        table.register_bandpass_calibrator(new, UnixTime(1.7e9)).await.unwrap();
    }
    let gain = NewGainCalibrator {
        field_id: "field_1".to_owned(),
        source_name: "NVSS J133108.3+303033".to_owned(),
        ra_deg: 202.78,
        dec_deg: 30.5,
        ..NewGainCalibrator::default()
    };
    let gains = table.on::<almanac_entity::calibrators::gain_calibrator::Entity>();
    gains.register_gain_calibrator(gain, UnixTime(1.7e9)).await.unwrap();
    calibrators.commit().await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
