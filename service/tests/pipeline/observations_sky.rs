//! Finding observations on the sky.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use almanac_entity::astrid::{ObservationStatus, observation};
use almanac_service::{
    Error, Filter, Key, Repository, Writer,
    astrid::ObservationFilter,
    sky::{Cone, separation},
};
use chrono::Duration;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, Statement,
    prelude::{Decimal, Uuid},
};

use crate::{
    support::{Engine, engines},
    world::{World, exposure, now, sized},
};

engines! {
    ast_p1_07_the_server_searches_by_its_indexes,
    observations_are_found_on_the_sky,
}

/// Cones that are hard: across 0h, around a pole, beside one, as wide as may be.
const NAMED: [(f64, f64, f64); 12] = [
    (0.0, 0.0, 0.1),
    (0.0, 30.0, 10.0),
    (359.9999, -12.0, 0.5),
    (359.9999, 45.0, 10.0),
    (17.0, 90.0, 0.1),
    (17.0, 90.0, 10.0),
    (200.0, -90.0, 3.0),
    (33.0, 89.95, 0.1),
    (33.0, 89.95, 10.0),
    (120.0, -89.95, 0.04),
    (120.0, -89.95, 10.0),
    (360.0, 0.0, 10.0),
];

/// Points all over the sky, denser about 0h and the poles; some of them at one place, some at the centre or at
/// the edge of a named cone.
fn points(count: usize, runner: &mut TestRunner) -> Vec<(Uuid, Decimal, Decimal)> {
    let degrees = |ten_millionths: i64| Decimal::new(ten_millionths, 7);
    let ra = prop_oneof![
        4 => 0_i64..3_600_000_000,
        1 => 0_i64..20_000_000,
        1 => 3_580_000_000_i64..3_600_000_000,
    ];
    let dec = prop_oneof![
        4 => -900_000_000_i64..=900_000_000,
        1 => 880_000_000_i64..=900_000_000,
        1 => -900_000_000_i64..=-880_000_000,
        1 => -10_000_000_i64..10_000_000,
    ];
    let point = (ra, dec);
    let mut places: Vec<(i64, i64)> = NAMED
        .iter()
        .flat_map(|(ra, dec, radius)| {
            let ten_millionths =
                |degrees: f64| format!("{:.0}", degrees * 1e7).parse::<i64>().unwrap();
            let ra = ten_millionths(*ra) % 3_600_000_000;
            let edge = if *dec > 0.0 { dec - radius } else { dec + radius };
            [(ra, ten_millionths(*dec)), (ra, ten_millionths(edge))]
        })
        .collect();
    while places.len() < count {
        let place = point.new_tree(runner).unwrap().current();
        places.push(place);
        if places.len().is_multiple_of(50) {
            places.push(place);
        }
    }
    places.truncate(count);
    let keyed = places.into_iter().zip(1_u128..);
    keyed
        // Keys whose order is not that of the points.
        .map(|((ra, dec), index)| {
            let key =
                Uuid::from_u128(index.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
            (key, degrees(ra), degrees(dec))
        })
        .collect()
}

/// A database with these points.
async fn with_points(engine: Engine, points: &[(Uuid, Decimal, Decimal)]) -> (World, Writer) {
    let world = World::new(engine).await;
    let survey = world.survey("Sky").await.id;
    let writer = world.writer().await;
    let rows = points.iter().map(|(id, ra, dec)| observation::ActiveModel {
        id: Set(*id),
        survey_id: Set(survey),
        observation_id: Set(id.to_string()),
        ra: Set(*ra),
        dec: Set(*dec),
        observation_time: Set(now()),
        filter_band: Set("g".to_owned()),
        exposure_time: Set(Decimal::ONE),
        fits_url: Set("s3:a".to_owned()),
        status: Set(ObservationStatus::Ingested),
        created_at: Set(now()),
        updated_at: Set(now()),
        ..Default::default()
    });
    let table = Repository::<_, observation::Entity>::new(&writer);
    assert_eq!(table.insert_many(rows).await.unwrap(), points.len());
    (world, writer)
}

/// What every cone holds, nearest first, by looking at each point.
fn brute_force(
    points: &[(Uuid, f64, f64)],
    (ra, dec, radius): (f64, f64, f64),
) -> Vec<(Uuid, f64)> {
    let cone = Cone::new(ra, dec, radius).unwrap();
    let mut found: Vec<(f64, Uuid)> = points
        .iter()
        .filter_map(|(id, ra, dec)| Some((cone.separation_within(*ra, *dec)?, *id)))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    found.into_iter().map(|(separation, id)| (id, separation * 3_600.0)).collect()
}

/// The same by the haversine with the library's sines, which may differ in the last digits.
fn by_sines((ra1, dec1): (f64, f64), (ra2, dec2): (f64, f64)) -> f64 {
    let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let cosines = dec1.to_radians().cos() * dec2.to_radians().cos();
    let haversine = half(dec2 - dec1) + cosines * half(ra2 - ra1);
    2.0 * haversine.min(1.0).sqrt().asin().to_degrees()
}

#[tokio::test]
async fn ast_p1_06_cones_are_what_brute_force_finds_on_both_engines() {
    let mut runner = TestRunner::deterministic();
    // A tenth of the points leaves small cones empty, and costs little less.
    let points = points(10_000, &mut runner);
    let floats: Vec<(Uuid, f64, f64)> = points
        .iter()
        .map(|(id, ra, dec)| (*id, f64::try_from(*ra).unwrap(), f64::try_from(*dec).unwrap()))
        .collect();
    let cone = (
        prop_oneof![3 => 0.0..=360.0_f64, 1 => 359.0..=360.0_f64, 1 => 0.0..1.0_f64],
        prop_oneof![3 => -90.0..=90.0_f64, 1 => 85.0..=90.0_f64, 1 => -90.0..=-85.0_f64],
        prop_oneof![1 => 0.001..1.0_f64, 2 => 1.0..=10.0_f64],
    );
    let random = (0..sized(500)).map(|_| cone.new_tree(&mut runner).unwrap().current());
    let cones: Vec<(f64, f64, f64)> = NAMED.into_iter().chain(random).collect();
    let (_sqlite, sqlite) = with_points(Engine::Sqlite, &points).await;
    let (_postgres, postgres) = with_points(Engine::Postgres, &points).await;

    let all = ObservationFilter::default();
    let (mut rows, count) = (0, cones.len());
    for cone @ (ra, dec, radius) in cones {
        let expected = brute_force(&floats, cone);
        for (index, (_, ra2, dec2)) in floats.iter().enumerate() {
            let other = by_sines((ra, dec), (*ra2, *dec2));
            let is_clear = (other - radius).abs() > 1e-9;
            let is_found = separation(ra, dec, *ra2, *dec2) <= radius;
            assert!(!is_clear || is_found == (other < radius), "{cone:?}: point {index}");
        }
        for (writer, engine) in [(&sqlite, "SQLite"), (&postgres, "PostgreSQL")] {
            let table = Repository::<_, observation::Entity>::new(writer);
            let found = table.cone_search(ra, dec, radius, &all, usize::MAX >> 1).await.unwrap();
            let ids: Vec<Uuid> = found.iter().map(|near| near.row.id).collect();
            let wanted: Vec<Uuid> = expected.iter().map(|(id, _)| *id).collect();
            assert_eq!(ids, wanted, "{cone:?} on {engine}");
            for (near, (_, separation)) in found.iter().zip(&expected) {
                assert!((near.separation_arcsec - separation).abs() < 1e-6);
            }
        }
        rows += expected.len();
    }
    eprintln!("{count} cones hold {rows} of 10,000 points, those in several cones counted in each");
    assert!(rows > 10 * count, "cones of any size are not empty");
}

/// What lies around each of many directions is what brute force finds around each: wherever they are, as
/// often as they occur, and whatever lies densely.
#[tokio::test]
async fn rows_around_each_of_many_are_what_brute_force_finds_on_both_engines() {
    let mut runner = TestRunner::deterministic();
    let points = points(10_000, &mut runner);
    let floats: Vec<(Uuid, f64, f64)> = points
        .iter()
        .map(|(id, ra, dec)| (*id, f64::try_from(*ra).unwrap(), f64::try_from(*dec).unwrap()))
        .collect();
    let centre = (
        prop_oneof![3 => 0.0..=360.0_f64, 1 => 359.9999..=360.0_f64, 1 => 0.0..1e-4_f64],
        prop_oneof![3 => -90.0..=90.0_f64, 1 => 89.9..=90.0_f64, 1 => -90.0..=-89.9_f64],
    );
    // From an arcsecond to some degrees; one that is wider than half of the sky.
    let radius = prop_oneof![1 => -3.6..-1.0_f64, 2 => -1.0..0.7_f64];
    let (_sqlite, sqlite) = with_points(Engine::Sqlite, &points).await;
    let (_postgres, postgres) = with_points(Engine::Postgres, &points).await;
    // Programs that know nothing of cells wrote some of them.
    for writer in [&sqlite, &postgres] {
        let foreign = "UPDATE observations SET healpix = NULL WHERE filter_band = 'g' AND ra < 20";
        writer.execute_unprepared(foreign).await.unwrap();
    }

    let mut found = 0;
    for (round, limit) in [1, 3, 10, 100, 20_000].into_iter().enumerate() {
        let mut cones: Vec<(f64, f64, f64)> =
            NAMED.into_iter().chain([(1.0, 2.0, 100.0)]).collect();
        while cones.len() < sized(1_500) {
            let ((ra, dec), power) = (
                centre.new_tree(&mut runner).unwrap().current(),
                radius.new_tree(&mut runner).unwrap().current(),
            );
            // Half of them look around a point, as rows of another database do.
            let (_, point_ra, point_dec) = floats[cones.len() % floats.len()];
            let around =
                if cones.len().is_multiple_of(2) { (ra, dec) } else { (point_ra, point_dec) };
            cones.push((around.0, around.1, 10_f64.powf(power)));
        }
        let again: Vec<_> = cones.iter().skip(round).step_by(7).copied().collect();
        cones.extend(again);
        let asked: Vec<Cone> =
            cones.iter().map(|(ra, dec, radius)| Cone::new(*ra, *dec, *radius).unwrap()).collect();
        let expected: Vec<Vec<(Uuid, f64)>> =
            cones.iter().map(|cone| brute_force(&floats, *cone)).collect();
        for (writer, engine) in [(&sqlite, "SQLite"), (&postgres, "PostgreSQL")] {
            let table = Repository::<_, observation::Entity>::new(writer);
            let each = table.list_near_each(&asked, &Filter::default(), limit, &[]).await.unwrap();
            assert_eq!(each.len(), cones.len());
            for ((near, cone), expected) in each.iter().zip(&cones).zip(&expected) {
                let expected = &expected[..expected.len().min(limit)];
                let ids: Vec<_> =
                    near.iter().map(|near| near.row.key(observation::Column::Id)).collect();
                let wanted: Vec<_> = expected.iter().map(|(id, _)| Some(Key::Uuid(*id))).collect();
                assert_eq!(ids, wanted, "{cone:?}, at most {limit} on {engine}");
                for (near, (_, separation)) in near.iter().zip(expected) {
                    assert!((near.separation_arcsec - separation).abs() < 1e-6);
                    assert!(
                        (near.row.separation_deg().unwrap() * 3_600.0 - separation).abs() < 1e-6
                    );
                }
                found += near.len();
            }
        }
    }
    eprintln!("{found} rows were found around others");
    assert!(found > 20_000, "{found}");
}

/// The plan of each statement that `run` runs.
async fn plans(
    world: &World,
    run: impl AsyncFnOnce(&Repository<'_, almanac_service::Reader, observation::Entity>),
) -> Vec<String> {
    let sessions = world.test.sessions();
    let statements: Arc<Mutex<Vec<Statement>>> = Arc::default();
    let seen = statements.clone();
    let reader = sessions.reader_of::<observation::Entity>().await.unwrap();
    sessions.observe(move |info| seen.lock().unwrap().push(info.statement.clone()));
    run(&Repository::new(&reader)).await;
    let statements = std::mem::take(&mut *statements.lock().unwrap());
    let mut plans = Vec::new();
    for mut statement in statements {
        statement.sql = format!("EXPLAIN {}", statement.sql);
        let rows = reader.query_all_raw(statement).await.unwrap();
        let lines = rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap());
        plans.push(lines.collect::<Vec<_>>().join("\n"));
    }
    plans
}

/// A cone is looked for by the cells of the HEALPix index; a rectangle, as the specification's prefilter is one, by
/// the index over both coordinates, since its bounds are bound as decimals.
async fn ast_p1_07_the_server_searches_by_its_indexes(engine: Engine) {
    if engine == Engine::Sqlite {
        return;
    }
    let mut runner = TestRunner::deterministic();
    let points = points(sized(100_000), &mut runner);
    let (world, writer) = with_points(engine, &points).await;
    writer.execute_unprepared("ANALYZE observations").await.unwrap();

    let rectangle = ObservationFilter {
        ra_min: Some(150.0),
        ra_max: Some(150.4),
        dec_min: Some(19.8),
        dec_max: Some(20.2),
        ..ObservationFilter::default()
    };
    let rectangle = rectangle.to_filter().unwrap();
    let counted = plans(&world, async |table| _ = table.count(&rectangle).await.unwrap()).await;
    let [counted] = &counted[..] else { panic!("one statement") };
    assert!(counted.contains("idx_observations_ra_dec"), "{counted}");

    let all = ObservationFilter::default();
    for (ra, dec) in [(150.2, 20.0), (0.0, 0.0), (33.0, 89.95)] {
        let plan = plans(&world, async |table| {
            table.cone_search(ra, dec, 0.1, &all, 100).await.unwrap();
        })
        .await;
        let [plan] = &plan[..] else { panic!("one statement") };
        let scans = plan.lines().filter(|line| line.contains("Scan"));
        let scans: BTreeSet<&str> = scans.map(|line| line.split("  (").next().unwrap()).collect();
        eprintln!("{engine:?}: a cone at {ra} {dec}: {scans:#?}");
        assert!(plan.contains("idx_observations_healpix"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
}

async fn observations_are_found_on_the_sky(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Sky").await.id;
    let work = world.work(now());
    let table = work.table::<observation::Entity>().await.unwrap();
    for (name, ra, dec) in
        [("west", 359.5, 10.0), ("east", 0.2, 10.0), ("far", 3.0, 10.0), ("pole", 200.0, 89.9)]
    {
        table.ingest(&exposure(survey, name, ra, dec), now()).await.unwrap();
    }
    let all = ObservationFilter::default();
    let near = table.cone_search(0.0, 10.0, 1.0, &all, 10).await.unwrap();
    let names: Vec<_> = near.iter().map(|near| near.row.observation_id.as_str()).collect();
    assert_eq!(names, ["east", "west"]);
    assert!((near[0].separation_arcsec - 720.0 * 10_f64.to_radians().cos()).abs() < 0.01);
    assert_eq!(table.cone_search(0.0, 10.0, 1.0, &all, 1).await.unwrap().len(), 1);
    assert_eq!(table.cone_search(20.0, 89.5, 1.0, &all, 9).await.unwrap().len(), 1);
    for (ra, dec, radius, argument) in [
        (0.0, 0.0, 10.1, "radius"),
        (0.0, 0.0, 0.0, "radius"),
        (-0.1, 0.0, 1.0, "ra"),
        (360.1, 0.0, 1.0, "ra"),
        (0.0, f64::NAN, 1.0, "dec"),
    ] {
        match table.cone_search(ra, dec, radius, &all, 9).await {
            Err(Error::Invalid { argument: told, rule, .. }) => {
                assert_eq!((told.as_str(), rule), (argument, Some("range")));
            }
            other => panic!("{other:?}"),
        }
    }

    let names = |rows: Vec<observation::Model>| {
        let mut names: Vec<_> = rows.into_iter().map(|row| row.observation_id).collect();
        names.sort();
        names
    };
    assert_eq!(names(table.region(359.0, 1.0, 0.0, 20.0, 9).await.unwrap()), ["east", "west"]);
    assert_eq!(names(table.region(0.0, 4.0, 0.0, 20.0, 9).await.unwrap()), ["east", "far"]);
    assert!(table.region(0.0, 4.0, 20.0, 0.0, 9).await.is_err());
    let filter = ObservationFilter {
        survey_id: Some(survey),
        statuses: vec![ObservationStatus::Ingested, ObservationStatus::Failed],
        filter_band: Some("g".to_owned()),
        ra_min: Some(0.2),
        ra_max: Some(200.0),
        dec_max: Some(10.0),
        from: Some(now() - Duration::hours(1)),
        ..ObservationFilter::default()
    };
    assert_eq!(names(table.list_by(&filter, 10, 0).await.unwrap()), ["east", "far"]);
    let total = table.count(&filter.to_filter().unwrap()).await.unwrap();
    assert_eq!((total, table.list_by(&filter, 1, 1).await.unwrap().len()), (2, 1));
    let reversed = ObservationFilter { dec_min: Some(20.0), ..filter };
    assert!(matches!(
        table.list_by(&reversed, 10, 0).await,
        Err(Error::Invalid { rule: Some("range"), .. })
    ));
    assert_eq!(table.count(&Filter::default()).await.unwrap(), 4);
}
