//! What lies in a cone: the same as brute force finds, whoever wrote the rows.

use std::collections::BTreeMap;

use almanac_entity::master_sources::source;
use almanac_service::{
    Cursor, Filter, PageRequest, Repository, Writer,
    sky::{Cone, separation},
};
use sea_orm::{
    ConnectionTrait, Set, Value,
    sea_query::{Expr, ExprTrait},
};
use source::Column::{DecDeg, Healpix, RaDeg, SourceId};

engines!(MasterSources: a_cone_is_exact, the_cell_follows_the_position, a_pile_of_rows_is_not_read_whole);

const POINTS: usize = 100_000;
const CONES: usize = 2_000;

/// The same numbers on every engine.
struct Random(u64);

impl Random {
    /// From 0 up to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A position, evenly over the sphere; one in ten where spheres go wrong.
    fn position(&mut self) -> (f64, f64) {
        let (ra, dec) = (self.next() * 360.0, (2.0 * self.next() - 1.0).asin().to_degrees());
        match (self.next() * 60.0) as u8 {
            0 => (ra, 90.0 - self.next() * 0.5),
            1 => (ra, self.next() * 0.5 - 90.0),
            2 => (self.next() * 1e-3, dec),
            3 => (360.0 - 1e-9 - self.next() * 1e-3, dec),
            4 => (ra, [90.0, -90.0, 0.0, 41.810_314_895_778_6][(self.next() * 4.0) as usize]),
            5 => ((self.next() * 8.0).floor() * 45.0, dec),
            _ => (ra, dec),
        }
    }
}

/// A point with its direction in space, sorted by declination.
struct Point {
    id: u32,
    ra: f64,
    dec: f64,
    direction: [f64; 3],
}

fn direction(ra: f64, dec: f64) -> [f64; 3] {
    let (ra, dec) = (ra.to_radians(), dec.to_radians());
    [dec.cos() * ra.cos(), dec.cos() * ra.sin(), dec.sin()]
}

/// The points of a cone, nearest first, found by the length of the chord: arithmetic that has nothing in
/// common with that of the search.
fn brute_force(points: &[Point], (ra, dec, radius): (f64, f64, f64)) -> Vec<u32> {
    let centre = direction(ra, dec);
    let most = (2.0 * (radius.to_radians() / 2.0).sin()).powi(2);
    let first = points.partition_point(|point| point.dec < dec - radius - 1e-6);
    let mut found = Vec::new();
    for point in &points[first..] {
        if point.dec > dec + radius + 1e-6 {
            break;
        }
        let [x, y, z] = point.direction;
        let (x, y, z) = (x - centre[0], y - centre[1], z - centre[2]);
        let chord = x * x + y * y + z * z;
        if chord <= most {
            found.push((chord, point.id));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, id)| id).collect()
}

fn name(id: u32) -> String {
    format!("{id:06}")
}

async fn a_cone_is_exact(writer: Writer) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut points: Vec<Point> = (0..u32::try_from(POINTS).unwrap())
        .map(|id| {
            let (ra, dec) = random.position();
            Point { id, ra, dec, direction: direction(ra, dec) }
        })
        .collect();
    let rows = points.iter().map(|point| -> Vec<Value> {
        vec![name(point.id).into(), point.ra.into(), point.dec.into()]
    });
    let transaction = writer.begin().await.unwrap();
    let table = Repository::<_, source::Entity>::new(&transaction);
    table.insert_values(&[SourceId, RaDeg, DecDeg], rows.collect()).await.unwrap();
    // One in a hundred was written by a program that knows nothing of cells.
    let foreign = "UPDATE sources SET healpix = NULL WHERE source_id LIKE '%77'";
    transaction.execute_unprepared(foreign).await.unwrap();
    transaction.execute_unprepared("ANALYZE").await.unwrap();
    transaction.commit().await.unwrap();
    points.sort_by(|a, b| a.dec.total_cmp(&b.dec));

    let mut found = 0;
    for index in 0..CONES {
        if index == CONES / 2 {
            writer_fills_every_cell(&writer).await;
        }
        let (ra, dec) = random.position();
        // From a hundredth of a degree to three, and a few that are wide.
        let radius = match index % 500 {
            0 => 20.0 + 70.0 * random.next(),
            _ => 0.01 * 300_f64.powf(random.next()),
        };
        let turns = [-360.0, 0.0, 360.0][index % 3];
        // A right ascension that was turned away and back may have lost a digit.
        let cone = Cone::new(ra + turns, dec, radius).unwrap();
        let ra = cone.ra_deg();
        let expected = brute_force(&points, (ra, dec, radius));
        found += expected.len();
        let request = PageRequest::new(Filter::cone(cone).unwrap(), [], 50);
        let table = Repository::<_, source::Entity>::new(&writer);
        let page = table.list_rows(&request, &[SourceId]).await.unwrap();
        let ids: Vec<&str> = page.rows.iter().map(|(_, row)| row.text(SourceId).unwrap()).collect();
        let near: Vec<String> = expected.iter().take(50).map(|id| name(*id)).collect();
        if ids != near {
            let separations: Vec<_> =
                page.rows.iter().map(|(_, row)| row.separation_deg()).collect();
            same_but_for_ties(&points, (ra, dec), &ids, &near, &separations);
        }
        if index % 10 == 0 {
            let count = table.count(&request.filter).await.unwrap();
            assert_eq!(count, expected.len() as u64, "{cone:?}");
        }
    }
    assert!(found > 20 * CONES, "{found}");
}

/// Points that stand in the same place, or at a pole, may change places.
fn same_but_for_ties(
    points: &[Point],
    (ra, dec): (f64, f64),
    ids: &[&str],
    expected: &[String],
    separations: &[Option<f64>],
) {
    assert_eq!(ids.len(), expected.len());
    let place: BTreeMap<String, (f64, f64)> =
        points.iter().map(|point| (name(point.id), (point.ra, point.dec))).collect();
    let distance = |id: &str| {
        let (point_ra, point_dec) = place[id];
        separation(ra, dec, point_ra, point_dec)
    };
    for ((id, other), said) in ids.iter().zip(expected).zip(separations) {
        assert!((distance(id) - distance(other)).abs() < 1e-9, "{id} is not {other} of {ra} {dec}");
        assert!((distance(id) - said.unwrap()).abs() < 1e-12);
    }
}

async fn writer_fills_every_cell(writer: &Writer) {
    let unplaced = Filter::<source::Entity>::Null(Healpix, true);
    let table = Repository::<_, source::Entity>::new(writer);
    assert_eq!(table.count(&unplaced).await.unwrap(), 1_000);
    let mut filled = 0;
    loop {
        let transaction = writer.begin().await.unwrap();
        let table = Repository::<_, source::Entity>::new(&transaction);
        let rows = table.fill_cells(500).await.unwrap();
        transaction.commit().await.unwrap();
        filled += rows;
        if rows == 0 {
            break;
        }
    }
    assert_eq!(filled, 1_000);
    assert_eq!(table.count(&unplaced).await.unwrap(), 0);
}

async fn the_cell_follows_the_position(writer: Writer) {
    let table = Repository::<_, source::Entity>::new(&writer);
    let row = |name: &str, ra: f64, dec: f64| source::ActiveModel {
        source_id: Set(name.to_owned()),
        ra_deg: Set(ra),
        dec_deg: Set(dec),
        ..Default::default()
    };
    let made = table.insert(row("a", 10.0, 20.0)).await.unwrap();
    let here = made.healpix.expect("a new row has its cell");
    // Whoever says otherwise is not believed.
    let lying = source::ActiveModel { healpix: Set(Some(1)), ..row("b", 10.0, 20.0) };
    assert_eq!(table.insert(lying).await.unwrap().healpix, Some(here));
    let lying = source::ActiveModel {
        source_id: Set("b".to_owned()),
        healpix: Set(Some(1)),
        alpha: Set(Some(-0.7)),
        ..Default::default()
    };
    assert_eq!(table.update(lying).await.unwrap().healpix, Some(here));
    let moved = table.upsert(row("a", 10.0, 21.0), &[SourceId]).await.unwrap();
    assert!(moved.healpix.is_some_and(|cell| cell != here));
    let half = source::ActiveModel {
        source_id: Set("a".to_owned()),
        dec_deg: Set(22.0),
        ..Default::default()
    };
    assert_eq!(table.update(half).await.unwrap().healpix, None, "only half of it is known");

    let names = async |ra: f64, dec: f64| -> Vec<String> {
        let cone = Cone::new(ra, dec, 0.1).unwrap();
        let near = table.list_near(&cone, &Filter::default(), 9).await.unwrap();
        near.into_iter().map(|near| near.row.source_id).collect()
    };
    assert_eq!(names(10.0, 22.0).await, ["a"], "a row without a cell is found");
    let of_a = Filter::eq(SourceId, "a");
    let change = [(RaDeg, Expr::value(10.0)), (DecDeg, Expr::value(20.0))];
    assert_eq!(table.update_where(&of_a, change).await.unwrap(), 1);
    assert_eq!(table.get("a".to_owned()).await.unwrap().healpix, Some(here));
    assert_eq!(names(10.0, 20.0).await, ["a", "b"]);
    let change = [(DecDeg, Expr::col(DecDeg).add(1.0))];
    table.update_where(&of_a, change).await.unwrap();
    assert_eq!(table.get("a".to_owned()).await.unwrap().healpix, None);

    // A program that knows nothing of cells moves a row that has one.
    let foreign = "UPDATE sources SET dec_deg = 30.0 WHERE source_id = 'b'";
    writer.execute_unprepared(foreign).await.unwrap();
    assert_eq!(table.get("b".to_owned()).await.unwrap().healpix, None);
    assert_eq!(names(10.0, 30.0).await, ["b"]);
    assert!(names(10.0, 20.0).await.is_empty());

    // A cursor goes on where the page ended, however near rows are to each other.
    let close = (0..7).map(|index| row(&format!("c{index}"), 100.0, 1e-3 * f64::from(index / 2)));
    table.insert_many(close).await.unwrap();
    let cone = Filter::cone(Cone::new(100.0, 0.0, 1.0).unwrap()).unwrap();
    let mut request = PageRequest::new(cone, [], 2);
    let mut seen = Vec::new();
    loop {
        let page = table.list_rows(&request, &[SourceId]).await.unwrap();
        seen.extend(page.rows.iter().map(|(_, row)| row.text(SourceId).unwrap().to_owned()));
        if !page.has_next {
            break;
        }
        let last: Option<&Cursor> = page.rows.last().map(|(cursor, _)| cursor);
        request.after = last.cloned();
    }
    assert_eq!(seen, ["c0", "c1", "c2", "c3", "c4", "c5", "c6"]);
    let elsewhere = Filter::cone(Cone::new(101.0, 0.0, 1.0).unwrap()).unwrap();
    let refused = table.list_rows(&PageRequest { filter: elsewhere, ..request }, &[]).await;
    assert!(refused.unwrap_err().to_string().starts_with("cursor"));
}

/// Rows that lie on a heap are read for one direction at a time, and are refused where they are too many.
async fn a_pile_of_rows_is_not_read_whole(writer: Writer) {
    const PILE: u32 = 30_000;
    let place = |id: u32| {
        let (east, north) = (f64::from(id % 173) * 1e-6, f64::from(id % 1_009) * 1e-7);
        (10.0 + east, 20.0 + north)
    };
    let transaction = writer.begin().await.unwrap();
    let table = Repository::<_, source::Entity>::new(&transaction);
    let rows = (0..PILE).map(|id| vec![name(id).into(), place(id).0.into(), place(id).1.into()]);
    table.insert_values(&[SourceId, RaDeg, DecDeg], rows.collect()).await.unwrap();
    transaction.commit().await.unwrap();

    let table = Repository::<_, source::Entity>::new(&writer);
    // Together they would read the pile twice, which is more than a statement may.
    let centres = [(10.0, 20.0), (10.0002, 20.0001), (10.0, 20.0), (190.0, -20.0)];
    let cones = centres.map(|(ra, dec)| Cone::new(ra, dec, 5.0 / 3_600.0).unwrap());
    let all = Filter::default();
    let each = table.list_near_each(&cones, &all, 5, &[]).await.unwrap();
    for (near, (ra, dec)) in each.iter().zip(centres).take(3) {
        let distance = |id: u32| separation(ra, dec, place(id).0, place(id).1);
        let mut nearest: Vec<(f64, u32)> = (0..PILE).map(|id| (distance(id), id)).collect();
        nearest.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let nearest: Vec<String> = nearest.into_iter().take(5).map(|(_, id)| name(id)).collect();
        let ids: Vec<&str> = near.iter().map(|near| near.row.text(SourceId).unwrap()).collect();
        assert_eq!(ids, nearest);
    }
    assert!(each[3].is_empty());

    // Another program doubles them.
    let double = "INSERT INTO sources (source_id, ra_deg, dec_deg) \
                  SELECT source_id || '+', ra_deg, dec_deg FROM sources";
    writer.execute_unprepared(double).await.unwrap();
    let refused = table.list_near_each(&cones, &all, 5, &[]).await.unwrap_err().to_string();
    assert!(refused.starts_with("radiusArcsec: more than 50000 rows"), "{refused}");
    let one = Filter::eq(SourceId, name(7));
    let each = table.list_near_each(&cones, &one, 5, &[RaDeg]).await.unwrap();
    assert_eq!(each[1][0].row.float(RaDeg), Some(place(7).0));
    assert!(table.list_near_each(&[], &all, 5, &[]).await.unwrap().is_empty());
    let none = table.list_near_each(&cones, &all, 0, &[]).await.unwrap();
    assert!(none.iter().all(Vec::is_empty));
}
