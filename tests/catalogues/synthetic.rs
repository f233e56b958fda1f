//! Skies that were made up: midnight, the poles, sources without a flux density.

use std::fmt::Write as _;

use almanac_service::catalogues::{
    Catalogue, CatalogueQuery, UnifiedQuery, query_sources, query_unified,
};

use crate::{
    World,
    scan::{Numbers, Row, assert_same, cone, rows},
    support::{Engine, engines},
};

engines!(midnight_and_the_poles_are_no_edges, sources_without_a_flux_density_come_last);

/// Sources around 0h and around the north pole.
fn sky(numbers: &mut Numbers) -> String {
    let mut csv = "name,ra_deg,dec_deg,flux_mjy\n".to_owned();
    for index in 0..3_000 {
        let (ra, dec) = match index % 3 {
            0 => (numbers.between(-8.0, 8.0).rem_euclid(360.0) % 360.0, numbers.between(-6.0, 6.0)),
            1 => (numbers.between(0.0, 359.999), numbers.between(80.0, 90.0)),
            _ => (numbers.between(0.0, 359.999), numbers.between(88.5, 90.0)),
        };
        let flux =
            if index % 7 == 0 { String::new() } else { numbers.between(1.0, 900.0).to_string() };
        writeln!(csv, "S{index},{ra},{dec},{flux}").unwrap();
    }
    csv + "pole,0,90,5\nmidnight,0,0,5\n"
}

async fn midnight_and_the_poles_are_no_edges(engine: Engine) {
    let world = World::new(engine).await;
    let mut numbers = Numbers(0x0dd_ba11);
    let csv = sky(&mut numbers);
    let all: Vec<Row> = rows(Catalogue::Nvss, &csv, "name", "flux_mjy", 1e-3);
    world.build(Catalogue::Nvss, None, &csv).await;
    for number in 0..300 {
        let (ra, dec) = match number % 4 {
            0 => (numbers.between(-3.0, 3.0).rem_euclid(360.0), numbers.between(-5.0, 5.0)),
            1 => (numbers.between(0.0, 360.0), numbers.between(85.0, 90.0)),
            2 => (if number % 8 == 2 { 0.0 } else { 360.0 }, numbers.between(-1.0, 90.0)),
            _ => (numbers.between(0.0, 360.0), 90.0),
        };
        let radius = numbers.between(0.01, 10.0);
        let query = UnifiedQuery {
            catalogues: vec![Catalogue::Nvss],
            ..UnifiedQuery::new(ra, dec, radius)
        };
        let answer = query_unified(&world.sessions, &query).await.unwrap();
        assert_eq!(answer.warnings, Vec::<String>::new());
        assert_same(&answer.sources, &cone(&all, (ra, dec), radius, None), &format!("{query:?}"));
    }
}

async fn sources_without_a_flux_density_come_last(engine: Engine) {
    let world = World::new(engine).await;
    let csv = "name,ra_deg,dec_deg,flux_mjy\nfaint,10,0.2,1\nunknown,10,0.1,\nbright,10,0.3,9\n\
               also unknown,10,0.4,\n";
    world.build(Catalogue::Nvss, Some(0.0), csv).await;
    let query = CatalogueQuery::new(Catalogue::Nvss, 10.0, 0.0, 1.0);
    let names = async |query| {
        let answer = query_sources(&world.sessions, &query).await.unwrap();
        answer.sources.into_iter().map(|row| row.name.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(names(query.clone()).await, ["bright", "faint", "unknown", "also unknown"]);
    let least = CatalogueQuery { min_flux_mjy: Some(1.0), ..query.clone() };
    assert_eq!(names(least).await, ["bright", "faint"], "the least one belongs to it");
    assert_eq!(names(CatalogueQuery { limit: Some(1), ..query }).await, ["bright"]);
}
