//! The real tables of NVSS, FIRST, VLASS and RACS.

use almanac_service::catalogues::{
    Catalogue, CatalogueQuery, UnifiedQuery, query_sources, query_unified, source_info,
};

use crate::{
    World, data,
    scan::{Numbers, Row, assert_same, cone, haversine, rows},
    support::{Engine, engines},
    table,
};

engines!(
    a_query_answers_what_a_scan_finds,
    racs_answers_what_a_scan_finds,
    merging_loses_nothing,
    a_name_leads_to_its_source
);

/// The tables of one and the same patch of the sky, and their files.
async fn patch(world: &World) -> Option<Vec<Row>> {
    use Catalogue::{First, Nvss, Vlass};
    let data = data()?;
    let tables = [
        (Nvss, "nvss_ra225.csv", "nvss_id", "s_int_jy", 1.0),
        (First, "first_ra225.csv", "first_id", "int_mjy", 1e-3),
        (Vlass, "vlass_ql1_components_ra225.csv", "component_name", "total_flux_mjy", 1e-3),
    ];
    let mut all = Vec::new();
    for (catalogue, file, name, flux, jy) in tables {
        let csv = table(&data, file);
        let of_survey = rows(catalogue, &csv, name, flux, jy);
        let report = world.build(catalogue, Some(46.5), &csv).await;
        assert_eq!(report.sources, of_survey.len() as u64);
        assert_eq!((report.outside, report.faults.count), (0, 0));
        all.extend(of_survey);
    }
    Some(all)
}

fn query(centre: (f64, f64), radius: f64, catalogues: &[Catalogue]) -> UnifiedQuery {
    UnifiedQuery {
        catalogues: catalogues.to_vec(),
        ..UnifiedQuery::new(centre.0, centre.1, radius)
    }
}

async fn a_query_answers_what_a_scan_finds(engine: Engine) {
    use Catalogue::{First, Nvss, Vlass};
    let world = World::new(engine).await;
    let Some(all) = patch(&world).await else { return };
    let mut numbers = Numbers(0x5eed_1234_5678_9abc);
    let mut found = 0;
    for number in 0..200 {
        let centre = (numbers.between(224.5, 228.0), numbers.between(44.5, 48.5));
        let radius = numbers.between(0.0, 1.2).powi(2) + 1e-3;
        let min_flux_jy = (number % 3 == 0).then(|| numbers.between(0.0, 0.05));
        let catalogues = [&[Nvss, First, Vlass][..], &[Nvss], &[First], &[Vlass]][number % 4];
        let query = UnifiedQuery { min_flux_jy, ..query(centre, radius, catalogues) };
        let answer = query_unified(&world.sessions, &query).await.unwrap();
        assert_eq!(answer.warnings, Vec::<String>::new());
        let asked: Vec<Row> =
            all.iter().filter(|row| catalogues.contains(&row.catalogue)).cloned().collect();
        let scan = cone(&asked, centre, radius, min_flux_jy);
        assert_same(&answer.sources, &scan, &format!("{query:?}"));
        found += scan.len();
        // The limit cuts the same list.
        let limited = UnifiedQuery { limit: Some(5), ..query };
        let limited = query_unified(&world.sessions, &limited).await.unwrap();
        assert_eq!(limited.sources[..], answer.sources[..answer.sources.len().min(5)]);
    }
    assert!(found > 2_000, "{found} sources were compared");
    // A cone's edge belongs to it.
    let edge = &all[10];
    let centre = (edge.ra_deg + 0.1, edge.dec_deg);
    let radius = haversine(centre, (edge.ra_deg, edge.dec_deg));
    let answer =
        query_unified(&world.sessions, &query(centre, radius * (1.0 + 1e-12), &[Nvss])).await;
    let is_edge = |row: &almanac_service::catalogues::UnifiedSource| {
        row.ra_deg.to_bits() == edge.ra_deg.to_bits()
    };
    assert!(answer.unwrap().sources.iter().any(is_edge));
}

async fn racs_answers_what_a_scan_finds(engine: Engine) {
    let world = World::new(engine).await;
    let Some(data) = data() else { return };
    let csv = table(&data, "racs_sb38959_components.csv");
    let all = rows(Catalogue::Racs, &csv, "uuid", "int_flux_jy", 1.0);
    let report = world.build(Catalogue::Racs, Some(-16.8), &csv).await;
    assert_eq!(report.sources, all.len() as u64);
    let mut numbers = Numbers(0xfeed_beef);
    for number in 0..60 {
        let centre = (numbers.between(205.0, 214.0), numbers.between(-19.0, -14.5));
        let radius = numbers.between(0.01, 1.5);
        let min_flux_jy = (number % 2 == 0).then(|| numbers.between(0.0, 0.01));
        let query = UnifiedQuery { min_flux_jy, ..query(centre, radius, &[Catalogue::Racs]) };
        let answer = query_unified(&world.sessions, &query).await.unwrap();
        assert_eq!(answer.warnings, Vec::<String>::new());
        assert_same(
            &answer.sources,
            &cone(&all, centre, radius, min_flux_jy),
            &format!("{query:?}"),
        );
    }
    // One catalogue alone, in mJy, with the limit behind the exact cut.
    let query = CatalogueQuery {
        limit: Some(7),
        ..CatalogueQuery::new(Catalogue::Racs, 209.0, -17.0, 1.0)
    };
    let answer = query_sources(&world.sessions, &query).await.unwrap();
    let scan = cone(&all, (209.0, -17.0), 1.0, None);
    let brightest: Vec<_> = scan.iter().take(7).map(|(row, _)| Some(row.name.clone())).collect();
    assert_eq!(answer.sources.iter().map(|row| row.name.clone()).collect::<Vec<_>>(), brightest);
}

async fn merging_loses_nothing(engine: Engine) {
    use Catalogue::{First, Nvss, Vlass};
    let world = World::new(engine).await;
    let Some(all) = patch(&world).await else { return };
    let centre = (226.3, 46.5);
    let catalogues = [Nvss, First, Vlass];
    let query = UnifiedQuery { merge_radius_arcsec: Some(15.0), ..query(centre, 0.8, &catalogues) };
    let merged = query_unified(&world.sessions, &query).await.unwrap().sources;
    let mut entries = Vec::new();
    for first in &merged {
        for matched in &first.matches {
            assert!(matched.catalogue > first.catalogue && matched.matches.is_empty());
            let places = ((first.ra_deg, first.dec_deg), (matched.ra_deg, matched.dec_deg));
            assert!(haversine(places.0, places.1) <= 15.0 / 3_600.0 + 1e-12);
            entries.push(matched.clone());
        }
        entries.push(almanac_service::catalogues::UnifiedSource {
            matches: Vec::new(),
            ..first.clone()
        });
    }
    entries.sort_by(|a, b| b.flux_jy.unwrap_or(0.0).total_cmp(&a.flux_jy.unwrap_or(0.0)));
    assert_same(&entries, &cone(&all, centre, 0.8, None), "merged");
    assert!(merged.len() < entries.len(), "something is merged");
    // Whoever stands alone has nothing of another catalogue near that stands alone before it.
    for (index, one) in merged.iter().enumerate() {
        for other in &merged[index + 1..] {
            let places = ((one.ra_deg, one.dec_deg), (other.ra_deg, other.dec_deg));
            let are_apart = haversine(places.0, places.1) > 15.0 / 3_600.0;
            assert!(are_apart || one.catalogue == other.catalogue, "{one:?} {other:?}");
        }
    }
}

async fn a_name_leads_to_its_source(engine: Engine) {
    let world = World::new(engine).await;
    let Some(all) = patch(&world).await else { return };
    for row in all.iter().filter(|row| row.catalogue != Catalogue::Vlass).step_by(37) {
        let label = row.catalogue.label();
        let decimal = format!("{label}_{:.6}_{:.6}", row.ra_deg, row.dec_deg);
        for name in [&decimal, &row.name] {
            let info = source_info(&world.sessions, name, None).await.unwrap().unwrap();
            assert_eq!(info.source.source_name, decimal, "{name}");
        }
    }
    assert_eq!(source_info(&world.sessions, "NVSS_10.000000_46.500000", None).await.unwrap(), None);
    let nothing = source_info(&world.sessions, "NVSS something", None).await.unwrap();
    assert_eq!(nothing, None);
}
